"""Visits in every state, written straight to the database: what the admin is asked to show."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from hardware.models import ChargePoint, Command, Connector, Terminal, Transaction
from hardware.terminal.simulators import Placed
from hardware.terminals import next_request_id
from kiosk import demo_data
from kiosk.lifecycle import DELIVERING, State
from kiosk.models import Kiosk, MeterSample, Offer, Receipt, Session
from kiosk.timeline import Code, Source, record
from payments import journal
from payments.lifecycle import FINAL
from payments.lifecycle import State as MoneyState
from payments.models import Authorisation, CardToken, Operation, Refund

#: Planted where only the database may have it; no page may show any of it.
SECRET = "s3cret-planted-9f2c"

_MONEY = {
    State.AUTHORISING: MoneyState.PENDING,
    State.AUTHORISED: MoneyState.AUTHORISED,
    State.STARTING: MoneyState.AUTHORISED,
    State.CHARGING: MoneyState.AUTHORISED,
    State.STOPPING: MoneyState.AUTHORISED,
    State.SETTLING: MoneyState.CAPTURING,
    State.FINISHED: MoneyState.CAPTURED,
    State.DECLINED: MoneyState.DECLINED,
    State.CANCELLED: MoneyState.FAILED,
    State.NOT_STARTED: MoneyState.RELEASED,
    State.IN_DOUBT: MoneyState.IN_DOUBT,
}
_NEVER_HELD = {State.AUTHORISING, State.DECLINED, State.CANCELLED}
_DELIVERED = {State.CHARGING, State.STOPPING, State.SETTLING, State.FINISHED}


def site() -> Kiosk:
    """The demo site with its kiosk; every key and reference in it is SECRET."""
    demo_data.seed(Placed())
    ChargePoint.objects.update(key_hash=f"hash-{SECRET}")
    return Kiosk.objects.select_related("site", "terminal").get()


def card(last_four: str = "1234", brand: str = "VISA", now: datetime | None = None) -> CardToken:
    """A card that was seen."""
    seen = now or timezone.now()
    row, _ = CardToken.objects.get_or_create(
        last_four=last_four,
        brand=brand,
        token_type="card",
        defaults={
            "fingerprint": f"fp-{SECRET}-{last_four}",
            "par_fingerprint": f"par-{SECRET}-{last_four}",
            "first_seen_at": seen,
            "last_seen_at": seen,
        },
    )
    return row


def authorisation(
    terminal: Terminal,
    state: MoneyState,
    now: datetime,
    *,
    held: int,
    captured: int = 0,
    token: CardToken | None = None,
) -> Authorisation:
    """A hold with its operations."""
    approved = held if state not in {MoneyState.PENDING, MoneyState.DECLINED, MoneyState.FAILED} else 0
    taken = captured if state == MoneyState.CAPTURED else 0
    row = Authorisation.objects.create(
        terminal=terminal,
        state=state,
        currency="EUR",
        requested_minor=held,
        authorised_minor=approved,
        captured_minor=taken,
        released_minor=approved - taken if state in FINAL else 0,
        card=token,
        sealed_handle=f"sealed-{SECRET}",
        stan="004711",
        created_at=now,
        authorised_at=now + timedelta(seconds=9) if approved else None,
        closed_at=now + timedelta(minutes=40) if state in {MoneyState.CAPTURED, MoneyState.RELEASED} else None,
        deadline_at=now + timedelta(days=5),
    )
    journal.write(row.pk, "requested", now, was=None)
    operation(row, Operation.Kind.AUTHORISE, now, amount=held, done=state != MoneyState.PENDING)
    if state in {MoneyState.CAPTURED, MoneyState.CAPTURING}:
        operation(
            row, Operation.Kind.CAPTURE, now + timedelta(minutes=40), amount=captured, done=state == MoneyState.CAPTURED
        )
    if state == MoneyState.RELEASED:
        operation(row, Operation.Kind.RELEASE, now + timedelta(minutes=40))
    if state == MoneyState.IN_DOUBT:
        operation(
            row, Operation.Kind.CAPTURE, now + timedelta(minutes=40), amount=captured, state=Operation.State.UNKNOWN
        )
    return row


def operation(
    row: Authorisation,
    kind: Operation.Kind,
    at: datetime,
    *,
    amount: int = 0,
    done: bool = True,
    state: Operation.State | None = None,
    **more: Any,
) -> Operation:
    """A question to the terminal."""
    answered = Operation.State.ANSWERED if done else Operation.State.QUEUED
    return Operation.objects.create(
        kind=kind,
        state=state or answered,
        terminal=row.terminal,
        authorisation=row,
        request_id=next_request_id(row.terminal, at),
        amount_minor=amount,
        currency="EUR",
        created_at=at,
        due_at=at,
        started_at=at,
        tries=1,
        outcome="approved" if done and state is None else "",
        detail="timeout" if state == Operation.State.UNKNOWN else "",
        receipt="TERMINAL 12345678\nVISA  ***********1234\nTOTAL EUR 12,30" if done and state is None else "",
        **more,
    )


def refund(row: Authorisation, minor: int, state: Refund.State, person: User, at: datetime) -> Refund:
    """A refund, with what it reserves."""
    if state != Refund.State.REFUSED:
        row.refunded_minor += minor
        row.save()
    given = Refund.objects.create(
        authorisation=row,
        state=state,
        amount_minor=minor,
        reason="charged twice",
        requested_by=person,
        created_at=at,
        finished_at=at if state in {Refund.State.DONE, Refund.State.REFUSED} else None,
    )
    unknown = Operation.State.UNKNOWN if state == Refund.State.IN_DOUBT else None
    operation(row, Operation.Kind.REFUND, at, amount=minor, state=unknown, refund=given)
    return given


def session(
    kiosk: Kiosk,
    state: State,
    now: datetime,
    *,
    label: str = "1",
    held: int = 4000,
    cost: int = 1230,
    energy_wh: int = 24_390,
    last_four: str = "1234",
    flags: list[str] | None = None,
) -> Session:
    """A visit in ``state`` that began at ``now``, with everything that belongs to it by then."""
    offer = Offer.objects.select_related("connector__charge_point", "tariff").get(connector__label=label)
    token = None if state in _NEVER_HELD else card(last_four, now=now)
    money = authorisation(kiosk.terminal, _MONEY[state], now, held=held, captured=cost, token=token)
    delivered = state in _DELIVERED
    start = _start(offer.connector, now) if state not in _NEVER_HELD else None
    row = Session.objects.create(
        state=state,
        site=kiosk.site,
        kiosk=kiosk,
        connector=offer.connector,
        authorisation=money,
        card=token,
        start_command=start,
        transaction=_transaction(start, now, energy_wh, state not in DELIVERING) if start and delivered else None,
        tariff=offer.tariff.snapshot(),
        currency="EUR",
        created_at=now,
        authorised_at=money.authorised_at,
        started_at=now + timedelta(minutes=1) if delivered else None,
        ended_at=now + timedelta(minutes=39) if delivered and state not in DELIVERING else None,
        meter_start_wh=1_000_000 if delivered else None,
        energy_wh=energy_wh if delivered else 0,
        power_w=10_870 if state == State.CHARGING else 0,
        cost_minor=cost if delivered else 0,
        end_reason=Session.EndReason.CARD if state == State.FINISHED else "",
        flags=flags or [],
    )
    _tell(row, now, energy_wh, cost)
    if state == State.FINISHED:
        receipt(row, now + timedelta(minutes=41))
    return row


def receipt(row: Session, at: datetime) -> Receipt:
    """The receipt of a finished session."""
    last = Receipt.objects.filter(site=row.site).count()
    total = row.authorisation.captured_minor
    data = {
        "seller": {"name": row.site.operator_name, "address": row.site.operator_address, "vat_id": row.site.vat_id},
        "site": {"name": row.site.name, "address": row.site.address},
        "number": f"{row.site_id}-{last + 1:06d}",
        "currency": "EUR",
        "lines": [
            {"kind": "energy", "quantity": "24.39", "unit": "kWh", "price": "0.49", "total_minor": total - 35},
            {"kind": "session", "quantity": "1", "unit": "session", "price": "0.35", "total_minor": 35},
        ],
        "vat": [{"rate": "21", "net_minor": total - total * 21 // 121, "tax_minor": total * 21 // 121}],
        "total_minor": total,
        "held_minor": row.authorisation.authorised_minor,
        "captured_minor": total,
        "released_minor": row.authorisation.authorised_minor - total,
        "card": {"brand": "VISA", "last_four": "1234"},
    }
    return Receipt.objects.create(session=row, site=row.site, sequence=last + 1, issued_at=at, data=data)


def _tell(row: Session, now: datetime, energy_wh: int, cost: int) -> None:
    """The timeline and the meter values up to the state of ``row``."""
    step, asked = timedelta(seconds=9), {"amount_minor": row.authorisation.requested_minor, "currency": "EUR"}
    record(row, Source.DRIVER, Code.ASKED, now=now, connector=str(row.connector), **asked)
    if row.state == State.DECLINED:
        record(row, Source.MONEY, Code.DECLINED, now=now + step)
    if row.card is None:
        return
    record(row, Source.MONEY, Code.APPROVED, now=now + step, **asked)
    if row.state == State.IN_DOUBT:
        record(row, Source.MONEY, Code.DOUBTED, now=now + timedelta(minutes=40))
    if row.started_at is None:
        return
    record(row, Source.SYSTEM, Code.START, now=now + 2 * step)
    record(row, Source.CHARGER, Code.STARTED, now=row.started_at)
    MeterSample.objects.bulk_create(
        MeterSample(
            session=row,
            at=row.started_at + timedelta(minutes=minute),
            received_at=row.started_at + timedelta(minutes=minute),
            energy_wh=1_000_000 + energy_wh * minute // 38,
            power_w=max(0, 10_900 - (minute - 26) * 500) if minute > 26 else 10_900,
        )
        for minute in range(0, 40, 2)
    )
    if row.ended_at:
        record(row, Source.DRIVER, Code.STOP_CARD_MATCHED, now=row.ended_at - step)
        record(row, Source.CHARGER, Code.ENDED, now=row.ended_at, energy_wh=energy_wh, why="card")
    if row.state == State.FINISHED:
        at = now + timedelta(minutes=40)
        record(row, Source.MONEY, Code.CAPTURED, now=at, amount_minor=cost, currency="EUR")
        record(row, Source.SYSTEM, Code.RECEIPT_ISSUED, now=at + step, number="1-000001")


def _start(connector: Connector, at: datetime) -> Command:
    count = Command.objects.count() + 1
    return Command.objects.create(
        charge_point=connector.charge_point,
        connector=connector,
        kind=Command.Kind.START,
        id_tag=f"{SECRET[:14]}{count:06d}",
        state=Command.State.ACCEPTED,
        created_at=at,
        sent_at=at,
        answered_at=at,
        tries=1,
    )


def _transaction(start: Command, at: datetime, energy_wh: int, ended: bool) -> Transaction:
    assert start.connector is not None
    return Transaction.objects.create(
        charge_point=start.charge_point,
        connector=start.connector,
        command=start,
        meter_start_wh=1_000_000,
        started_at=at + timedelta(minutes=1),
        received_at=at + timedelta(minutes=1),
        meter_stop_wh=1_000_000 + energy_wh if ended else None,
        stopped_at=at + timedelta(minutes=39) if ended else None,
        stop_received_at=at + timedelta(minutes=39) if ended else None,
        stop_reason="Remote" if ended else "",
    )
