"""Receipts as a register prints them: line by line (06 D1), or a whole one in a block (06 D3)."""

from __future__ import annotations

from collections.abc import Iterator

from hardware.terminal.amounts import from_minor, to_number
from hardware.terminal.simulator.book import Entry
from hardware.terminal.simulator.cards import CARDS
from hardware.terminal.zvt import build
from hardware.terminal.zvt.commands import PRINT_LINE
from hardware.terminal.zvt.encodings import write_text
from hardware.terminal.zvt.flags import Attribute
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.simulator.registration import Registration
from hardware.terminal.zvt.tlv import Tlv

PRINT_BLOCK = 0x06D3
#: The receipt type (tag 1F07), and its heading.
RECEIPTS = ((1, "MERCHANT COPY"), (2, "CUSTOMER COPY"))

_LAST_LINE = 0x81
_HEADINGS = {"authorise": "RESERVATION", "capture": "PAYMENT", "release": "RELEASE", "refund": "REFUND"}


def lines(entry: Entry, receipt: str, terminal_id: str, test_system: bool) -> list[str]:
    """What both receipts say; ``receipt`` is the number of the hold."""
    amount = to_number(from_minor(entry.amount_minor, entry.currency))
    card = CARDS.get(entry.card)
    return [
        *(["*** TEST SYSTEM ***"] if test_system else []),
        "TAPCHARGE SIMULATOR",
        "NO REAL MONEY",
        f"Terminal  {terminal_id}",
        f"Receipt   {receipt}",
        f"{entry.at[:10]} {entry.at[11:19]} UTC",
        *([f"{card.label}  {card.masked}"] if card else []),
        f"{_HEADINGS[entry.kind]:<12}{entry.currency} {amount:f}",
        entry.outcome.upper() + (f": {entry.reason}" if entry.reason else ""),
    ]


def messages(
    receipt: tuple[int, str],
    text: list[str],
    registration: Registration,
    *,
    blocks: bool,
    tails: bool,
    closed: bool,
) -> Iterator[Message]:
    """One receipt. ``closed``: its last line says that it is; ``tails``: each line says which receipt it belongs to."""
    number, heading = receipt
    kind = Tlv(0x1F07, bytes([number]))
    encoded = [write_text(each, registration.charset) for each in (heading, *text)]
    if blocks:
        attribute = [Tlv(0x09, bytes([_LAST_LINE]))] if closed else []
        body = build.nested(0x25, *(Tlv(0x07, each) for each in encoded), *attribute, Tlv(0x07, b" "))
        yield Message(PRINT_BLOCK, bmps=(build.container(kind, body),))
        return
    tail = (build.container(kind),) if tails else ()
    for place, each in enumerate(encoded):
        attribute_byte = Attribute.CENTRED if place == 0 else 0
        yield Message(PRINT_LINE, (("attribute", bytes([attribute_byte])), ("text", each)), tail)
    last = _LAST_LINE if closed else 0
    yield Message(PRINT_LINE, (("attribute", bytes([last])), ("text", b" ")), tail)
