"""In what terminals differ from one another, as data. Source: zvt.md, sections 8 to 10 and 13."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from hardware.terminal.zvt.encodings import CP437

PARTIAL_REVERSAL, BOOK_TOTAL, HOLD_REVERSAL = 0x0623, 0x0624, 0x0625


class Closing(Enum):
    """What an end of day does to holds that are open."""

    REFUSES = auto()
    CHARGES = auto()  # takes what is held
    KEEPS = auto()


@dataclass(frozen=True, slots=True)
class Profile:
    """One make of terminal.

    ``reverses``: an authorisation whose status information nobody acknowledged is reversed (13.08, chapter 2.2.8);
    otherwise it stands (chapter 4). ``highest_hold`` in minor units, told after a card was read; 0: not told.
    """

    name: str
    bookings: frozenset[int] = frozenset({PARTIAL_REVERSAL, BOOK_TOTAL, HOLD_REVERSAL})
    lists_open: bool = True  # tag 23
    closing: Closing = Closing.REFUSES
    reverses: bool = True
    line_tails: bool = False  # 06 04 1F07 behind the text of 06 D1
    euro_only: bool = False
    refuses_unregistered: bool = False  # with 84 6B; otherwise with 06 1E 6B
    keeps_registration: bool = False  # over a restart
    most_repeats: int = 0  # of the status information, where the register names no number; 0: no end
    vendor_information: bool = False  # 0F A1
    highest_hold: int = 0
    echoes: bool = False  # the register's own reference (E9, 1F63) comes back with the result; inferred
    token_tag: int = 0x1F14
    charset: str = CP437


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("plain"),
        Profile("ccv", reverses=False, closing=Closing.KEEPS, echoes=True),
        Profile(
            "feig",
            bookings=frozenset({PARTIAL_REVERSAL, HOLD_REVERSAL}),
            lists_open=False,
            refuses_unregistered=True,
            vendor_information=True,
            highest_hold=1_000_000,
            charset="utf-8",
        ),
        Profile(
            "card-complete",
            bookings=frozenset({BOOK_TOTAL, HOLD_REVERSAL}),
            lists_open=False,
            closing=Closing.CHARGES,
            line_tails=True,
            euro_only=True,
            keeps_registration=True,
            most_repeats=3,
            token_tag=0x1F61,
            charset="iso8859-15",
        ),
    )
}
