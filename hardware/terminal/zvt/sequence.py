"""Message sequence ids (tag 1F73): every message has a number, an answer has that of what it answers. No I/O.

Whoever says something new counts on, 999999 is followed by 1, and what comes twice with one number is a repetition.
Source: zvt.md, chapter 4.
"""

from __future__ import annotations

from dataclasses import replace

from hardware.terminal.zvt import build
from hardware.terminal.zvt.bmp_table import CONTAINER
from hardware.terminal.zvt.encodings import read_digits
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.message import Message, decode

TAG = 0x1F73
_LARGEST = 999_999


class Sequence:
    """The numbers of one registration."""

    def __init__(self) -> None:
        self._last = 0
        self._theirs = -1

    def ours(self, message: Message) -> Message:
        """Number a new message of ours."""
        self._last = self._last % _LARGEST + 1
        return _numbered(message, self._last)

    def repeats(self, message: Message) -> bool:
        """Whether a message of the terminal came before; the number of one that did not is taken over."""
        number = _number_of(message)
        if number is None:
            return False
        if number == self._theirs:
            return True
        self._theirs = self._last = number
        return False

    def answer(self, answer: bytes, message: Message) -> bytes:
        """Number our answer to a message of the terminal."""
        number = _number_of(message)
        return answer if number is None else _numbered(decode(answer), number).encode()


def _numbered(message: Message, number: int) -> Message:
    tag = build.digits_object(TAG, str(number), 3)
    bmps = tuple(each for each in message.bmps if each.tag != CONTAINER)
    return replace(message, bmps=(*bmps, build.container(*message.objects(), tag)))


def _number_of(message: Message) -> int | None:
    value = message.object_value(TAG)
    try:
        return None if value is None else int(read_digits(value))
    except (ZvtError, ValueError):
        return None
