"""What a request asks of the terminal, whatever wire brought it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Operation(StrEnum):
    """What a terminal can be asked for, and what a fault can be ordered for."""

    AUTHORISE = "authorise"
    TOKEN = "token"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    STATUS = "status"
    RECOVER = "recover"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it arrived. Amounts in minor units, ``language`` a two-letter code.

    ``request_id`` names the line in the book, so it is new for every operation that moves money: the kiosk's own where
    the protocol carries one. ``reference`` is that of the hold which is settled or given back.
    """

    operation: Operation
    request_id: str
    language: str = "en"
    amount: int = 0
    currency: str = ""
    reference: str = field(default="", repr=False)
