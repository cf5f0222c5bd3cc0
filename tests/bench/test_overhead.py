"""What is taken off an authorisation over a wire, and how it is told."""

from __future__ import annotations

from bench.figures import Times
from bench.overhead import Overhead, overhead_figures


def test_the_virtual_terminals_own_median_is_taken_off_and_nothing_is_below_nothing() -> None:
    found = Overhead("opi+tcp", Times([0.010, 0.030, 0.050]), Times([0.001, 0.020, 0.090]))
    assert [round(each, 6) for each in found.times.seconds] == [0.0, 0.010, 0.030]


def test_every_protocol_has_a_line_and_the_virtual_terminal_one_below() -> None:
    bare = Times([0.002])
    lines = overhead_figures([Overhead(name, Times([0.012]), bare) for name in ("payproxy", "ccv")])
    assert [(each.what, each.result) for each in lines] == [
        ("overhead of an authorisation, payproxy", "median 10.0 ms, p99 10.0 ms"),
        ("overhead of an authorisation, ccv", "median 10.0 ms, p99 10.0 ms"),
        ("  the virtual terminal alone", "median 2.0 ms, p99 2.0 ms"),
    ]
    assert lines[1].beside == "of 12.0 ms, looks every 10 ms"
    assert overhead_figures([]) == []
