"""What stands on a bill, line by line, where a tariff has more prices than were used or a bound was reached."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from moneyed import Money

from kiosk.pricing import Kind, Unit, Usage, parse, price
from tests.kiosk.test_pricing import HOUR, KWH, tariff

TIME, PARKING = ("TIME", "6.00", None, 300), ("PARKING_TIME", "12.00", None, 300)


@pytest.mark.parametrize(
    ("components", "usage", "lines"),
    [
        # The step of time goes to what came last, and to parking only where parking has a price and was used.
        ((TIME,), Usage(1, 360, 60), [(Kind.TIME, "1.00")]),
        ((TIME, PARKING), Usage(1, 360, 0), [(Kind.TIME, "1.00")]),
        ((TIME, PARKING), Usage(1, 360, 60), [(Kind.TIME, "0.60"), (Kind.PARKING, "1.00")]),
        ((TIME, PARKING), Usage(1, 0, 60), [(Kind.PARKING, "1.00")]),
    ],
)
def test_time_is_charged_in_steps_at_its_end(components: Any, usage: Usage, lines: list[tuple[Kind, str]]) -> None:
    bill = price(parse(tariff(*components)), usage)
    assert [(each.kind, each.unit, each.amount) for each in bill.lines] == [
        (kind, Unit.HOUR, Decimal(amount)) for kind, amount in lines
    ]


def test_a_minimum_is_a_line_of_its_own() -> None:
    bill = price(parse(tariff(("ENERGY", "0.25", "10", 1), min_price={"after_taxes": "2.00"})), Usage(KWH))
    assert [(each.kind, each.unit) for each in bill.lines] == [(Kind.ENERGY, Unit.KWH), (Kind.MINIMUM, Unit.SESSION)]
    assert bill.lines[1].with_vat == Decimal("1.725")


def test_rounding_each_rate_up_to_just_the_maximum_is_not_beyond_it() -> None:
    two_rates = (("FLAT", "2.496", "0", 1), ("ENERGY", "2.496", "21", 1))
    free = price(parse(tariff(*two_rates, included="YES")), Usage(KWH))
    bounded = price(parse(tariff(*two_rates, included="YES", max_price={"after_taxes": "5.00"})), Usage(KWH))
    assert bounded.total == Money("5.00", "EUR")
    assert bounded == free


def test_the_greatest_rate_takes_what_rounding_leaves_over_wherever_it_stands() -> None:
    small, great = ("ENERGY", "0.333", "10", 1), ("FLAT", "5.111", "21", 1)
    bill = price(parse(tariff(small, great, included="YES")), Usage(KWH, HOUR), at_most=Money("0.97", "EUR"))
    rates = {each.rate: each.gross for each in bill.vat}
    share = Decimal("0.97") / Decimal("5.444")
    assert rates[Decimal(10)] == (Decimal("0.333") * share).quantize(Decimal("0.01"))
    assert sum(rates.values()) == Decimal("0.97")
