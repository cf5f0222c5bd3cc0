"""ZVT messages decoded and encoded per second, beside ``struct`` walking over the same bytes.

``struct`` only finds where each field begins: it is the bound for anything in Python that looks at every byte.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from bench.figures import Figure
from evsite.processes import ROOT
from hardware.terminal.zvt.apdu import Incomplete
from hardware.terminal.zvt.message import decode
from hardware.terminal.zvt.serial_frame import frame, unframe
from tests.hardware.terminal.zvt.own_vectors import own_vectors

T = TypeVar("T")

_GIVEN = ROOT.parent / "shared" / "vectors" / "zvt.json"


@dataclass(frozen=True)
class Zvt:
    """Messages a second. ``bound`` is ``struct`` on the same messages."""

    messages: int
    decoded: float
    encoded: float
    framed: float
    bound: float


def measure(seconds: float = 1.0) -> Zvt:
    """Go through the vectors again and again, for about so many seconds each way."""
    apdus = _apdus()
    messages = [decode(each) for each in apdus]
    return Zvt(
        len(apdus),
        decoded=_pace(apdus, decode, seconds),
        encoded=_pace(messages, lambda each: each.encode(), seconds),
        framed=_pace(apdus, lambda each: unframe(frame(each)), seconds),
        bound=_pace(apdus, _walk, seconds),
    )


def zvt_figures(results: Zvt) -> list[Figure]:
    """The lines of the table."""
    count = f"{results.messages:,}"
    return [
        Figure("ZVT decoded", count, _per_second(results.decoded), _beside(results.bound, results.decoded)),
        Figure("ZVT encoded", count, _per_second(results.encoded), _beside(results.bound, results.encoded)),
        Figure("ZVT framed and read, serial", count, _per_second(results.framed)),
        Figure("  struct over the same bytes", count, _per_second(results.bound)),
    ]


def _apdus() -> list[bytes]:
    """Those of the shared vector file where it is, our own otherwise."""
    given = json.loads(_GIVEN.read_text(encoding="utf-8")) if _GIVEN.is_file() else list(own_vectors())
    found = []
    for vector in given:
        raw = bytes.fromhex(vector["hex"])
        try:
            if vector["kind"] == "apdu":
                decode(raw)
                found.append(raw)
        except Incomplete:
            continue
    return found


def _pace(items: Sequence[T], work: Callable[[T], object], seconds: float) -> float:
    """How many items a second, in whole rounds."""
    rounds, started = 0, perf_counter()
    spent = 0.0
    while spent < seconds:
        for item in items:
            work(item)
        rounds += 1
        spent = perf_counter() - started
    return rounds * len(items) / spent


def _walk(apdu: bytes) -> int:
    """The header, and then every byte of the data as a field of its own tag."""
    first, second, length = struct.unpack_from("BBB", apdu)
    at = 3
    if length == 0xFF:
        (length,) = struct.unpack_from("<H", apdu, 3)
        at = 5
    found: int = first + second
    while at < len(apdu):
        (tag,) = struct.unpack_from("B", apdu, at)
        found += tag
        at += 1
    return found


def _per_second(pace: float) -> str:
    return f"{pace:,.0f}/s"


def _beside(bound: float, pace: float) -> str:
    return f"{bound / pace:.1f} × the bound"
