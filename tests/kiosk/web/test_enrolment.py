"""Who becomes a kiosk, for how long, and who does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from kiosk import enrolment
from kiosk.models import Enrolment, EnrolmentCode, Kiosk
from tests.kiosk.web.conftest import ELSEWHERE, cookie_of, enrolled
from tests.kiosk.web.scenes import Place

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_a_code_makes_one_browser_a_kiosk(scene: Place, stranger: Client) -> None:
    code = enrolment.new_code(scene.kiosk, None, scene.now)
    answer = stranger.post(reverse("kiosk:enrol"), {"code": f"{code[:4].lower()} {code[4:]}"})
    assert answer.status_code == 302
    assert stranger.get("/").status_code == 200
    other = Client(REMOTE_ADDR=ELSEWHERE)
    assert other.post(reverse("kiosk:enrol"), {"code": code}).status_code == 403
    assert other.get("/").status_code == 403


def test_a_code_has_eight_letters_and_is_kept_only_as_a_hash(scene: Place) -> None:
    code = enrolment.new_code(scene.kiosk, None, NOW)
    row = EnrolmentCode.objects.get()
    assert len(code) == 8
    assert code not in row.code_hash
    assert row.expires_at == NOW + timedelta(minutes=15)


def test_a_code_works_for_fifteen_minutes(scene: Place) -> None:
    code = enrolment.new_code(scene.kiosk, None, NOW)
    assert enrolment.enrol(code, "", NOW + timedelta(minutes=15)) is None
    assert enrolment.enrol(code, "", NOW + timedelta(minutes=14, seconds=59)) is not None


def test_a_revoked_browser_is_refused(scene: Place, driver: Client) -> None:
    assert driver.get("/").status_code == 200
    assert enrolment.revoke(Enrolment.objects.get(), scene.now)
    answer = driver.get("/")
    assert answer.status_code == 403
    assert b"not a kiosk" in answer.content
    assert not enrolment.revoke(Enrolment.objects.get(), scene.now)


def test_a_revoked_browser_does_not_enrol_itself_in_the_demo(scene: Place) -> None:
    client = Client()
    assert client.get("/").status_code == 200
    enrolment.revoke(Enrolment.objects.get(), scene.now)
    assert client.get("/").status_code == 403


def test_a_forged_cookie_is_worth_nothing(scene: Place, stranger: Client) -> None:
    genuine = cookie_of(enrolled(scene.kiosk, scene.now))
    stranger.cookies[enrolment.COOKIE] = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")
    assert stranger.get("/").status_code == 403


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(scene: Place, stranger: Client) -> None:
    stranger.post(reverse("kiosk:enrol"), {"code": enrolment.new_code(scene.kiosk, None, scene.now)})
    cookie = stranger.cookies[enrolment.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert not cookie["secure"]


def test_the_cookie_is_secure_over_https(scene: Place, settings: Settings, stranger: Client) -> None:
    settings.SESSION_COOKIE_SECURE = True
    stranger.post(reverse("kiosk:enrol"), {"code": enrolment.new_code(scene.kiosk, None, scene.now)})
    assert stranger.cookies[enrolment.COOKIE]["secure"]


def test_an_address_may_try_five_codes_a_minute(scene: Place, stranger: Client) -> None:
    url = reverse("kiosk:enrol")
    assert [stranger.post(url, {"code": "WRONGONE"}).status_code for _ in range(6)] == [403] * 5 + [429]
    code = enrolment.new_code(scene.kiosk, None, scene.now)
    assert stranger.post(url, {"code": code}).status_code == 429
    assert Client(REMOTE_ADDR="203.0.113.8").post(url, {"code": code}).status_code == 302


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_browser_on_this_machine_enrols_itself_in_the_demo(scene: Place, address: str) -> None:
    client = Client(REMOTE_ADDR=address)
    assert client.get("/").status_code == 200
    assert client.get("/").status_code == 200
    assert Enrolment.objects.count() == 1


def test_no_browser_enrols_itself_in_production(scene: Place, settings: Settings) -> None:
    settings.DEMO = False
    assert Client().get("/").status_code == 403
    assert Enrolment.objects.count() == 0


@pytest.mark.parametrize(
    "meta",
    [
        {"REMOTE_ADDR": "192.168.1.20"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_FORWARDED": "for=203.0.113.9"},
        {"HTTP_X_REAL_IP": "203.0.113.9"},
    ],
)
def test_a_browser_elsewhere_does_not_enrol_itself_in_the_demo(scene: Place, meta: dict[str, str]) -> None:
    extra: dict[str, Any] = dict(meta)
    assert Client().get("/", **extra).status_code == 403


def test_the_demo_is_the_first_kiosk(scene: Place) -> None:
    Kiosk.objects.create(name="Another", site=scene.site, terminal=scene.kiosk.terminal)
    assert enrolment.current_kiosk(RequestFactory().get("/")) == scene.kiosk


def test_when_a_browser_was_last_seen_is_noted_now_and_then(scene: Place, driver: Client) -> None:
    row = Enrolment.objects.get()
    driver.get("/")
    assert Enrolment.objects.get().last_seen_at == row.last_seen_at
    Enrolment.objects.update(last_seen_at=row.last_seen_at - timedelta(hours=1))
    driver.get("/")
    assert Enrolment.objects.get().last_seen_at >= row.last_seen_at
