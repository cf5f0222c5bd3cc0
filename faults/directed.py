"""Visits with an accident of their own, for the steps that chance alone comes through too rarely.

They are mixed into some of the histories, beside everything else that happens there.
"""

from __future__ import annotations

from dataclasses import replace

from faults.catalogue import GONE_S
from faults.orders import Order
from faults.parts import Chore, Part, Visit

_VISIT = Visit(
    at=5.0, till="till-1", connector=2, hold_minor=4000, card="visa-2", pays="tap", taps_after=3.0,
    plugs="early", plugs_after=0.0, soc=10, stays=300.0, ends="unplug",
)  # fmt: skip
#: The car takes nothing, so nothing is to pay.
_FULL = replace(_VISIT, soc=100)
_NEVER = replace(_VISIT, plugs="never")
_GONE = Order("terminal_gone", "time", at=100.0, target="till-1", seconds=GONE_S)


def _line(kind: str, target: str) -> Order:
    return Order(kind, "line", target=target)


DIRECTED: tuple[tuple[Part, ...], ...] = (
    (_VISIT, _GONE),
    (_NEVER, _GONE),
    (_FULL,),
    (_FULL, _line("lost_answer", "release")),
    (_FULL, _line("declined", "release")),
    (_NEVER, _line("lost_answer", "release")),
    (_VISIT, _line("declined", "capture")),
    (_VISIT, _line("lost_answer", "authorise"), *[_line("busy", "recover")] * 5),
    (replace(_VISIT, card="declined-1"), _line("lost_answer", "authorise")),
    (replace(_VISIT, pays="cancel_key"), _line("lost_answer", "authorise")),
    (_VISIT, Chore(300.0, "release"), Order("slow", "line", target="release", seconds=45.0)),
)
