"""What a plan is made of: who comes, what staff do, and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass

from faults.orders import Order


@dataclass(frozen=True, slots=True)
class Visit:
    """One driver. Times in seconds after the step before; ``at`` after the beginning."""

    at: float
    till: str
    connector: int
    hold_minor: int
    card: str
    #: at the terminal: ``tap``, ``wrong_pin``, ``cancel_key``, ``cancel``, ``cancel_and_tap``, ``leave``
    pays: str
    taps_after: float
    #: ``plug``, ``early`` (before paying), ``never``, ``cancel`` (instead of plugging in)
    plugs: str
    plugs_after: float
    soc: int
    stays: float
    #: ``card``, ``wrong_card``, ``other_device``, ``no_card``, ``withdraw``, ``unplug``, ``full``, ``forget``
    ends: str
    clicks: int = 1
    again: int = 0


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that staff do at ``at``."""

    at: float
    what: str


Part = Visit | Chore | Order
