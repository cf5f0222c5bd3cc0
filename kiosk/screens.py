"""Which screen a browser shows: a small value with a text form for the URL of its websocket."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_TEXT = re.compile(
    r"(?:home|offer:(?P<offer>\d{1,9})|session:(?P<session>[\w-]{1,24}):(?P<dismissed>\d{1,18}))", re.ASCII
)


class Kind(StrEnum):
    """The three pages of a visit."""

    HOME = "home"
    OFFER = "offer"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Screen:
    """One page of a kiosk.

    ``subject`` is the id of an offer or the public id of a session. ``dismissed`` is the id of the stop attempt whose
    result the driver has read and waved away.
    """

    kind: Kind
    subject: str = ""
    dismissed: int = 0

    def __str__(self) -> str:
        match self.kind:
            case Kind.HOME:
                return "home"
            case Kind.OFFER:
                return f"offer:{self.subject}"
            case Kind.SESSION:
                return f"session:{self.subject}:{self.dismissed}"

    @classmethod
    def parse(cls, text: str) -> Screen:
        """The screen that ``str`` was made of. Raises ValueError."""
        if (match := _TEXT.fullmatch(text)) is None:
            raise ValueError("not the name of a screen")
        if offer := match["offer"]:
            return cls(Kind.OFFER, offer)
        if session := match["session"]:
            return cls(Kind.SESSION, session, int(match["dismissed"]))
        return HOME


HOME = Screen(Kind.HOME)
