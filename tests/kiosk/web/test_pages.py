"""Every screen, in every language, for those who may see it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from hardware.models import Connector, Terminal
from kiosk.lifecycle import State
from kiosk.models import Session
from kiosk.views.guard import LANGUAGE_COOKIE
from kiosk.visit_snapshot import Step, take_visit
from payments.models import Operation
from tests.kiosk.web import scenes
from tests.kiosk.web.scenes import VISITS, Place

LANGUAGES = [code for code, _ in django_settings.LANGUAGES]


def text_of(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", VISITS)
def test_every_step_of_a_visit_has_a_screen_in_every_language(
    scene: Place, driver: Client, name: str, language: str
) -> None:
    step, build = VISITS[name]
    session = build(scene)
    driver.cookies[LANGUAGE_COOKIE] = language
    answer = driver.get(scenes.path(session))
    page = text_of(answer)
    assert answer.status_code == 200
    assert f'data-step="{step}"' in page
    assert f'<html lang="{language}"' in page
    assert page.count("<h1") == 1
    assert session.authorisation.reference in page
    assert scene.site.help_phone in page


def test_the_scenes_cover_every_state_and_every_step(scene: Place) -> None:
    built = [build for _, build in VISITS.values()]
    states = set()
    for build in built:
        session = build(scene)
        states.add(session.state)
        scenes.free_connector(session)
    assert states == set(State)
    assert {step for step, _ in VISITS.values()} == set(Step)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_start_and_the_price_have_screens_in_every_language(scene: Place, driver: Client, language: str) -> None:
    driver.cookies[LANGUAGE_COOKIE] = language
    for offer in scene.offers:
        assert f'<html lang="{language}"' in text_of(driver.get(reverse("kiosk:connector", args=[offer.pk])))
    assert f'<html lang="{language}"' in text_of(driver.get("/"))


def test_the_start_shows_every_connector_with_its_status(scene: Place, driver: Client) -> None:
    page = text_of(driver.get("/"))
    for word in ("Free", "Plugged in", "No contact", "Fault", "Out of service"):
        assert f">{word}<" in page
    assert page.count('class="tile-open"') == 2
    assert "€0.49" in page


def test_the_start_needs_the_same_few_queries_however_many_connectors(
    scene: Place, driver: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):  # enrolment with kiosk; offers; prices; sessions
        driver.get("/")


def test_prices_come_in_the_order_of_the_law_and_above_the_button(scene: Place, driver: Client) -> None:
    page = text_of(driver.get(reverse("kiosk:connector", args=[scene.offer.pk])))
    places = [page.index(word) for word in ("per kWh", "per minute", "once per session", "Held, not taken", 'id="pay"')]
    assert places == sorted(places)
    assert "€0.10" in page  # 6.00 an hour


@pytest.mark.parametrize(("index", "words"), [(2, "does not answer"), (3, "has a fault"), (4, "out of service")])
def test_what_cannot_be_bought_says_so_and_that_no_money_was_taken(
    scene: Place, driver: Client, index: int, words: str
) -> None:
    page = text_of(driver.get(reverse("kiosk:connector", args=[scene.offers[index].pk])))
    assert words in page
    assert "No money was held or taken." in page
    assert 'id="pay"' not in page


def test_a_connector_in_use_leads_to_its_session(scene: Place, driver: Client) -> None:
    session = VISITS["charging"][1](scene)
    answer = driver.get(reverse("kiosk:connector", args=[scene.offer.pk]))
    assert answer.headers["Location"] == scenes.path(session)


def test_a_car_that_charges_without_a_session_of_ours_is_in_use(scene: Place, driver: Client) -> None:
    Connector.objects.filter(pk=scene.offer.connector_id).update(status=Connector.Status.CHARGING)
    page = text_of(driver.get(reverse("kiosk:connector", args=[scene.offer.pk])))
    assert "This connector is in use" in page


def test_a_kiosk_that_cannot_take_cards_says_so_and_sells_nothing(scene: Place, driver: Client) -> None:
    Terminal.objects.update(state=Terminal.State.UNREACHABLE)
    assert "takes no cards at the moment" in text_of(driver.get("/"))
    page = text_of(driver.get(reverse("kiosk:connector", args=[scene.offer.pk])))
    assert "takes no cards at the moment" in page
    assert 'id="pay"' not in page


def test_a_tariff_that_cannot_be_read_takes_its_connectors_out_of_service(scene: Place, driver: Client) -> None:
    scene.offer.tariff.components.filter(dimension="ENERGY").update(dimension="MOONLIGHT")
    page = text_of(driver.get("/"))
    assert page.count(">Out of service<") >= 1
    assert 'class="tile-open"' not in page


def test_an_unknown_connector_or_session_is_not_found(scene: Place, driver: Client) -> None:
    elsewhere = scenes.place(scene.now, name="Elsewhere")
    theirs = VISITS["charging"][1](elsewhere)
    for url in (
        "/c/999999/",
        "/s/unknown/",
        reverse("kiosk:connector", args=[elsewhere.offer.pk]),
        scenes.path(theirs),
    ):
        answer = driver.get(url)
        assert answer.status_code == 404
        assert "No money was held or charged" in text_of(answer)


@pytest.mark.parametrize("name", ["home", "start", "connector", "session"])
def test_no_other_browser_sees_a_page(scene: Place, stranger: Client, name: str) -> None:
    session = VISITS["charging"][1](scene)
    some: dict[str, list[object]] = {"connector": [scene.offer.pk], "session": [session.public_id]}
    arguments = some.get(name, [])
    answer = stranger.get(reverse(f"kiosk:{name}", args=arguments))
    assert answer.status_code == 403
    assert "This browser is not a kiosk" in text_of(answer)


@pytest.mark.parametrize("name", ["pay", "cancel", "stop", "withdraw", "language"])
def test_no_other_browser_can_do_anything(scene: Place, stranger: Client, name: str) -> None:
    session = VISITS["plug"][1](scene)
    some: dict[str, list[object]] = {"pay": [scene.offers[1].pk], "language": []}
    arguments = some.get(name, [session.public_id])
    answer = stranger.post(reverse(f"kiosk:{name}", args=arguments), {"hold": "40.00", "language": "nl"})
    assert answer.status_code == 403
    assert "Nothing was held or charged" in text_of(answer)
    assert list(Session.objects.values_list("state", flat=True)) == [State.STARTING]


def test_a_post_without_a_token_is_refused_politely(scene: Place) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("kiosk:pay", args=[scene.offer.pk]), {"hold": "40.00"})
    assert answer.status_code == 403
    assert "no money was held or charged" in text_of(answer)
    assert not Session.objects.exists()


def test_actions_are_posts(scene: Place, driver: Client) -> None:
    session = VISITS["charging"][1](scene)
    for name in ("cancel", "stop", "withdraw"):
        assert driver.get(reverse(f"kiosk:{name}", args=[session.public_id])).status_code == 405
    assert driver.get(reverse("kiosk:pay", args=[scene.offer.pk])).status_code == 405


def test_pages_load_nothing_from_elsewhere_and_are_not_kept(scene: Place, driver: Client) -> None:
    answer = driver.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    page = answer.content.decode()
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)", page)


def test_the_language_of_a_visit_ends_with_it(scene: Place, driver: Client) -> None:
    answer = driver.post(reverse("kiosk:language"), {"language": "nl", "next": "/c/1/"})
    assert answer.headers["Location"] == "/c/1/"
    assert '<html lang="nl"' in text_of(driver.get("/"))
    assert driver.get(reverse("kiosk:start")).headers["Location"] == "/"
    assert '<html lang="en"' in text_of(driver.get("/"))


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_choosing_a_language_leads_nowhere_else(scene: Place, driver: Client, target: str) -> None:
    answer = driver.post(reverse("kiosk:language"), {"language": "nl", "next": target})
    assert answer.headers["Location"] == "/"


def test_every_language_is_called_by_its_own_name(scene: Place, driver: Client) -> None:
    for language in LANGUAGES:
        driver.cookies[LANGUAGE_COOKIE] = language
        page = text_of(driver.get("/"))
        assert [name for _, name in django_settings.LANGUAGES if f">{name}</button>" not in page] == []


def test_a_kiosk_begins_in_its_own_language(scene: Place, driver: Client) -> None:
    scene.kiosk.language = "de"
    scene.kiosk.save()
    assert '<html lang="de"' in text_of(driver.get("/", headers={"Accept-Language": "fr"}))


@pytest.mark.parametrize(
    ("state", "outcome", "heading"),
    [
        (Operation.State.NOT_SENT, "", "That did not work"),
        (Operation.State.UNKNOWN, "", "That did not work"),
        (Operation.State.CANCELLED, "", "Cancelled"),
        (Operation.State.ANSWERED, "timed_out", "Cancelled"),
    ],
)
def test_a_terminal_that_broke_off_is_not_called_the_drivers_change_of_mind(
    scene: Place, driver: Client, state: Operation.State, outcome: str, heading: str
) -> None:
    page = text_of(driver.get(scenes.path(scenes.broke_off(scene, state, outcome))))
    assert f'<h1 tabindex="-1">{heading}</h1>' in page
    assert "Nothing is held and nothing was charged." in page


def test_the_result_of_a_stop_card_can_be_waved_away(scene: Place, driver: Client) -> None:
    session = VISITS["wrong-card"][1](scene)
    attempt = session.stop_attempts.get()
    assert 'data-step="charging"' in text_of(driver.get(f"{scenes.path(session)}?seen={attempt.pk}"))
    assert 'data-step="wrong_card"' in text_of(driver.get(f"{scenes.path(session)}?seen=x"))


def test_the_database_is_asked_whether_it_answers(scene: Place, stranger: Client) -> None:
    assert stranger.get("/healthz").content == b"ok"


def test_the_demo_shows_kiosk_terminal_and_cars(scene: Place, settings: Settings) -> None:
    settings.SIM_PORT = 8100
    answer = Client(headers={"host": "localhost:8000"}).get(reverse("kiosk:demo"))
    page = text_of(answer)
    assert 'src="http://localhost:8100/"' in page
    assert 'src="http://localhost:8101/"' in page
    assert "frame-src 'self' http://localhost:8100 http://localhost:8101" in answer.headers["Content-Security-Policy"]


def test_there_is_no_demo_in_production(scene: Place, settings: Settings) -> None:
    settings.DEMO = False
    assert Client().get(reverse("kiosk:demo")).status_code == 404


@pytest.mark.parametrize(("minutes", "known"), [(-1, True), (1, False)])
def test_a_car_counts_as_connected_only_if_it_was_before_the_start(scene: Place, minutes: int, known: bool) -> None:
    """A charge point that waits for the cable says Preparing, too."""
    session = VISITS["plug"][1](scene)
    session.authorised_at = scene.now
    session.save()
    connector = session.connector
    connector.status = connector.Status.PREPARING
    connector.status_at = scene.now + timedelta(minutes=minutes)
    connector.save()
    snapshot = take_visit(scene.kiosk, session.public_id, scene.now, dismissed=0)
    assert snapshot is not None
    assert snapshot.plugged_in is known
