"""Visits with an accident of their own, for the steps that chance alone comes through too rarely.

They come after the other drivers. They are mixed into some of the histories, beside everything else that happens there.
"""

from __future__ import annotations

from dataclasses import replace

from faults.catalogue import GONE_S
from faults.orders import Order
from faults.parts import Chore, Part, Visit

_VISIT = Visit(
    at=1300.0, till="till-1", connector=2, hold_minor=4000, card="visa-2", pays="tap", taps_after=3.0,
    plugs="early", plugs_after=0.0, soc=10, stays=300.0, ends="unplug", again=6,
)  # fmt: skip
#: The car takes nothing, so nothing is to pay.
_FULL = replace(_VISIT, soc=100)
_NEVER = replace(_VISIT, plugs="never")
#: When a driver who came at 1300 and never plugs in has paid, and may still plug in.
_BEFORE_IT_GIVES_UP = 1380.0
_GONE = Order("terminal_gone", "time", at=1450.0, target="till-1", seconds=GONE_S)
#: The same at the other kiosk.
_BESIDE = replace(_VISIT, till="till-2", connector=0)
_GONE_TOO = replace(_GONE, target="till-2")


def _line(kind: str, target: str) -> Order:
    return Order(kind, "line", at=1290.0, target=target)


DIRECTED: tuple[tuple[Part, ...], ...] = (
    (_VISIT, _GONE),
    (_NEVER, replace(_GONE, at=_BEFORE_IT_GIVES_UP)),
    (_FULL,),
    (_FULL, _line("lost_answer", "release")),
    (_FULL, _line("declined", "release")),
    (_NEVER, _line("lost_answer", "release")),
    (_VISIT, _line("declined", "capture")),
    (_VISIT, _line("lost_answer", "authorise"), *[_line("busy", "recover")] * 5),
    (replace(_VISIT, card="declined-1"), _line("lost_answer", "authorise")),
    (replace(_VISIT, pays="cancel_key"), _line("lost_answer", "authorise")),
    (_VISIT, Chore(1600.0, "release"), Order("slow", "line", at=1290.0, target="release", seconds=45.0)),
    (_BESIDE, _GONE_TOO),
    (replace(_BESIDE, plugs="never"), replace(_GONE_TOO, at=_BEFORE_IT_GIVES_UP)),
    (_VISIT, Order("charger_power_cut", "time", at=1500.0, target="CP2", seconds=60.0)),
)
#: Those in which a terminal that is gone refuses every call: on other wires than PayProxy's a call may seem to stand.
REFUSED = frozenset({0, 1, 7, 11, 12})
