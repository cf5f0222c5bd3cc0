"""Receipts out of what the terminal has us print: lines (06 D1) and blocks (06 D3), or made of its status information.

A line with a closing attribute ends its receipt; what is never closed ends with the command. Whose receipt it is, the
terminal says with tag 1F07, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from hardware.redaction import redact
from hardware.terminal.amounts import to_number
from hardware.terminal.interface import Receipts, Result
from hardware.terminal.zvt import commands
from hardware.terminal.zvt.encodings import read_text
from hardware.terminal.zvt.flags import LINE_FEEDS, closes_receipt
from hardware.terminal.zvt.message import Message

_TYPE, _LINES, _LINE, _ATTRIBUTE = 0x1F07, 0x25, 0x07, 0x09
_MOST_LINES = 1000  # of one command


class Kind(IntEnum):
    """Tag 1F07."""

    MERCHANT = 1
    CUSTOMER = 2
    ADMINISTRATION = 3


class Gatherer:
    """The receipts of one command."""

    def __init__(self, charset: str) -> None:
        self._charset = charset
        self._done: list[tuple[int, list[str]]] = []
        self._open: list[str] = []
        self._kind = 0
        self._count = 0

    def take(self, message: Message) -> None:
        """Add a line or a block."""
        told = message.object_value(_TYPE)
        if told:
            self._kind = told[0]
        if message.command == commands.PRINT_LINE:
            attribute = (message.position("attribute") or b"\0")[0]
            self._line(attribute, message.position("text") or b"")
            return
        attribute = 0
        for each in message.objects(_LINES):
            for inner in each.children:
                if inner.tag == _ATTRIBUTE and inner.value:
                    attribute = inner.value[0]
                elif inner.tag == _LINE:
                    self._add(inner.value)
        self._close()  # a block is a whole receipt

    def receipts(self) -> Receipts:
        """All of them, redacted."""
        by_kind: dict[int, list[str]] = {}
        for kind, lines in self._assigned():
            by_kind.setdefault(kind, []).extend(redact(line.rstrip()) for line in lines)
        return Receipts(
            customer=tuple(by_kind.get(Kind.CUSTOMER, [])),
            merchant=tuple(by_kind.get(Kind.MERCHANT, [])),
            journal=tuple(by_kind.get(Kind.ADMINISTRATION, [])),
        )

    def _assigned(self) -> Iterator[tuple[int, list[str]]]:
        """Every receipt and whose it is. Of several that nobody assigned the first is the merchant's."""
        done = [each for each in (*self._done, (self._kind, self._open)) if each[1]]
        unassigned = [each for each in done if not each[0]]
        for each in done:
            several = len(unassigned) > 1 and each is unassigned[0]
            yield each[0] or (Kind.MERCHANT if several else Kind.CUSTOMER), each[1]

    def _line(self, attribute: int, text: bytes) -> None:
        if attribute == LINE_FEEDS:
            for _ in range(min(text[0] if text else 1, 10)):
                self._add(b"")
            return
        self._add(text)
        if closes_receipt(attribute):
            self._close()

    def _add(self, text: bytes) -> None:
        self._count += 1
        if self._count <= _MOST_LINES:
            self._open.append(read_text(text, self._charset))

    def _close(self) -> None:
        self._done.append((self._kind, self._open))
        self._open, self._kind = [], 0


def made_of(result: Result) -> Receipts:
    """A receipt for a terminal that leaves the printing to us: the facts, in no language."""
    lines = tuple(redact(line) for line in _facts(result) if line)
    return Receipts(customer=lines, merchant=lines)


def _facts(result: Result) -> Iterator[str]:
    yield f"{result.amount.currency.code} {to_number(result.amount)}"
    if result.card:
        yield f"{result.card.brand} {'**** ' + result.card.last_four if result.card.last_four else ''}".strip()
    if result.at:
        yield f"{result.at:%Y-%m-%d %H:%M}"
    if result.stan:
        yield f"STAN {result.stan}"
