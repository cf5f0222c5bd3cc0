"""The demo: one site with two charge points, a terminal, a kiosk, a tariff and three people.

It is made once, in an empty database. After that it belongs to whoever tries it out: nothing they changed or
deleted is put back.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password
from django.contrib.auth.models import Group
from django.db import transaction

from hardware.keys import check_key, new_key
from hardware.models import ChargePoint, Connector, Terminal
from hardware.terminal.simulators import Placed, is_simulated
from kiosk.models import Kiosk, Offer, PriceComponent, Site, Tariff
from kiosk.roles import INSTALLER, OPERATOR, SUPPORT

#: Known to everybody who reads this file, which is why there is no demo without TAPCHARGE_DEMO.
PASSWORD = "tapcharge"
#: So there is nothing to protect by stretching it, and every start of the demo saves a second.
_ROUNDS = 1_000
#: User name, role, first name.
STAFF = (("support", SUPPORT, "Sam"), ("operator", OPERATOR, "Olga"), ("installer", INSTALLER, "Ilse"))

#: Identity, name, and per connector: label, plug, greatest power in W.
CHARGE_POINTS = (
    ("CP001", "Twin post", (("1", Connector.Plug.TYPE_2, 11_000), ("2", Connector.Plug.TYPE_2, 11_000))),
    ("CP002", "Fast charger", (("3", Connector.Plug.CCS, 50_000),)),
)


@transaction.atomic
def seed(simulator: Placed) -> None:
    """Make the demo where there is none, and point its terminal at the simulator that there is now."""
    if not Site.objects.exists():
        _make_staff()
        _make_site(simulator)
    for terminal in Terminal.objects.filter(name="IM30"):
        if terminal.url != simulator.url and is_simulated(terminal.url, simulator.data):
            _point(terminal, simulator)


def write_keys(path: Path) -> list[str]:
    """Write the keys of the charge points for the simulator, one ``identity=key`` a line, readable by us alone.

    A charge point that has no key in the file gets a new one. Returns a sentence for every one whose key was changed
    elsewhere: the simulator cannot sign in as that one, and only a person can say which key is right.
    """
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    keys = dict(line.split("=", 1) for line in lines if "=" in line)
    warnings = []
    for charge_point in ChargePoint.objects.filter(identity__in=[identity for identity, *_ in CHARGE_POINTS]):
        key = keys.get(charge_point.identity)
        if key is None:
            keys[charge_point.identity] = new_key(charge_point)
        elif not check_key(charge_point, key.encode()):
            warnings.append(f"{charge_point.identity} has another key than {path.name} says; write the right one there")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.writelines(f"{identity}={key}\n" for identity, key in sorted(keys.items()))
    fresh.replace(path)
    return warnings


def logins() -> list[tuple[str, str, str]]:
    """User name, role and password of the demo's staff; a password that somebody changed is not known here."""
    users = get_user_model().objects.in_bulk([name for name, *_ in STAFF], field_name="username")
    return [
        (name, role, PASSWORD if check_password(PASSWORD, users[name].password) else "(changed)")
        for name, role, _ in STAFF
        if name in users
    ]


def _make_staff() -> None:
    hasher = PBKDF2PasswordHasher()
    password = hasher.encode(PASSWORD, hasher.salt(), iterations=_ROUNDS)
    for name, role, first_name in STAFF:
        user, made = get_user_model().objects.get_or_create(
            username=name, defaults={"first_name": first_name, "is_staff": True, "password": password}
        )
        if made:
            user.groups.add(Group.objects.get(name=role))


def _point(terminal: Terminal, simulator: Placed) -> None:
    """A profile that somebody edited stays, unless it is one of another protocol."""
    same_protocol = terminal.url.partition("://")[0] == simulator.url.partition("://")[0]
    terminal.url = simulator.url
    terminal.profile = terminal.profile if same_protocol else simulator.profile
    terminal.save(update_fields=["url", "profile"])


def _make_site(simulator: Placed) -> None:
    tariff = Tariff.objects.create(name="Demo tariff")
    prices = (
        (PriceComponent.Dimension.ENERGY, "0.49"),
        (PriceComponent.Dimension.FLAT, "0.35"),
        (PriceComponent.Dimension.PARKING_TIME, "6.00"),
    )
    for dimension, price in prices:
        PriceComponent.objects.create(tariff=tariff, dimension=dimension, price=price)
    # A simulated minute lasts a second, so a car is plugged in, charged and full while somebody watches.
    site = Site.objects.create(
        name="Demo",
        address="Stationsplein 1, 3511 ED Utrecht, Netherlands",
        operator_name="TapCharge Demo B.V.",
        operator_address="Oudegracht 100, 3511 AX Utrecht, Netherlands",
        vat_id="NL000099998B57",
        help_phone="+31 30 000 00 00",
        full_after_s=900,
    )
    for identity, name, connectors in CHARGE_POINTS:
        charge_point, _ = ChargePoint.objects.get_or_create(
            identity=identity, defaults={"name": name, "sample_interval_s": 30}
        )
        for number, (label, plug, power) in enumerate(connectors, start=1):
            connector, _ = Connector.objects.get_or_create(
                charge_point=charge_point, number=number, defaults={"label": label, "plug": plug, "max_power_w": power}
            )
            Offer.objects.create(site=site, connector=connector, tariff=tariff)
    record = {"url": simulator.url, "profile": simulator.profile}
    terminal, _ = Terminal.objects.get_or_create(name="IM30", defaults=record)
    Kiosk.objects.create(name="Kiosk 1", site=site, terminal=terminal)
