"""The receipt on the driver's own phone."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kiosk.models import Receipt
from payments.models import CardToken, Refund
from tests.kiosk.web.scenes import VISITS, Place
from tests.kiosk.web.test_pages import text_of


@pytest.fixture
def receipt(scene: Place) -> Receipt:
    VISITS["finished"][1](scene)
    return Receipt.objects.get()


def url_of(receipt: Receipt) -> str:
    return reverse("kiosk:receipt", args=[receipt.code])


def test_anybody_with_the_address_sees_all_of_it(receipt: Receipt, stranger: Client) -> None:
    answer = stranger.get(url_of(receipt))
    page = text_of(answer)
    assert answer.status_code == 200
    for word in (
        "TapCharge Energie B.V.",
        "NL000099998B57",
        "Stationsplein 1",
        "1-000001",
        "24.38 kWh",
        "1,000.00 – 1,024.38 kWh",
        "€12.60",
        "€10.41",
        "€2.19",
        "€40.00",
        "€27.40",
        "Visa",
        "4242",
        "000123",
        "+31 30 123 45 67",
        receipt.session.authorisation.reference,
        "09:00:00",  # the site's own time
    ):
        assert word in page, word


@pytest.mark.parametrize(
    ("accept", "lang", "total"), [("nl", "nl", "€ 12,60"), ("de", "de", "12,60 €"), ("xx", "en", "€12.60")]
)
def test_it_speaks_the_language_of_the_phone(
    receipt: Receipt, stranger: Client, accept: str, lang: str, total: str
) -> None:
    page = text_of(stranger.get(url_of(receipt), headers={"Accept-Language": accept}))
    assert f'<html lang="{lang}"' in page
    assert total in page.replace("\xa0", " ").replace("&nbsp;", " ")


def test_another_language_is_one_touch_away(receipt: Receipt, stranger: Client) -> None:
    assert '<html lang="fr"' in text_of(stranger.get(f"{url_of(receipt)}?lang=fr"))
    assert '<html lang="en"' in text_of(stranger.get(f"{url_of(receipt)}?lang=<script>"))


def test_nobody_keeps_or_lists_it(receipt: Receipt, stranger: Client) -> None:
    answer = stranger.get(url_of(receipt))
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_it_says_nothing_about_the_token(receipt: Receipt, stranger: Client, scene: Place) -> None:
    card = CardToken.objects.create(
        token_type="card",
        fingerprint="k1:feedfacefeedface",
        par_fingerprint="k1:cafebabecafebabe",
        brand="Visa",
        last_four="4242",
        first_seen_at=scene.now,
        last_seen_at=scene.now,
    )
    type(receipt.session).objects.update(card=card)
    page = text_of(stranger.get(url_of(receipt)))
    assert "feedface" not in page
    assert "cafebabe" not in page
    assert receipt.session.public_id not in page


def test_it_lists_refunds_that_were_given_or_are_under_way(receipt: Receipt, stranger: Client, scene: Place) -> None:
    type(receipt.session.authorisation).objects.update(refunded_minor=500)
    states = [(Refund.State.DONE, 300), (Refund.State.REQUESTED, 200), (Refund.State.REFUSED, 111)]
    for state, amount in states:
        Refund.objects.create(
            authorisation=receipt.session.authorisation,
            state=state,
            amount_minor=amount,
            reason="cable",
            created_at=scene.now,
        )
    page = text_of(stranger.get(url_of(receipt)))
    assert "€3.00" in page
    assert "Refund under way" in page
    assert "€2.00" in page
    assert "€1.11" not in page


def test_an_unknown_code_gets_a_page_that_helps(receipt: Receipt, stranger: Client) -> None:
    answer = stranger.get(reverse("kiosk:receipt", args=["nothing"]))
    assert answer.status_code == 404
    assert "capitals matter" in text_of(answer)
    assert "no-store" in answer.headers["Cache-Control"]
