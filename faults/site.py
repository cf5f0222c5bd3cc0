"""The place where every history happens: one site, two kiosks, two charge points, and somebody who looks after them."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from faults.dialects import Dialect
from hardware.charger.ocpp16 import configuration
from hardware.charger.ocpp16.simulator.charger import Charger
from hardware.models import ChargePoint, Connector, Terminal
from kiosk.models import Kiosk, Offer, Site, Tariff

#: The key of every charge point, in hexadecimal.
KEY = "00112233445566778899aabbccddeeff"
#: Host -> what its terminal can do. The second cannot tell what became of a request: a person decides.
TILLS = {"till-1": {"refund": True, "recover": True}, "till-2": {"refund": True, "recover": False}}
#: Host -> a port of its own: of the box, on which it calls back, or of its cloud.
TILL_PORTS = {"till-1": 4102, "till-2": 4103}
#: Identity -> greatest power of each connector in W.
POSTS = {"CP1": (11_000, 11_000), "CP2": (50_000,)}
#: A driver picks one of these: identity and number of the connector.
CONNECTORS = tuple((identity, number) for identity, powers in POSTS.items() for number in range(1, len(powers) + 1))
AGENTS = ("agent-1", "agent-2")
_SAMPLE_S, _SILENT_S = 300, 86_400


def furnish() -> None:
    """Write the records of the site."""
    for name in AGENTS:
        get_user_model().objects.create(username=name, is_staff=True)
    energy = Tariff.objects.create(name="By energy")
    for dimension, price in (("ENERGY", "0.79"), ("FLAT", "0.35"), ("PARKING_TIME", "6.00")):
        energy.components.create(dimension=dimension, price=price)
    time = Tariff.objects.create(name="By time", tax_included=False)
    for dimension, price in (("ENERGY", "0.55"), ("TIME", "1.20")):
        time.components.create(dimension=dimension, price=price)
    site = Site.objects.create(
        name="Harbour",
        address="Quay 1",
        operator_name="Volt BV",
        operator_address="Quay 2",
        vat_id="NL001",
        help_phone="0800-1",
        silent_limit_s=1800,
        maximum_duration_s=4 * 3600,
    )
    for identity, powers in POSTS.items():
        post = ChargePoint.objects.create(
            name=identity,
            identity=identity,
            sample_interval_s=_SAMPLE_S,
            silent_after_s=_SILENT_S,
            key_hash=PBKDF2PasswordHasher().encode(KEY, "salt", iterations=1),
        )
        for number, power in enumerate(powers, start=1):
            connector = Connector.objects.create(
                charge_point=post, number=number, label=f"{identity}-{number}", max_power_w=power, status="Available"
            )
            Offer.objects.create(site=site, connector=connector, tariff=time if identity == "CP2" else energy)
    for host, profile in TILLS.items():
        terminal = Terminal.objects.create(name=host, url=f"payproxy+http://{host}", profile=profile, state="ready")
        Kiosk.objects.create(name=f"Kiosk of {host}", site=site, terminal=terminal)


def connect(host: str, dialect: Dialect, record: Mapping[str, object]) -> None:
    """Have a terminal speak something else than PayProxy; ``record`` is what its device record says besides."""
    row = Terminal.objects.filter(name=host)
    known = {"{till}": TILL_PORTS[host], "{hook}": f"https://box.example/hooks/terminals/{row.get().pk}/"}
    profile = {key: known.get(str(value), value) for key, value in dialect.profile.items()} | dict(record)
    able = TILLS[host]
    profile |= {"abilities": {**dialect.abilities, **able}} if dialect.abilities else able
    row.update(url=dialect.url.format(host=host, till=TILL_PORTS[host]), profile=profile)


def charger(identity: str) -> Charger:
    """The charge point as it stands there: booted and configured long ago."""
    powers = POSTS[identity]
    found = Charger(identity, len(powers), 1, max_power_w=max(powers))
    interval = configuration.heartbeat_interval(_SILENT_S)
    for key, value in configuration.settings_at_boot(sample_interval_s=_SAMPLE_S, heartbeat_s=interval).items():
        found.settings.change(key, value)
    found.accepted = found.booted = True
    return found
