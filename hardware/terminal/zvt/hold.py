"""What is needed to settle a hold later, packed into the handle's reference. Nobody else reads it."""

from __future__ import annotations

from dataclasses import dataclass, field

from moneyed import Money

from hardware.terminal.amounts import from_minor
from hardware.terminal.interface import Handle
from hardware.terminal.zvt.answer import Answer

VERSION = "zvt1"


@dataclass(frozen=True, slots=True)
class Hold:
    """A pre-authorisation as the terminal keeps it. ``amount`` in minor units of ``currency`` (letters)."""

    receipt: str
    trace: str
    aid: bytes = field(repr=False)
    amount: int
    currency: str

    @property
    def money(self) -> Money:
        return from_minor(self.amount, self.currency)

    def handle(self, request_id: int) -> Handle:
        """Pack it."""
        reference = ":".join([self.receipt, self.trace, self.aid.hex(), str(self.amount), self.currency])
        return Handle(request_id, reference, version=VERSION, stan=self.trace)


def hold_of(answer: Answer, amount: int, currency: str) -> Hold:
    """The hold that an answer tells of."""
    return Hold(answer.receipt, answer.trace, answer.aid, amount, currency)


def read_handle(handle: Handle) -> Hold:
    """Unpack it. Raises ValueError for one that no ZVT terminal gave."""
    try:
        receipt, trace, aid, amount, currency = handle.reference.split(":")
        return Hold(_digits(receipt), _digits(trace) if trace else "", bytes.fromhex(aid), int(amount), currency)
    except ValueError:
        raise ValueError("the reference is not one of a ZVT terminal") from None


def _digits(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("not digits")
    return text
