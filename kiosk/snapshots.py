"""What a screen shows, taken from the database in a few queries and then never changed.

The first load of a page and every later push are made from the same snapshot by the same template
(kiosk.rendering). Figures that change every second are not in it: the page counts them itself from the times here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.urls import reverse
from moneyed import Money

from kiosk import offers, pricing
from kiosk.lifecycle import HOLDS_CONNECTOR
from kiosk.models import Kiosk, Offer, Session
from kiosk.offers import Availability
from kiosk.pricing import PriceLine
from kiosk.screens import Kind, Screen
from kiosk.visit_snapshot import VisitSnapshot, take_visit
from payments.money import from_minor


@dataclass(frozen=True, slots=True)
class Tile:
    """A connector as the driver meets it. Power in W, energy of the session that holds it in Wh."""

    offer_id: int
    label: str
    plug: str
    plug_name: str
    max_power_w: int
    availability: Availability
    prices: tuple[PriceLine, ...]
    currency: str
    energy_wh: int | None = None
    soc_percent: int | None = None

    @property
    def on_sale(self) -> bool:
        """Whether a driver can buy here now."""
        return self.availability in offers.ON_SALE

    @property
    def leads_somewhere(self) -> bool:
        """Whether touching it opens a page: to buy, or to look at the session that runs."""
        return self.on_sale or self.energy_wh is not None

    @property
    def url(self) -> str:
        """The page of the connector."""
        return reverse("kiosk:connector", args=[self.offer_id])


@dataclass(frozen=True, slots=True)
class HomeSnapshot:
    """The first screen. ``price_from``: the lowest price for a kWh."""

    template: ClassVar[str] = "kiosk/screens/home.html"
    step: ClassVar[str] = "home"

    site_name: str
    closed: bool
    tiles: tuple[Tile, ...]
    price_from: Money | None


@dataclass(frozen=True, slots=True)
class OfferSnapshot:
    """The price of one connector and what can be held for it."""

    template: ClassVar[str] = "kiosk/screens/offer.html"

    site_name: str
    help_phone: str
    closed: bool
    tile: Tile
    holds: tuple[Money, ...]
    suggested: Money
    minimum: Money
    maximum: Money
    plug_in_s: int

    @property
    def step(self) -> str:
        """Changes when the driver has to look again."""
        return f"offer-{'closed' if self.closed else self.tile.availability}"

    @property
    def for_sale(self) -> bool:
        """Whether the driver can pay here now."""
        return self.tile.on_sale and not self.closed


Snapshot = HomeSnapshot | OfferSnapshot | VisitSnapshot


class Gone(Exception):
    """There is nothing (any more) that this screen could show."""


def take(kiosk: Kiosk, screen: Screen, now: datetime) -> Snapshot:
    """What ``screen`` shows at ``kiosk`` now. Raises Gone."""
    match screen.kind:
        case Kind.HOME:
            return _home(kiosk, now)
        case Kind.OFFER:
            return _offer(kiosk, int(screen.subject), now)
        case Kind.SESSION:
            visit = take_visit(kiosk, screen.subject, now, dismissed=screen.dismissed)
            if visit is None:
                raise Gone(screen)
            return visit


def _home(kiosk: Kiosk, now: datetime) -> HomeSnapshot:
    site = kiosk.site
    rows = list(
        Offer.objects.filter(site=site)
        .select_related("connector__charge_point", "tariff")
        .prefetch_related("tariff__components")
    )
    running = {
        session.connector_id: session
        for session in Session.objects.filter(
            connector__in=[row.connector_id for row in rows], state__in=HOLDS_CONNECTOR
        ).only("connector_id", "energy_wh", "soc_percent")
    }
    tiles = tuple(_tile(row, now, running) for row in rows)
    per_kwh = [
        Money(line.price, tile.currency) for tile in tiles for line in tile.prices if line.kind == pricing.Kind.ENERGY
    ]
    return HomeSnapshot(
        site_name=site.name,
        closed=bool(offers.closed_because(kiosk, now)),
        tiles=tiles,
        price_from=min(per_kwh, default=None),
    )


def _offer(kiosk: Kiosk, offer_id: int, now: datetime) -> OfferSnapshot:
    site = kiosk.site
    rows = Offer.objects.filter(site=site, pk=offer_id).select_related("connector__charge_point", "tariff")
    if (row := rows.prefetch_related("tariff__components").first()) is None:
        raise Gone(offer_id)
    running = {
        session.connector_id: session
        for session in Session.objects.filter(connector=row.connector_id, state__in=HOLDS_CONNECTOR)
    }
    holds = tuple(from_minor(minor, site.currency) for minor in site.hold_choices)
    minimum = from_minor(site.hold_minimum_minor, site.currency)
    return OfferSnapshot(
        site_name=site.name,
        help_phone=site.help_phone,
        closed=bool(offers.closed_because(kiosk, now)),
        tile=_tile(row, now, running),
        holds=holds,
        suggested=holds[len(holds) // 2] if holds else minimum,
        minimum=minimum,
        maximum=from_minor(site.hold_maximum_minor, site.currency),
        plug_in_s=site.plug_in_s,
    )


def _tile(row: Offer, now: datetime, running: dict[int, Session]) -> Tile:
    connector = row.connector
    session = running.get(connector.pk)
    available = offers.availability(row, now, held=running.keys())
    try:
        prices = tuple(pricing.display_prices(pricing.parse(row.tariff.snapshot())))
    except pricing.UnsupportedTariff:  # no price to show, so nothing to sell
        prices, available = (), Availability.OUT_OF_SERVICE
    return Tile(
        offer_id=row.pk,
        label=connector.label,
        plug=connector.plug,
        plug_name=connector.get_plug_display(),
        max_power_w=connector.max_power_w,
        availability=available,
        prices=prices,
        currency=row.tariff.currency,
        energy_wh=session.energy_wh if session else None,
        soc_percent=session.soc_percent if session else None,
    )
