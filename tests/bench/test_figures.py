"""The arithmetic of the benchmarks."""

from __future__ import annotations

import pytest

from bench.figures import HEADINGS, Figure, Times, below, percentile, reference, table, within_hops


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7.0], 99, 7.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([1.0, 2.0, 3.0, 4.0], 50, 2.0),
        (list(map(float, range(1, 101))), 99, 99.0),
        (list(map(float, range(1, 201))), 99, 198.0),
        ([1.0, 2.0], 100, 2.0),
        ([1.0, 2.0], 0, 1.0),
    ],
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(
    values: list[float], percent: float, expected: float
) -> None:
    assert percentile(values, percent) == expected


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_times_are_told_in_milliseconds() -> None:
    assert str(Times([0.001, 0.002, 0.0301])) == "median 2.0 ms, p99 30.1 ms"


def test_a_journey_within_its_hops_and_its_p99_meets_the_aim() -> None:
    figure = within_hops("start", Times([0.010, 0.012, 0.050]), Times([0.002]), hops=6, p99_ms=100)
    assert (figure.met, figure.beside, figure.verdict) == (True, "6.0 bare hops", "met")


@pytest.mark.parametrize("seconds", [[0.0121, 0.0121, 0.0122], [0.002, 0.002, 0.100]])
def test_a_journey_misses_its_aim_by_its_median_or_by_its_p99(seconds: list[float]) -> None:
    figure = within_hops("start", Times(seconds), Times([0.002]), hops=6, p99_ms=100)
    assert (figure.met, figure.verdict) == (False, "MISSED")


def test_a_latency_meets_its_aim_only_below_it() -> None:
    assert below("screen", Times([0.0599]), p99_ms=60, beside="").met
    assert not below("screen", Times([0.06]), p99_ms=60, beside="").met


def test_a_bare_peer_has_no_verdict() -> None:
    assert reference("hop", Times([0.002])).verdict == ""


def test_a_table_is_aligned_and_is_markdown() -> None:
    assert table(("what", "n"), [("a", "10"), ("longer", "2")], right=frozenset({1})).splitlines() == [
        "| what   |   n |",
        "| ------ | --: |",
        "| a      |  10 |",
        "| longer |   2 |",
    ]


def test_every_figure_has_a_cell_for_every_heading() -> None:
    assert len(Figure("what", "1", "here").row()) == len(HEADINGS)
