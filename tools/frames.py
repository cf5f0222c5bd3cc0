"""The frames of a serial ZVT line with their meanings, without what must stay secret."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hardware.terminal.zvt.explain import trace
from hardware.terminal.zvt.message import decode
from hardware.terminal.zvt.serial_frame import unframe
from tools.cuts.scissors import Way

_ARROWS = {Way.ASKED: "kiosk ──▶", Way.TOLD: "      ◀── IM30"}
_INDENT = max(map(len, _ARROWS.values())) + 2
_LONGEST = 118  # characters of a line
_TOGETHER = "\u00a0·\u00a0"  # no line begins with what a block was answered
_ANSWERS, _ABORT, _STATUS_ENQUIRY, _PRINT_LINE = ("80", "84"), "06b0", "0501", "06d1"


@dataclass(eq=False)
class _Frame:
    """One block, what it means, and the ACKs and NAKs that it got."""

    way: Way
    name: str
    meaning: str
    answers: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = _TOGETHER.join([self.meaning, *self.answers])
        line = f"{_ARROWS[self.way]:<{_INDENT}}{told}"
        return textwrap.fill(line, _LONGEST, subsequent_indent=" " * (_INDENT + 2)).replace("\u00a0", " ")


@dataclass(eq=False)
class _Dialogue:
    """One command, and everything until the next."""

    command: str
    frames: list[_Frame] = field(default_factory=list)


class Frames:
    """Listens to a line, and writes down what it heard."""

    def __init__(self) -> None:
        self._dialogues = [_Dialogue("")]

    def tell(self, way: Way, name: str, unit: bytes) -> None:
        """A block, or the ACK or NAK of one, went over the line."""
        frames = self._dialogues[-1].frames
        if name in ("ack", "nak"):
            if frames:
                frames[-1].answers.append(name.upper())
            return
        if way is Way.ASKED and name[:2] not in _ANSWERS and name != _ABORT:
            self._dialogues.append(_Dialogue(name))
        dialogue = self._dialogues[-1]
        sent = int(dialogue.command, 16) if dialogue.command and way is Way.TOLD else None
        dialogue.frames.append(_Frame(way, name, trace(decode(unframe(unit), sent=sent))))

    def text(self) -> str:
        """Dialogue by dialogue; of the enquiries how the terminal is, only the first."""
        enquiries = [each for each in self._dialogues if each.command == _STATUS_ENQUIRY]
        told = [each for each in self._dialogues if each.frames and each not in enquiries[1:]]
        return "\n\n".join("\n".join(_lines(each.frames)) for each in told)


def _lines(frames: Sequence[_Frame]) -> Iterator[str]:
    """Of a receipt only the first line, and how many followed."""
    printed = [number for number, each in enumerate(frames) if each.name == _PRINT_LINE]
    left_out = {number for first in printed[1:] for number in (first, first + 1)}
    for number, each in enumerate(frames):
        if number not in left_out:
            yield str(each)
        elif number == printed[1]:
            yield f"{'':{_INDENT}}... {len(printed) - 1} more lines of both receipts, each acknowledged"
