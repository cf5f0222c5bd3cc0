"""Receipts, and the words of the timeline."""

from __future__ import annotations

import re

import pytest
from django.utils import translation
from moneyed import Money

from kiosk import pricing, receipts, timeline
from kiosk.models import Receipt, Session
from kiosk.timeline import FLAG_SENTENCES, SENTENCES, Code, Flag, Source
from payments.signals import refund_changed
from tests.kiosk.place import MAESTRO, VISA, Place, approve, reread


def finished(place: Place, card: object = VISA) -> Session:
    session = place.charge(place.charging(card=card), minutes=2)  # type: ignore[arg-type]
    place.stopped(session)
    place.answer(session, approve())
    return reread(session)


def test_a_receipt_says_who_sold_what_to_which_card(place: Place) -> None:
    place.tariff.components.create(dimension="FLAT", price="0.3500", vat="9.00")
    place.tariff.components.create(dimension="TIME", price="3.0000")
    session = finished(place)
    receipt = Receipt.objects.get()
    assert str(receipt) == f"{place.site.pk}-000001"
    assert receipt.data == {
        "seller": {"name": "Volt BV", "address": "Quay 2", "vat_id": "NL001"},
        "site": {"name": place.site.name, "address": "Quay 1"},
        "number": str(receipt),
        "issued_at": "2026-05-04T09:02:00+00:00",
        "session_reference": session.authorisation.reference,
        "connector": str(place.first),
        "started_at": "2026-05-04T09:00:00+00:00",
        "ended_at": "2026-05-04T09:02:00+00:00",
        "energy_wh": 366,
        "meter_start_wh": 1000,
        "meter_stop_wh": 1366,
        "currency": "EUR",
        "lines": [
            {"kind": "energy", "quantity": "0.366", "unit": "kWh", "price": "0.5000", "total_minor": 18},
            {"kind": "time", "quantity": "0.033333", "unit": "h", "price": "3.0000", "total_minor": 10},
            {"kind": "session", "quantity": "1", "unit": "session", "price": "0.3500", "total_minor": 35},
        ],
        "vat": [{"rate": "21", "net_minor": 23, "tax_minor": 5}, {"rate": "9", "net_minor": 32, "tax_minor": 3}],
        "total_minor": 63,
        "held_minor": 4000,
        "captured_minor": 63,
        "released_minor": 3937,
        "card": {"brand": "Visa", "last_four": "4242"},
        "stan": "77",
        "help_phone": "0800-1",
    }  # fmt: skip


def test_no_figure_of_a_receipt_has_digits_like_a_card_number() -> None:
    prices = [{"type": "ENERGY", "price": "0.79", "vat": "21"}, {"type": "TIME", "price": "1.00", "vat": "9"}]
    tariff = pricing.parse({"currency": "EUR", "tax_included": "NO", "elements": [{"price_components": prices}]})
    bill = pricing.price(tariff, pricing.Usage(12_345, charging_s=3671), at_most=Money("3.00", "EUR"))
    assert [line.kind for line in bill.lines] == ["energy", "time", "limit"]
    assert not re.search(r"\d{12}", str(list(receipts._lines(bill))))


def test_receipts_count_up_without_gaps_within_a_site(place: Place) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(Receipt.objects.get(session=finished(place)).sequence)
        place.online(place.charger)
    assert numbers == [1, 2, 3]


def test_a_receipt_is_issued_once(place: Place) -> None:
    session = finished(place)
    issued = Receipt.objects.get()
    place.forward(days=1)
    assert receipts.issue(session, place.now) == issued
    assert Receipt.objects.count() == 1


def test_what_identifies_a_card_is_on_no_receipt_and_no_timeline(place: Place) -> None:
    session = finished(place, MAESTRO)
    written = str(Receipt.objects.get().data) + str([entry.data for entry in session.timeline.all()])
    assert MAESTRO.token not in written
    assert MAESTRO.par not in written


# Timeline


def test_every_code_and_every_flag_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Code)
    assert set(FLAG_SENTENCES) == set(Flag)
    assert max(len(code) for code in Code) <= 40


def test_every_entry_of_a_visit_reads_without_gaps(place: Place) -> None:
    session = finished(place)
    told = [timeline.sentence(entry) for entry in session.timeline.order_by("pk")]
    assert told[0] == f"The driver picked {place.first.label} and a hold of €40.00."
    assert told[1] == "The card was accepted; €40.00 are held."
    assert told[4] == "Charging ended after 0.37 kWh: ended by the charge point."
    assert told[6] == "€0.18 were captured; the rest of the hold is released."
    assert not any("?" in each or "{" in each for each in told)


def test_money_and_energy_are_written_as_the_language_does(place: Place) -> None:
    session = finished(place)
    entry = session.timeline.get(code=Code.CAPTURED)
    with translation.override("nl"):
        assert "€\xa00,18" in timeline.sentence(entry)


def test_words_of_another_version_are_shown_as_they_are(place: Place) -> None:
    session = place.begin()
    entry = timeline.record(session, Source.SYSTEM, Code.ASKED, now=place.now)
    assert timeline.sentence(entry) == "The driver picked ? and a hold of ?."
    entry.code = "teleported"
    assert timeline.sentence(entry) == "teleported"
    assert timeline.flag_text("haunted") == "haunted"
    assert timeline.flag_text(Flag.SILENT).startswith("The charge point fell silent")


@pytest.mark.parametrize("state", ["requested", "done", "refused", "in_doubt"])
def test_refunds_are_told(place: Place, state: str) -> None:
    session = finished(place)
    refund = session.authorisation.refunds.model(
        authorisation=session.authorisation, amount_minor=10, state=state, created_at=place.now
    )
    before = session.timeline.count()
    refund_changed.send(sender=None, refund=refund)
    assert session.timeline.count() == before + 1
    assert "€0.10" in timeline.sentence(session.timeline.latest("pk"))
