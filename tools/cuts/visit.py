"""One visit at the demo's kiosk, through the product's own services, and what everybody says of it.

Operations are carried out here as a worker would, and those in doubt are asked about when that is due, on a clock that
does not wait. The charge point's reports are handed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape

from django.utils import timezone
from moneyed import Money

from hardware import reports
from hardware.charger.readings import Reading
from hardware.models import Connector, Terminal, Transaction
from hardware.terminal.interface import PaymentTerminal, Verb
from hardware.terminal.simulators import Placed
from hardware.terminals import driver
from kiosk import demo_data, visits
from kiosk.models import Kiosk, PriceComponent, Session
from kiosk.rendering import render
from kiosk.sweep import sweep as sweep_sessions
from kiosk.visit_snapshot import take_visit
from payments.execution import execute
from payments.lifecycle import State
from payments.models import Authorisation, Operation
from payments.recovery import recover
from payments.sweep import sweep
from tests.support.waiting import eventually
from tools.cuts.cardholder import Cardholder
from tools.cuts.places import Place

HOLD = Money("40.00", "EUR")
_METER_WH, _DELIVERED_WH = 100_000, 500
#: So that the half kilowatt-hour of this visit is worth taking: with the demo's 0.35 a start it makes 18.40.
_PRICE = "36.10"
_CHARGED_FOR = timedelta(minutes=2)
#: Rounds until everything has come to an end or to a person: more than recovery ever asks.
_ROUNDS = 30
_HELD = (State.AUTHORISED, State.CAPTURING, State.RELEASING)


@dataclass(frozen=True, slots=True)
class Look:
    """What the driver reads, and what our books say. Amounts in minor units; ``held`` is what is still held."""

    screen: str
    state: str
    held: int
    captured: int

    @property
    def in_doubt(self) -> bool:
        """Whether a person, or recovery, has still to find out."""
        return self.state == State.IN_DOUBT


class Clock:
    """The time, as far ahead of ours as nobody wants to wait."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return timezone.now() + self._ahead

    def until(self, moment: datetime) -> None:
        """It is ``moment`` now, or later."""
        self._ahead = max(self._ahead, moment - timezone.now())


class Visit:
    """One driver at the demo's fast charger, whose terminal is ``place``."""

    def __init__(self, place: Place) -> None:
        self._place, self._clock = place, Clock()
        demo_data.seed(Placed())
        PriceComponent.objects.filter(dimension=PriceComponent.Dimension.ENERGY).update(price=_PRICE)
        Terminal.objects.update(url=place.url, profile=dict(place.profile), state="ready")
        self._kiosk = Kiosk.objects.select_related("site", "terminal").get()
        self._connector = Connector.objects.select_related("charge_point").get(label="3")
        reports.connected(self._connector.charge_point_id, "socket", self._clock())
        self._report("Available")
        self._session: Session | None = None
        self.driver.status()  # it has been registered long ago

    @property
    def driver(self) -> PaymentTerminal:
        """The driver that our worker has open."""
        return driver(self._kiosk.terminal)

    def until(self, verb: Verb) -> None:
        """Everything that comes before ``verb``, over a line that stands."""
        connector = Connector.objects.select_related("charge_point").get(pk=self._connector.pk)
        self._session = visits.begin(
            kiosk=self._kiosk, connector=connector, hold=HOLD, language="en", now=timezone.now()
        )
        if verb is Verb.CAPTURE:
            with Cardholder(self._place):
                self.carry_out()
            self._charge()

    def carry_out(self) -> None:
        """What waits for the terminal is asked of it, as by a worker."""
        execute(self._newest.pk, self._clock)

    def settle(self) -> None:
        """Let time pass until nothing happens by itself any more."""
        eventually(lambda: self._place.simulator.state()["operation"] is None, 30, "the terminal has nothing to do")
        for _ in range(_ROUNDS):
            operation = self._newest
            if operation.state == Operation.State.QUEUED:
                self._clock.until(operation.due_at)
                execute(operation.pk, self._clock)
            elif operation.state == Operation.State.UNKNOWN and operation.recovery_at:
                self._clock.until(operation.recovery_at)
                recover(operation.pk, self._clock)
            else:
                return
            sweep(self._clock())
            sweep_sessions(timezone.now())
        raise AssertionError(f"it does not come to an end: {self._newest.state}")

    def look(self) -> Look:
        """How it is now."""
        session = Session.objects.select_related("authorisation").get(pk=self._now.pk)
        money = session.authorisation
        held = money.authorised_minor if money.state in _HELD else 0
        return Look(self._screen(session), money.state, held, money.captured_minor)

    @property
    def _now(self) -> Session:
        assert self._session is not None
        return self._session

    @property
    def _newest(self) -> Operation:
        return Operation.objects.filter(authorisation=self._now.authorisation_id).latest("created_at", "request_id")

    def _charge(self) -> None:
        """Plug in, take half a kilowatt-hour in two minutes, and unplug."""
        session = Session.objects.select_related("start_command").get(pk=self._now.pk)
        assert session.start_command is not None
        post, now = self._connector.charge_point_id, timezone.now()
        begun_at, tag = now - _CHARGED_FOR, session.start_command.id_tag or ""
        reports.transaction_start(post, reports.Start(self._connector.number, tag, _METER_WH, begun_at), now)
        charging = Transaction.objects.get(command=session.start_command)
        meter_wh = _METER_WH + _DELIVERED_WH
        reading = Reading(now, meter_wh, 15_000, 50)
        reports.meter_values(post, self._connector.number, charging.pk, [reading])
        reports.transaction_stop(post, reports.Stop(charging.pk, meter_wh, now, "EVDisconnected"), now)
        assert Authorisation.objects.get(session=session).state == State.CAPTURING

    def _report(self, status: str) -> None:
        post = self._connector.charge_point_id
        reports.connector_status(post, self._connector.number, status, "NoError", "", self._clock())

    def _screen(self, session: Session) -> str:
        """The headline on the kiosk."""
        snapshot = take_visit(self._kiosk, session.public_id, timezone.now(), dismissed=0)
        assert snapshot is not None
        heading = re.search(r"(?s)<h1[^>]*>(.*?)</h1>", render(snapshot, "en"))
        return unescape(heading[1]).strip() if heading else ""
