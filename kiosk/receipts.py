"""Receipts: numbered without gaps within a site, frozen when issued (reference: ev-charging 5.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from kiosk import pricing
from kiosk.models import Receipt, Session, Site
from kiosk.pricing import Bill
from kiosk.timeline import Code, Source, record
from payments.money import to_minor

#: A third of an hour has no end of digits, and those look like a card number.
_DECIMALS = 6


def issue(session: Session, now: datetime) -> Receipt:
    """The receipt of a finished session, made the first time it is asked for."""
    with transaction.atomic():
        site = Site.objects.select_for_update(no_key=True).get(pk=session.site_id)
        if (issued := Receipt.objects.filter(session=session).first()) is not None:
            return issued
        last = Receipt.objects.filter(site=site).aggregate(last=Max("sequence"))["last"] or 0
        receipt = Receipt(session=session, site=site, sequence=last + 1, issued_at=now)
        receipt.data = _content(session, site, str(receipt), now)
        receipt.save(force_insert=True)
        record(session, Source.SYSTEM, Code.RECEIPT_ISSUED, now=now, number=str(receipt))
    return receipt


def _content(session: Session, site: Site, number: str, now: datetime) -> dict[str, Any]:
    """Everything on the receipt, as plain values: amounts in minor units, times in ISO 8601, decimals as text."""
    held = session.authorisation
    bill = _bill(session)
    card = session.card
    return {
        "seller": {"name": site.operator_name, "address": site.operator_address, "vat_id": site.vat_id},
        "site": {"name": site.name, "address": site.address},
        "number": number,
        "issued_at": now.isoformat(),
        "session_reference": held.reference,
        "connector": str(session.connector),
        "started_at": session.started_at and session.started_at.isoformat(),
        "ended_at": session.ended_at and session.ended_at.isoformat(),
        "energy_wh": session.energy_wh,
        "meter_start_wh": session.meter_start_wh,
        "meter_stop_wh": session.meter_wh,
        "currency": session.currency,
        "lines": list(_lines(bill)),
        "vat": [
            {
                "rate": f"{each.rate.normalize():f}",
                "net_minor": _minor(bill, each.net),
                "tax_minor": _minor(bill, each.tax),
            }
            for each in bill.vat
        ],
        "total_minor": to_minor(bill.total),
        "held_minor": held.authorised_minor,
        "captured_minor": held.captured_minor,
        "released_minor": held.authorised_minor - held.captured_minor,
        "card": {"brand": card.brand, "last_four": card.last_four} if card else {"brand": "", "last_four": ""},
        "stan": held.stan,
        "help_phone": site.help_phone,
    }


def _bill(session: Session) -> Bill:
    """What the session cost, by the tariff that its driver accepted, and no more than was captured."""
    usage = pricing.Usage(session.energy_wh, session.charging_s, session.parking_s)
    return pricing.price(pricing.parse(session.tariff), usage, at_most=session.authorisation.captured)


def _lines(bill: Bill) -> Iterator[dict[str, Any]]:
    """The lines with VAT, rounded so that they add up to the total."""
    exact, shown = Decimal(0), 0
    for index, line in enumerate(bill.lines, start=1):
        exact += line.with_vat
        running = to_minor(bill.total) if index == len(bill.lines) else _minor(bill, exact)
        yield {
            "kind": line.kind,
            "quantity": _figure(line.quantity),
            "unit": line.unit,
            "price": _figure(line.price),
            "total_minor": running - shown,
        }
        shown = running


def _minor(bill: Bill, amount: Decimal) -> int:
    return int((amount * bill.total.currency.sub_unit).quantize(Decimal(1), ROUND_HALF_UP))


def _figure(value: Decimal) -> str:
    exact = value == round(value, _DECIMALS)
    return f"{value if exact else round(value, _DECIMALS):f}"
