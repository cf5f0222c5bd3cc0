"""Charge points for the benchmark beside those of the demo, on sale at its site. Runs inside the product's Django:

manage.py shell --no-imports -c "from bench.seed import main; main(50)"
"""

from __future__ import annotations

import json
import secrets

from django.db import transaction

from hardware.keys import set_key
from hardware.models import ChargePoint, Connector
from kiosk.models import Offer, Site, Tariff


@transaction.atomic
def make(count: int) -> list[tuple[str, str, int]]:
    """``count`` charge points with one connector each."""
    site, tariff, made = Site.objects.get(), Tariff.objects.get(), []
    for number in range(count):
        charge_point = ChargePoint.objects.create(name=f"Bench {number:03d}", identity=f"BENCH{number:03d}")
        key = secrets.token_hex(16)
        set_key(charge_point, key)
        connector = Connector.objects.create(charge_point=charge_point, number=1, label=f"B{number:03d}")
        offer = Offer.objects.create(site=site, connector=connector, tariff=tariff)
        made.append((charge_point.identity, key, offer.pk))
    return made


def main(count: int) -> None:
    """Print one JSON line: ``[[identity, key, offer id], ...]``."""
    print(json.dumps(make(count)))
