"""A site and sessions in every state, as rows: what the screens show without any device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from hardware.models import ChargePoint, Connector, Terminal
from kiosk.lifecycle import State
from kiosk.models import Kiosk, Offer, PriceComponent, Receipt, Session, Site, StopAttempt, Tariff
from payments.lifecycle import FINAL
from payments.lifecycle import State as Money
from payments.models import Authorisation, Operation


@dataclass
class Place:
    """A site with one kiosk and five connectors: free, plugged in, offline, fault, out of service."""

    site: Site
    kiosk: Kiosk
    offers: list[Offer]
    now: datetime

    @property
    def offer(self) -> Offer:
        """The free one."""
        return self.offers[0]


def place(now: datetime, *, name: str = "Stationsplein") -> Place:
    """Build it. Its charge points were heard of just now."""
    site = Site.objects.create(
        name=name,
        address="Stationsplein 1, 3511 ED Utrecht",
        operator_name="TapCharge Energie B.V.",
        operator_address="Oudegracht 100, 3511 AX Utrecht",
        vat_id="NL000099998B57",
        help_phone="+31 30 123 45 67",
    )
    terminal = Terminal.objects.create(
        name=f"IM30 {name}", url="payproxy+http://127.0.0.1:9", state=Terminal.State.READY, state_at=now
    )
    kiosk = Kiosk.objects.create(name=f"Kiosk {name}", site=site, terminal=terminal)
    tariff = Tariff.objects.create(name=f"Tariff {name}")
    for dimension, amount in (("ENERGY", "0.49"), ("FLAT", "0.35"), ("PARKING_TIME", "6.00")):
        PriceComponent.objects.create(tariff=tariff, dimension=dimension, price=amount)
    twin = _charge_point(f"{name}-1", now)
    fast = _charge_point(f"{name}-2", now)
    away = _charge_point(f"{name}-3", now, connection="")
    kinds: list[tuple[ChargePoint, int, str, str, int, str]] = [
        (twin, 1, "1", Connector.Plug.TYPE_2, 11_000, Connector.Status.AVAILABLE),
        (twin, 2, "2", Connector.Plug.TYPE_2, 22_000, Connector.Status.PREPARING),
        (away, 1, "3", Connector.Plug.CHADEMO, 50_000, Connector.Status.AVAILABLE),
        (fast, 1, "4", Connector.Plug.CCS, 150_000, Connector.Status.FAULTED),
        (fast, 2, "5", Connector.Plug.SCHUKO, 3_700, Connector.Status.UNAVAILABLE),
    ]
    offers = []
    for charge_point, number, label, plug, power, status in kinds:
        connector = Connector.objects.create(
            charge_point=charge_point, number=number, label=label, plug=plug, max_power_w=power, status=status
        )
        offers.append(Offer.objects.create(site=site, connector=connector, tariff=tariff))
    return Place(site, kiosk, offers, now)


def session(place: Place, state: State, *, money: Money = Money.AUTHORISED, **values: Any) -> Session:
    """A session on the free connector, 40 euros asked for and held unless ``held`` (minor units) says otherwise."""
    now = place.now
    held: int = values.pop("held", 4000)
    captured: int = values.pop("captured", 0)
    authorisation = Authorisation.objects.create(
        terminal=place.kiosk.terminal,
        state=money,
        currency="EUR",
        requested_minor=4000,
        authorised_minor=held,
        captured_minor=captured,
        released_minor=held - captured if money in FINAL else 0,
        stan="000123",
        created_at=now,
        deadline_at=now + timedelta(days=1),
    )
    return Session.objects.create(
        state=state,
        site=place.site,
        kiosk=place.kiosk,
        connector=place.offer.connector,
        authorisation=authorisation,
        tariff=place.offer.tariff.snapshot(),
        currency="EUR",
        created_at=now,
        **values,
    )


def broke_off(place: Place, state: Operation.State, outcome: str = "") -> Session:
    """A session without a hold, because what asked for one ended so."""
    row = session(place, State.CANCELLED, money=Money.FAILED, held=0)
    Operation.objects.create(
        kind=Operation.Kind.AUTHORISE,
        state=state,
        outcome=outcome,
        terminal=row.authorisation.terminal,
        authorisation=row.authorisation,
        amount_minor=4000,
        currency="EUR",
        request_id=Operation.objects.count() + 1,
        created_at=place.now,
        due_at=place.now,
    )
    return row


def stop_attempt(of: Session, outcome: StopAttempt.Outcome, now: datetime) -> StopAttempt:
    """A stop card at the session's own kiosk."""
    terminal = of.kiosk.terminal
    waiting = outcome == StopAttempt.Outcome.WAITING
    operation = Operation.objects.create(
        kind=Operation.Kind.READ_TOKEN,
        state=Operation.State.IN_FLIGHT if waiting else Operation.State.ANSWERED,
        terminal=terminal,
        request_id=Operation.objects.filter(terminal=terminal).count() + 1,
        created_at=now,
        due_at=now,
    )
    finished = None if waiting else now
    return StopAttempt.objects.create(
        session=of, operation=operation, outcome=outcome, created_at=now, finished_at=finished
    )


def receipt(of: Session, now: datetime) -> Receipt:
    """What kiosk.receipts would have frozen."""
    return Receipt.objects.create(
        session=of,
        site=of.site,
        sequence=Receipt.objects.filter(site=of.site).count() + 1,
        issued_at=now,
        data=RECEIPT | {"session_reference": of.authorisation.reference, "issued_at": now.isoformat()},
    )


