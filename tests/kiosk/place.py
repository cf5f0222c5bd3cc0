"""A site with a kiosk and charge points, and everything that can happen to a visit there.

Money goes through the real services of payments and devices through the real reports of hardware; only what a worker
or a socket would carry is handed over by the test. Time stands still until ``forward``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import time_machine
from django.utils import timezone
from moneyed import Money

from hardware import outbox, reports
from hardware.charger.readings import Reading
from hardware.models import ChargePoint, Command, Connector, StopReport, Terminal, Transaction
from hardware.terminal.interface import Card, Handle, NotSent, Outcome, OutcomeUnknown, Result, TokenResult, TokenType
from kiosk import visits
from kiosk.models import Kiosk, Offer, Session, Site, StopAttempt, Tariff
from kiosk.sweep import sweep
from payments import answers, operations
from payments.belief import Answer
from payments.models import Operation
from payments.money import from_minor

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)

VISA = Card(TokenType.CARD, token="token-visa", par="par-1", brand="Visa", last_four="4242")
PHONE = Card(TokenType.CARD, token="token-phone", par="par-1", brand="Visa", last_four="9001")
MAESTRO = Card(TokenType.CARD, token="token-maestro", par="par-2", brand="Maestro", last_four="1111")
BARE = Card(TokenType.CARD, token="token-bare", brand="Visa", last_four="3333")

#: 11 kW for a minute, in Wh.
MINUTE_WH = 183

_names = count(1)


class Place:
    """One site: a charge point with two connectors and another with one, all at 0.50 a kWh, VAT included."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller
        self.tariff = Tariff.objects.create(name=f"Day {next(_names)}", currency="EUR")
        self.tariff.components.create(dimension="ENERGY", price="0.5000")
        self.site = Site.objects.create(
            name=f"Harbour {next(_names)}",
            address="Quay 1",
            operator_name="Volt BV",
            operator_address="Quay 2",
            vat_id="NL001",
            help_phone="0800-1",
            plug_in_s=90,
        )
        self.terminal = Terminal.objects.create(
            name=f"IM30 {next(_names)}", url="payproxy+http://127.0.0.1:9", state="ready"
        )
        self.kiosk = Kiosk.objects.create(name=f"Kiosk {next(_names)}", site=self.site, terminal=self.terminal)
        self.charger = self.charge_point(connectors=2)
        self.first, self.second = self.charger.connectors.all()
        self.third = self.charge_point(connectors=1).connectors.get()

    # Time

    @property
    def now(self) -> datetime:
        return timezone.now()

    def forward(self, **duration: float) -> datetime:
        self._traveller.shift(timedelta(**duration))
        return self.now

    def sweep(self) -> int:
        return sweep(self.now)

    # What stands there

    def charge_point(self, connectors: int) -> ChargePoint:
        number = next(_names)
        charge_point = ChargePoint.objects.create(name=f"Pole {number}", identity=f"CP{number}")
        for each in range(1, connectors + 1):
            connector = Connector.objects.create(charge_point=charge_point, number=each, label=f"{number}-{each}")
            Offer.objects.create(site=self.site, connector=connector, tariff=self.tariff)
        self.online(charge_point)
        for each in range(1, connectors + 1):
            reports.connector_status(charge_point.pk, each, "Available", "NoError", "", self.now)
        return charge_point

    def another_kiosk(self) -> Kiosk:
        terminal = Terminal.objects.create(
            name=f"IM30 {next(_names)}", url="payproxy+http://127.0.0.1:9", state="ready"
        )
        return Kiosk.objects.create(name=f"Kiosk {next(_names)}", site=self.site, terminal=terminal)

    def online(self, charge_point: ChargePoint) -> None:
        reports.connected(charge_point.pk, f"socket-{charge_point.pk}", self.now)

    def offline(self, charge_point: ChargePoint) -> None:
        reports.disconnected(charge_point.pk, f"socket-{charge_point.pk}", self.now)

    def status(self, connector: Connector, status: str) -> None:
        charge_point_id = connector.charge_point_id
        reports.connector_status(charge_point_id, connector.number, status, "NoError", "", self.now)

    # The driver

    def begin(self, connector: Connector | None = None, hold: str = "40.00", kiosk: Kiosk | None = None) -> Session:
        return visits.begin(
            kiosk=kiosk or self.kiosk,
            connector=Connector.objects.select_related("charge_point").get(pk=(connector or self.first).pk),
            hold=Money(hold, "EUR"),
            language="en",
            now=self.now,
        )

    def held(self, connector: Connector | None = None, hold: str = "40.00", card: Card | None = VISA) -> Session:
        """A visit whose card was accepted and whose charge point was asked to start."""
        session = self.begin(connector, hold)
        self.answer(session, approve(hold, card))
        return reread(session)

    def charging(
        self, connector: Connector | None = None, hold: str = "40.00", card: Card | None = VISA, meter_wh: int = 1000
    ) -> Session:
        session = self.held(connector, hold, card)
        self.plug_in(session, meter_wh=meter_wh)
        return reread(session)

    def ask_to_stop(self, session: Session, kiosk: Kiosk | None = None) -> StopAttempt:
        return visits.ask_for_stop_card(reread(session), kiosk=kiosk or self.kiosk, language="en", now=self.now)

    def present(self, attempt: StopAttempt, card: Card | None, outcome: Outcome = Outcome.TIMED_OUT) -> StopAttempt:
        operation = attempt.operation
        result = TokenResult(Outcome.APPROVED if card else outcome, operation.request_id, card)
        self.conclude(operation, result)
        attempt.refresh_from_db()
        return attempt

    # The terminal

    def newest(self, session: Session) -> Operation:
        return Operation.objects.filter(authorisation=session.authorisation_id).latest("created_at", "request_id")

    def answer(self, session: Session, answer: Callable[[Operation], Answer]) -> Operation:
        """The terminal answers the newest operation of the session."""
        operation = self.newest(session)
        self.conclude(operation, answer(operation))
        operation.refresh_from_db()
        return operation

    def conclude(self, operation: Operation, answer: Answer) -> None:
        assert operations.claim(operation.pk, self.now) is not None
        answers.record(operation.pk, answer, self.now)

    def found(self, session: Session, answer: Callable[[Operation], Answer]) -> None:
        """Recovery, or a late answer, tells what became of the newest operation of the session."""
        operation = self.newest(session)
        answers.record(operation.pk, answer(operation), self.now)

    # The charge point

    def plug_in(self, session: Session, connector: Connector | None = None, meter_wh: int = 1000) -> Transaction | None:
        session = reread(session)
        command = session.start_command
        assert command is not None
        connector = connector or session.connector
        start = reports.Start(connector.number, command.id_tag or "", meter_wh, self.now)
        return reports.transaction_start(connector.charge_point_id, start, self.now)

    def meter(
        self, session: Session, wh: int | None, power_w: int | None = 11_000, at: datetime | None = None
    ) -> Session:
        charging = Transaction.objects.get(command=session.start_command_id)
        reading = Reading(at or self.now, wh, power_w, 50)
        reports.meter_values(charging.charge_point_id, charging.connector.number, charging.pk, [reading])
        return reread(session)

    def charge(self, session: Session, minutes: int, power_w: int = 11_000) -> Session:
        """``minutes`` of charging, metered every minute, unless it is stopped before."""
        for _ in range(minutes):
            if (session := reread(session)).state != "charging":
                break
            self.forward(minutes=1)
            self.meter(session, (session.meter_wh or 0) + power_w // 60, power_w)
        return reread(session)

    def dear(self) -> None:
        """Five a kilowatt-hour, so that little energy costs much."""
        self.tariff.components.filter(dimension="ENERGY").update(price="5.0000")

    def stopped(
        self, session: Session, wh: int | None = None, reason: str = "Remote", at: datetime | None = None
    ) -> StopReport:
        session = reread(session)
        charging = Transaction.objects.get(command=session.start_command_id)
        meter_wh = (session.meter_wh or charging.meter_start_wh) if wh is None else wh
        stop = reports.Stop(charging.pk, meter_wh, at or self.now, reason)
        return reports.transaction_stop(charging.charge_point_id, stop, self.now)

    def reply(self, command: Command, answer: outbox.Answer) -> None:
        """The charge point answers a command that was sent to it."""
        Command.objects.filter(pk=command.pk).update(state=Command.State.SENT, sent_at=self.now)
        outbox.answered(command, answer, {}, self.now)


def reread(session: Session) -> Session:
    return Session.objects.select_related("authorisation", "start_command", "transaction", "connector").get(
        pk=session.pk
    )


def codes(session: Session) -> list[str]:
    return [entry.code for entry in session.timeline.order_by("pk")]


def stops(session: Session) -> list[Command]:
    return list(Command.objects.filter(transaction__command=reread(session).start_command_id, kind="stop"))


# Answers of the terminal


def approve(amount: str = "", card: Card | None = VISA) -> Callable[[Operation], Answer]:
    """Approved, for ``amount`` or as asked."""

    def answer(operation: Operation) -> Answer:
        money = Money(amount, "EUR") if amount else from_minor(operation.amount_minor, "EUR")
        handle = Handle(operation.request_id, "reference") if operation.kind == Operation.Kind.AUTHORISE else None
        given = card if operation.kind == Operation.Kind.AUTHORISE else None
        return Result(Outcome.APPROVED, money, operation.request_id, card=given, handle=handle, stan="77")

    return answer


def refuse(outcome: Outcome = Outcome.DECLINED) -> Callable[[Operation], Answer]:
    return lambda operation: Result(outcome, Money(0, "EUR"), operation.request_id, reason="refused")


def lose(operation: Operation) -> Answer:
    return OutcomeUnknown("the line broke", reason="cut")


def deny(operation: Operation) -> Answer:
    return NotSent("nothing was done", reason="not_done")
