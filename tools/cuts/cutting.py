"""One cut, from the visit before it to what everybody says in the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.terminal.interface import Verb
from tools.cuts.cardholder import Cardholder
from tools.cuts.moments import Moment, Special
from tools.cuts.places import Place, Protocol, standing
from tools.cuts.scissors import At
from tools.cuts.visit import Look, Visit


@dataclass(frozen=True, slots=True)
class Bank:
    """What the bank's book says, in minor units: ``held`` what is still held."""

    authorised: int
    held: int
    captured: int

    @classmethod
    def of(cls, totals: list[dict[str, Any]]) -> Bank:
        """Of everything that was ever held at this terminal."""
        return cls(*(sum(each[f"{name}_minor"] for each in totals) for name in ("authorised", "held", "captured")))


@dataclass(frozen=True, slots=True)
class Cut:
    """What a cut at ``moment`` came to: ``at_once``, and ``later`` when the line stood again."""

    verb: Verb
    moment: Moment
    at_once: Look
    later: Look
    bank: Bank

    @property
    def agrees(self) -> bool:
        """Whether both books say the same."""
        return (self.later.held, self.later.captured) == (self.bank.held, self.bank.captured)

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong that nobody knows of."""
        return self.agrees or self.later.in_doubt


def cut(protocol: Protocol, verb: Verb, moment: Moment, folder: Path) -> Cut:
    """Cut the line of a new terminal in ``folder`` at ``moment`` of ``verb``. Call with an empty database: threads take part, so it is for real.

    Raises AssertionError when the moment never came.
    """
    with standing(protocol, folder) as place:
        visit = Visit(place)
        try:
            visit.until(verb)
            _arm(place, moment)
            with Cardholder(place, cut=moment.place is Special.CARD_AWAITED):
                visit.carry_out()
            assert place.line.is_cut, f"{moment.words}: the moment never came"
            at_once = visit.look()
            place.line.mend()
            visit.settle()
            return Cut(verb, moment, at_once, visit.look(), Bank.of(place.simulator.totals()))
        finally:
            visit.driver.close()


def _arm(place: Place, moment: Moment) -> None:
    if isinstance(moment.place, At):
        place.line.arm(moment.place)
    elif moment.place is Special.NO_LINE:
        place.line.cut()
