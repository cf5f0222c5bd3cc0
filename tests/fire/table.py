"""The tables of docs/fire.md, from what the tests said with ``tell``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date

from evsite.processes import ROOT

DOCUMENT = ROOT / "docs" / "fire.md"
#: Under this name a test puts its row into its report.
PROPERTY = "fire"

_BEGIN, _END = "<!-- written by make fire -->", "<!-- end -->"
_HEAD = ("at this step", "this happened", "the driver read", "the books said", "seconds")


@dataclass(frozen=True, slots=True)
class Row:
    """One accident. ``seconds`` is from the new start (or the end of the accident) until the visit went on."""

    step: str
    accident: str
    read: str
    books: str
    seconds: str = ""


def markdown(rows: Sequence[Row]) -> str:
    """The table, in the order of ``rows``."""
    lines = ["| " + " | ".join(_HEAD) + " |", "|---" * (len(_HEAD) - 1) + "|--:|"]
    lines += ["| " + " | ".join(cell.replace("|", "/") for cell in astuple(row)) + " |" for row in rows]
    return "\n".join(lines)


def plain(rows: Sequence[Row]) -> str:
    """The same for a terminal, without what the driver read meanwhile."""
    cells = [(row.step, row.accident, row.books, row.seconds) for row in rows]
    widths = [max(len(each[column]) for each in cells) for column in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(each, widths, strict=True)) for each in cells)


def write(rows: Sequence[Row], took: float, day: date) -> None:
    """Put the table into docs/fire.md, between its two marks."""
    text = DOCUMENT.read_text(encoding="utf-8")
    head, _, rest = text.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    said = f"{len(rows)} accidents, {took / 60:.0f} minutes, {day.isoformat()}."
    DOCUMENT.write_text(f"{head}{_BEGIN}\n\n{said}\n\n{markdown(rows)}\n\n{_END}{tail}", encoding="utf-8")