RECEIPT: dict[str, Any] = {
    "seller": {
        "name": "TapCharge Energie B.V.",
        "address": "Oudegracht 100, 3511 AX Utrecht",
        "vat_id": "NL000099998B57",
    },
    "site": {"name": "Stationsplein", "address": "Stationsplein 1, 3511 ED Utrecht"},
    "number": "1-000001",
    "connector": "1",
    "started_at": "2026-11-22T08:00:00+00:00",
    "ended_at": "2026-11-22T09:12:30+00:00",
    "energy_wh": 24_380,
    "meter_start_wh": 1_000_000,
    "meter_stop_wh": 1_024_380,
    "currency": "EUR",
    "lines": [
        {"kind": "energy", "quantity": "24.38", "unit": "kWh", "price": "0.49", "total_minor": 1195},
        {"kind": "parking", "quantity": "0.05", "unit": "h", "price": "6.00", "total_minor": 30},
        {"kind": "session", "quantity": "1", "unit": "session", "price": "0.35", "total_minor": 35},
    ],
    "vat": [{"rate": "21", "net_minor": 1041, "tax_minor": 219}],
    "total_minor": 1260,
    "held_minor": 4000,
    "captured_minor": 1260,
    "released_minor": 2740,
    "card": {"brand": "Visa", "last_four": "4242"},
    "stan": "000123",
    "help_phone": "+31 30 123 45 67",
}

_METER: dict[str, Any] = {"energy_wh": 24_380, "cost_minor": 1230, "charging_s": 4320}


def _charging(place: Place, **values: Any) -> Session:
    """In full swing."""
    now = place.now
    live = {"power_w": 10_870, "soc_percent": 64, "started_at": now - timedelta(seconds=4320), "heard_at": now}
    return session(place, State.CHARGING, **{**_METER, **live, **values})


def _finished(place: Place) -> Session:
    done = session(place, State.FINISHED, money=Money.CAPTURED, captured=1260, end_reason="card", **_METER)
    receipt(done, place.now)
    return done


def _stop_card(outcome: StopAttempt.Outcome) -> Callable[[Place], Session]:
    def build(place: Place) -> Session:
        charging = _charging(place)
        stop_attempt(charging, outcome, place.now)
        return charging

    return build


def _settling(place: Place) -> Session:
    return session(place, State.SETTLING, money=Money.CAPTURING, end_reason="unplugged", **_METER)


#: Every screen of a visit by name: (the step that the page must show, how to build its session).
VISITS: dict[str, tuple[str, Callable[[Place], Session]]] = {
    "card": ("card", lambda place: session(place, State.AUTHORISING, money=Money.PENDING, held=0)),
    "authorised": ("plug", lambda place: session(place, State.AUTHORISED)),
    "plug": ("plug", lambda place: session(place, State.STARTING, deadline_at=place.now + timedelta(seconds=170))),
    "plug-partial": ("plug", lambda place: session(place, State.STARTING, held=2000)),
    "charging": ("charging", _charging),
    "charging-80": ("charging", lambda place: _charging(place, cost_minor=3400, energy_wh=68_200)),
    "charging-silent": ("charging", lambda place: _charging(place, heard_at=place.now - timedelta(minutes=4))),
    "stop-card": ("stop_card", _stop_card(StopAttempt.Outcome.WAITING)),
    "wrong-card": ("wrong_card", _stop_card(StopAttempt.Outcome.NO_MATCH)),
    "other-session": ("wrong_card", _stop_card(StopAttempt.Outcome.OTHER_SESSION)),
    "no-card": ("charging", _stop_card(StopAttempt.Outcome.NO_CARD)),
    "reader-failed": ("charging", _stop_card(StopAttempt.Outcome.FAILED)),
    "stopping": ("stopping", lambda place: session(place, State.STOPPING, heard_at=place.now, **_METER)),
    "settling": ("settling", _settling),
    "releasing": (
        "settling",
        lambda place: session(place, State.SETTLING, money=Money.RELEASING, end_reason="not_plugged_in"),
    ),
    "finished": ("finished", _finished),
    "finished-free": (
        "finished",
        lambda place: session(place, State.FINISHED, money=Money.RELEASED, end_reason="fault"),
    ),
    "declined": ("declined", lambda place: session(place, State.DECLINED, money=Money.DECLINED, held=0)),
    "cancelled": ("cancelled", lambda place: session(place, State.CANCELLED, money=Money.FAILED, held=0)),
    "broke-off": ("cancelled", lambda place: broke_off(place, Operation.State.NOT_SENT)),
    "not-started": (
        "not_started",
        lambda place: session(place, State.NOT_STARTED, money=Money.RELEASED, end_reason="not_plugged_in"),
    ),
    "doubt-hold": ("in_doubt", lambda place: session(place, State.IN_DOUBT, money=Money.IN_DOUBT, held=0)),
    "doubt-capture": ("in_doubt", lambda place: session(place, State.IN_DOUBT, money=Money.IN_DOUBT, **_METER)),
    "doubt-release": ("in_doubt", lambda place: session(place, State.IN_DOUBT, money=Money.IN_DOUBT)),
}


def _charge_point(identity: str, now: datetime, connection: str = "here") -> ChargePoint:
    return ChargePoint.objects.create(
        name=identity, identity=identity, connection=connection, connected_at=now, last_seen_at=now
    )


def free_connector(of: Session) -> None:
    """Take the session off the connector, so that the next scene can use it."""
    StopAttempt.objects.filter(session=of).delete()
    Receipt.objects.filter(session=of).delete()
    authorisation = of.authorisation
    of.delete()
    authorisation.operations.all().delete()
    authorisation.delete()


def path(of: Session) -> str:
    """The page of a session."""
    return reverse("kiosk:session", args=[of.public_id])
