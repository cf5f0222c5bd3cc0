"""Prices against the worked examples of OCPI, and against common sense."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from kiosk.pricing import Bill, Kind, Unit, UnsupportedTariff, Usage, display_prices, parse, price

KWH = 1000
HOUR = 3600


def tariff(*components: tuple[str, str, str | None, int], included: str = "NO", **more: Any) -> dict[str, Any]:
    prices = [{"type": kind, "price": each, "vat": vat, "step_size": step} for kind, each, vat, step in components]
    return {"currency": "EUR", "tax_included": included, "elements": [{"price_components": prices}], **more}


def bounds(net: str, gross: str) -> dict[str, str]:
    return {"before_taxes": net, "after_taxes": gross}


ENERGY = ("ENERGY", "0.25", "10.0", 1)
START_FEE = ("FLAT", "0.50", "20.0", 1)
GREATEST = bounds("10.00", "11.00")

#: Worked examples of the OCPI 2.3.0 specification without restrictions: tariff, Wh, charging s, parking s, and the
#: exact price before and after taxes, before any bound.
EXAMPLES = {
    "plain energy": (tariff(ENERGY), 20 * KWH, 0, 0, "5.00", "5.50"),
    "minimum not needed": (tariff(ENERGY, min_price=bounds("0.50", "0.55")), 20 * KWH, 0, 0, "5.00", "5.50"),
    "maximum reached": (tariff(START_FEE, ENERGY, max_price=GREATEST), 50 * KWH, 0, 0, "13.00", "14.35"),
    "maximum not reached": (tariff(START_FEE, ENERGY, max_price=GREATEST), 30 * KWH, 0, 0, "8.00", "8.85"),
    "time, tax included": (tariff(("TIME", "2.10", None, 1), included="YES"), 1, 150 * 60, 0, "5.25", "5.25"),
    "charging, then dearer parking": (
        tariff(("TIME", "3.00", "10.0", 60), ("PARKING_TIME", "5.00", "20.0", 300)),
        1, 150 * 60, 42 * 60, "11.25", "12.75",
    ),
    "start fee and a step of 100 Wh": (
        tariff(START_FEE, ("ENERGY", "0.22", "10.0", 100)), 20_450, 0, 0, "5.01", "5.561",
    ),
    "free, with a step of nothing": (tariff(("FLAT", "0.00", None, 0)), 20 * KWH, 0, 0, "0", "0"),
    "101 Wh in steps of 25": (tariff(("ENERGY", "0.25", None, 25)), 101, 0, 0, "0.03125", "0.03125"),
    "125 Wh in steps of 25": (tariff(("ENERGY", "0.25", None, 25)), 125, 0, 0, "0.03125", "0.03125"),
    "1 Wh in steps of 500": (tariff(("ENERGY", "0.25", None, 500)), 1, 0, 0, "0.125", "0.125"),
    "500 Wh in steps of 500": (tariff(("ENERGY", "0.25", None, 500)), 500, 0, 0, "0.125", "0.125"),
    "6 minutes in steps of 5": (tariff(("TIME", "6.00", None, 300)), 1, 360, 0, "1", "1"),
    "1.973 hours in steps of 5 minutes": (tariff(("TIME", "2.00", "10.0", 300)), 1, 7103, 0, "4.00", "4.40"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_specification_s_examples_come_out_as_printed(name: str) -> None:
    given_tariff, energy, charging, parking, net, gross = EXAMPLES[name]
    bill = price(parse(given_tariff), Usage(energy, charging, parking))
    assert (bill.net_exact, bill.gross_exact) == (Decimal(net), Decimal(gross))


def test_both_bounds_of_the_maximum_hold() -> None:
    bill = price(parse(tariff(START_FEE, ENERGY, max_price=GREATEST)), Usage(50 * KWH))
    assert (bill.net, bill.total) == (Money("10.00", "EUR"), Money("11.00", "EUR"))
    assert bill.lines[-1].kind == Kind.MAXIMUM


def test_the_minimum_is_never_applied_without_energy() -> None:
    given_tariff = parse(tariff(ENERGY, min_price={"after_taxes": "2.00"}))
    assert price(given_tariff, Usage(100)).total == Money("2.00", "EUR")
    assert price(given_tariff, Usage(0, charging_s=600)).total == Money("0", "EUR")


def test_a_free_tariff_with_a_minimum_costs_the_minimum() -> None:
    bill = price(parse(tariff(("FLAT", "0", "20", 1), min_price={"after_taxes": "1.20"})), Usage(1))
    assert (bill.total, bill.net) == (Money("1.20", "EUR"), Money("1.00", "EUR"))


@pytest.mark.parametrize(
    ("energy_wh", "total"), [(9, "0.00"), (10, "0.01"), (29, "0.01"), (30, "0.02"), (49, "0.02"), (50, "0.03")]
)
def test_half_a_cent_is_rounded_up_once(energy_wh: int, total: str) -> None:
    half_cent_each_10_wh = parse(tariff(("ENERGY", "0.50", "21", 1), included="YES"))
    assert price(half_cent_each_10_wh, Usage(energy_wh)).total == Money(total, "EUR")


def test_each_rate_is_rounded_by_itself_and_net_and_tax_add_up() -> None:
    bill = price(parse(tariff(START_FEE, ("ENERGY", "0.22", "10.0", 100))), Usage(20_450))
    assert [(each.rate, each.net, each.tax) for each in bill.vat] == [
        (Decimal(10), Decimal("4.51"), Decimal("0.45")),
        (Decimal(20), Decimal("0.50"), Decimal("0.10")),
    ]
    assert bill.net + bill.tax == bill.total == Money("5.56", "EUR")


def test_rounding_two_rates_up_never_passes_what_is_held() -> None:
    given_tariff = parse(tariff(("FLAT", "0.005", "20", 1), ("ENERGY", "9.995", "10", 1), included="YES"))
    assert price(given_tariff, Usage(KWH)).total == Money("10.01", "EUR")
    assert price(given_tariff, Usage(KWH), at_most=Money("10.00", "EUR")).total == Money("10.00", "EUR")


def test_rounding_two_rates_up_never_passes_the_maximum() -> None:
    two_rates = (("FLAT", "0.005", "20", 1), ("ENERGY", "9.995", "10", 1))
    bill = price(parse(tariff(*two_rates, included="YES", max_price={"after_taxes": "10.00"})), Usage(KWH))
    assert bill.total == Money("10.00", "EUR")


def test_a_limit_that_rounding_reaches_by_itself_is_no_line_on_the_bill() -> None:
    given_tariff = parse(tariff(("ENERGY", "0.50", "21", 1), included="YES"))
    bill = price(given_tariff, Usage(1126), at_most=Money("0.56", "EUR"))
    assert [line.kind for line in bill.lines] == [Kind.ENERGY]
    assert bill.total == Money("0.56", "EUR")


def test_the_first_element_that_has_a_dimension_wins() -> None:
    two = tariff(ENERGY)
    two["elements"].append({"price_components": [{"type": "ENERGY", "price": 9}, {"type": "FLAT", "price": 1}]})
    assert price(parse(two), Usage(KWH)).net_exact == Decimal("1.25")


def test_currencies_without_cents_are_rounded_to_whole_units() -> None:
    yen = tariff(("ENERGY", "33.5", None, 1)) | {"currency": "JPY"}
    assert price(parse(yen), Usage(KWH)).total == Money(34, "JPY")


def test_the_older_field_names_of_bounds_are_read() -> None:
    bill = price(parse(tariff(ENERGY, max_price={"excl_vat": 1, "incl_vat": 1.1})), Usage(20 * KWH))
    assert bill.total == Money("1.10", "EUR")


@pytest.mark.parametrize(
    "broken",
    [
        {},
        tariff(("ENERGY", "-1", "0", 1)),
        tariff(("ENERGY", "1", "-5", 1)),
        tariff(("ENERGY", "a lot", "0", 1)),
        tariff(("AIR", "1", "0", 1)),
        tariff(ENERGY) | {"currency": "XYZW"},
        tariff(ENERGY) | {"elements": None},
    ],
)
def test_a_broken_tariff_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedTariff):
        parse(broken)


def test_restrictions_are_refused_rather_than_ignored() -> None:
    restricted = tariff(ENERGY)
    restricted["elements"][0]["restrictions"] = {"start_time": "08:00"}
    with pytest.raises(UnsupportedTariff, match="restrictions"):
        parse(restricted)


def test_prices_are_shown_with_vat_in_the_order_of_the_law() -> None:
    shown = display_prices(
        parse(
            tariff(
                START_FEE, ("PARKING_TIME", "6", "20", 1), ("TIME", "0", "20", 1), ENERGY, max_price={"after_taxes": 50}
            )
        )
    )
    assert [(line.kind, line.price, line.unit) for line in shown] == [
        (Kind.ENERGY, Decimal("0.275"), Unit.KWH),
        (Kind.PARKING, Decimal("0.12"), Unit.MINUTE),
        (Kind.SESSION, Decimal("0.6"), Unit.SESSION),
        (Kind.MAXIMUM, Decimal(50), Unit.SESSION),
    ]
    assert display_prices(parse(tariff(("FLAT", "0.00", None, 0)))) == []


def test_a_bound_without_vat_is_shown_where_there_is_none_with_vat() -> None:
    shown = display_prices(parse(tariff(ENERGY, min_price={"before_taxes": "1.00"}, max_price={"after_taxes": "9.00"})))
    assert [(line.kind, line.price) for line in shown[1:]] == [
        (Kind.MINIMUM, Decimal("1.00")),
        (Kind.MAXIMUM, Decimal("9.00")),
    ]


def test_a_bound_without_vat_takes_the_vat_along_in_proportion() -> None:
    two_rates = (START_FEE, ("ENERGY", "0.22", "10.0", 100))  # 5.01 and 5.561
    bill = price(parse(tariff(*two_rates, max_price={"before_taxes": "2.505"})), Usage(20_450))
    assert (bill.net, bill.total) == (Money("2.51", "EUR"), Money("2.78", "EUR"))
    assert (bill.lines[-1].amount, bill.lines[-1].with_vat) == (Decimal("-2.505"), Decimal("-2.7805"))
    free = price(parse(tariff(("FLAT", "0", "20", 1), min_price={"before_taxes": "1.00"})), Usage(1))
    assert (free.net, free.total) == (Money("1.00", "EUR"), Money("1.20", "EUR"))
    assert [each.rate for each in free.vat] == [Decimal(20)]


def test_a_bill_without_any_price_is_nothing_and_so_is_its_rate() -> None:
    nothing = parse({"currency": "EUR", "elements": [], "min_price": {"after_taxes": "1.00"}})
    bill = price(nothing, Usage(1))
    assert (bill.net, bill.total, [each.rate for each in bill.vat]) == (Money(1, "EUR"), Money(1, "EUR"), [Decimal(0)])


@pytest.mark.parametrize("held", ["1.00", "0.97", "0.53", "0.11"])
def test_what_rounding_leaves_over_goes_to_the_greatest_rate(held: str) -> None:
    three = (("FLAT", "0.333", "6", 1), ("ENERGY", "1.111", "10", 1), ("TIME", "0.777", "21", 1))
    given_tariff = parse(tariff(*three))
    exact = price(given_tariff, Usage(KWH, HOUR))
    bill = price(given_tariff, Usage(KWH, HOUR), at_most=Money(held, "EUR"))
    share = Decimal(held) / exact.gross_exact
    assert bill.total == Money(held, "EUR")
    assert bill.net == Money((exact.net_exact * share).quantize(Decimal("0.01"), "ROUND_HALF_UP"), "EUR")
    assert {each.rate for each in bill.vat} == {Decimal(6), Decimal(10), Decimal(21)}


def test_what_is_held_is_spread_over_the_rates_and_each_keeps_its_own() -> None:
    given_tariff = parse(tariff(START_FEE, ("ENERGY", "0.22", "10.0", 100)))
    bill = price(given_tariff, Usage(20_450), at_most=Money("3.00", "EUR"))
    assert [(each.rate, each.net, each.gross) for each in bill.vat] == [
        (Decimal(10), Decimal("2.43"), Decimal("2.68")),
        (Decimal(20), Decimal("0.27"), Decimal("0.32")),
    ]
    limit = bill.lines[-1]
    assert (limit.kind, limit.unit, limit.quantity, limit.vat) == (Kind.LIMIT, Unit.SESSION, Decimal(1), Decimal(0))


prices = st.decimals("0", "20", places=4)
rates = st.sampled_from(["0", "6", "9", "10", "20", "21"])
steps = st.integers(0, 1000)
tariffs = st.builds(
    lambda components, included, least, most: parse(
        tariff(*components, included=included)
        | ({"min_price": {"after_taxes": str(least)}} if least is not None else {})
        | ({"max_price": {"after_taxes": str(most)}} if most is not None else {})
    ),
    st.lists(
        st.tuples(st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"]), prices.map(str), rates, steps),
        min_size=1,
        max_size=4,
        unique_by=lambda component: component[0],
    ),
    st.sampled_from(["YES", "NO"]),
    st.none() | st.decimals("0", "5", places=2),
    st.none() | st.decimals("6", "60", places=2),
)
energies = st.integers(0, 200_000)
seconds = st.integers(0, 90_000)
held = st.integers(0, 15_000).map(lambda minor: Money(Decimal(minor) / 100, "EUR"))


def is_whole(bill: Bill) -> bool:
    return all((each.net * 100) % 1 == 0 and (each.gross * 100) % 1 == 0 for each in bill.vat)


@given(tariffs, energies, seconds, seconds, held)
def test_a_bill_is_whole_adds_up_and_never_passes_what_is_held(
    given_tariff: Any, energy: int, charging: int, parking: int, at_most: Money
) -> None:
    bill = price(given_tariff, Usage(energy, charging, parking), at_most=at_most)
    assert Money(0, "EUR") <= bill.total <= at_most
    assert bill.net + bill.tax == bill.total
    assert is_whole(bill)
    if energy == 0:
        assert bill.total == Money(0, "EUR")


@given(tariffs, energies, st.integers(0, 50_000), seconds, seconds, st.none() | held)
def test_more_never_costs_less(
    given_tariff: Any, energy: int, more: int, charging: int, parking: int, at_most: Money | None
) -> None:
    less = price(given_tariff, Usage(energy, charging, parking), at_most=at_most).total
    for usage in (Usage(energy + more, charging, parking), Usage(energy, charging + more, parking)):
        assert price(given_tariff, usage, at_most=at_most).total >= less
