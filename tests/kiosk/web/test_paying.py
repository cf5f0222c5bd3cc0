"""What a driver does at the kiosk, by form."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kiosk.lifecycle import State
from kiosk.models import Kiosk, Session, StopAttempt
from payments.models import Authorisation, Operation
from tests.kiosk.web import scenes
from tests.kiosk.web.scenes import VISITS, Place
from tests.kiosk.web.test_pages import text_of


def pay_url(scene: Place) -> str:
    return reverse("kiosk:pay", args=[scene.offer.pk])


def test_paying_leads_to_the_card(scene: Place, driver: Client) -> None:
    answer = driver.post(pay_url(scene), {"hold": "40.00"}, follow=True)
    assert 'data-step="card"' in text_of(answer)
    assert Authorisation.objects.get().requested_minor == 4000


def test_another_amount_can_be_typed(scene: Place, driver: Client) -> None:
    driver.post(pay_url(scene), {"hold": "other", "other": " 35,50 "})
    assert Authorisation.objects.get().requested_minor == 3550


def test_a_chosen_amount_wins_over_what_stands_in_the_other_field(scene: Place, driver: Client) -> None:
    driver.post(pay_url(scene), {"hold": "20.00", "other": "35"})
    assert Authorisation.objects.get().requested_minor == 2000


def test_a_double_click_asks_for_one_card(scene: Place, driver: Client) -> None:
    first, second = (driver.post(pay_url(scene), {"hold": "40.00"}) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Authorisation.objects.count() == 1
    assert Operation.objects.count() == 1


@pytest.mark.parametrize("typed", ["abc", "-5", "9.99", "150.01", "1e3", "", "40.001", "१०", "<b>40</b>"])
def test_a_bad_amount_comes_back_with_the_reason(scene: Place, driver: Client, typed: str) -> None:
    answer = driver.post(pay_url(scene), {"hold": "other", "other": typed})
    assert answer.status_code == 422
    page = text_of(answer)
    assert 'role="alert" id="problem"' in page
    assert 'aria-invalid="true"' in page
    assert "<b>40" not in page
    if typed.isascii() and "<" not in typed:
        assert f'value="{typed}"' in page
    assert not Session.objects.exists()
    assert not Authorisation.objects.exists()


def test_no_amount_at_all_is_a_bad_amount(scene: Place, driver: Client) -> None:
    assert driver.post(pay_url(scene), {}).status_code == 422


@pytest.mark.parametrize("index", [2, 3, 4])
def test_what_cannot_be_bought_is_refused_before_money_is_held(scene: Place, driver: Client, index: int) -> None:
    url = reverse("kiosk:pay", args=[scene.offers[index].pk])
    assert driver.post(url, {"hold": "40.00"}).status_code == 422
    assert not Authorisation.objects.exists()


def test_an_unknown_connector_is_refused(scene: Place, driver: Client) -> None:
    assert driver.post(reverse("kiosk:pay", args=[999999]), {"hold": "40.00"}).status_code == 404
    elsewhere = scenes.place(scene.now, name="Elsewhere")
    assert driver.post(pay_url(elsewhere), {"hold": "40.00"}).status_code == 404
    assert not Authorisation.objects.exists()


def test_a_terminal_that_is_in_use_is_not_asked_twice(scene: Place, driver: Client) -> None:
    driver.post(pay_url(scene), {"hold": "40.00"})
    answer = driver.post(reverse("kiosk:pay", args=[scene.offers[1].pk]), {"hold": "40.00"})
    assert answer.status_code == 422
    assert 'role="alert"' in text_of(answer)
    assert Authorisation.objects.count() == 1


def test_cancelling_is_for_the_kiosk_where_it_began(scene: Place, driver: Client) -> None:
    session = VISITS["plug"][1](scene)
    other = Kiosk.objects.create(name="Other", site=scene.site, terminal=scene.kiosk.terminal)
    Session.objects.update(kiosk=other)
    assert 'id="cancel"' not in text_of(driver.get(scenes.path(session)))
    driver.post(reverse("kiosk:cancel", args=[session.public_id]))
    assert Session.objects.get().state == State.STARTING


def test_stopping_asks_for_the_card_and_can_be_withdrawn(scene: Place, driver: Client) -> None:
    session = VISITS["charging"][1](scene)
    answer = driver.post(reverse("kiosk:stop", args=[session.public_id]), follow=True)
    assert 'data-step="stop_card"' in text_of(answer)
    assert StopAttempt.objects.get().outcome == StopAttempt.Outcome.WAITING
    answer = driver.post(reverse("kiosk:withdraw", args=[session.public_id]), follow=True)
    assert answer.status_code == 200


def test_what_does_not_charge_cannot_be_stopped(scene: Place, driver: Client) -> None:
    session = VISITS["settling"][1](scene)
    answer = driver.post(reverse("kiosk:stop", args=[session.public_id]))
    assert answer.status_code == 409
    assert 'role="alert"' in text_of(answer)
    assert not StopAttempt.objects.exists()


def test_a_session_of_another_site_cannot_be_touched(scene: Place, driver: Client) -> None:
    theirs = VISITS["charging"][1](scenes.place(scene.now, name="Elsewhere"))
    for name in ("cancel", "stop", "withdraw"):
        assert driver.post(reverse(f"kiosk:{name}", args=[theirs.public_id])).status_code == 404
    assert not StopAttempt.objects.exists()
