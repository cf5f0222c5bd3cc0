"""A bank's CSV file as a statement: exact amounts, times with a zone, and an error that says where and what to do.

Cells are read into figures, times and a few known words; what else is in the file is never kept. Whatever looks like a
card number is cut down before it can reach an error text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from moneyed import CURRENCIES, Money, get_currency

from hardware.redaction import redact
from hardware.terminal.csv_layout import COLUMNS, KINDS, OUTCOMES, Layout, delimiter_of, plain
from hardware.terminal.interface import Outcome, Verb
from hardware.terminal.statements import StatementLine, StatementUnavailable

LARGEST_FILE = 20_000_000  # bytes
_NEEDED = ("amount", "at")


class CsvStatement:
    """The content of one file, called ``name``. A ``StatementSource``. Raises StatementUnavailable at once."""

    def __init__(self, name: str, content: bytes, layout: Layout) -> None:
        self.origin = redact(name)[:80]
        self.covers: AbstractSet[Verb] = frozenset(Verb(each) for each in layout.covers)
        self._lines = list(_Reader(self.origin, layout).lines(content))

    def statement(self, since: datetime, until: datetime) -> Iterator[StatementLine]:
        """The lines of the period."""
        return (each for each in self._lines if since <= each.at < until)

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """The times of the first and the last line; None for a file without any."""
        times = sorted(each.at for each in self._lines)
        return (times[0], times[-1]) if times else None


class _Reader:
    """One file being read; it knows where it is, for the errors."""

    def __init__(self, name: str, layout: Layout) -> None:
        self.name, self.layout = name, layout
        self.zone = ZoneInfo(layout.time_zone)
        self.row, self.titles = 1, dict[str, str]()

    def lines(self, content: bytes) -> Iterator[StatementLine]:
        """The lines of the file. Raises StatementUnavailable."""
        rows = self._rows(self._decode(content))
        header = next(rows, None)
        if header is None:
            raise self._refuse("the file is empty", "choose the file that the bank made")
        columns = self._columns(header)
        for cells in rows:
            if len(cells) > len(header):
                raise self._refuse("the row has more cells than the header", "check the delimiter of the layout")
            values = {name: unwrap(cells[place]) for name, place in columns.items() if place < len(cells)}
            if self.layout.terminal_id and values.get("terminal", self.layout.terminal_id) != self.layout.terminal_id:
                continue
            yield self._line(values)

    def _decode(self, content: bytes) -> str:
        if len(content) > LARGEST_FILE:
            raise self._refuse("the file is too large", "have the bank make one for fewer days")
        encoding = "utf-8-sig" if plain(self.layout.encoding) == "utf8" else self.layout.encoding
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            self.row = content.count(b"\n", 0, error.start) + 1
            raise self._refuse(
                f"not {self.layout.encoding}", "set the encoding of the layout, for example cp1252"
            ) from None
        if "\0" in text:
            raise self._refuse("this is not a text file", "choose the CSV file, not the spreadsheet")
        return text

    def _rows(self, text: str) -> Iterator[list[str]]:
        """Rows that are not empty; ``self.row`` is the number of the line in the file."""
        header = next((line for line in text.splitlines() if line.strip()), "")
        reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter_of(header, self.layout), strict=True)
        try:
            for cells in reader:
                self.row = reader.line_num
                if any(cell.strip() for cell in cells):
                    yield cells
        except csv.Error as error:
            self.row = reader.line_num
            raise self._refuse(f"not CSV ({error})", "check the delimiter of the layout and the quotes") from None

    def _columns(self, header: list[str]) -> Mapping[str, int]:
        """Our names of the columns, and where they are."""
        there = {plain(title): place for place, title in reversed(list(enumerate(header)))}
        found: dict[str, int] = {}
        for name, usual in COLUMNS.items():
            wanted = [self.layout.columns[name]] if name in self.layout.columns else usual
            place = next((there[plain(title)] for title in wanted if plain(title) in there), None)
            if place is not None:
                found[name], self.titles[name] = place, header[place].strip()
            elif name in self.layout.columns:
                raise self._refuse(f"there is no column {wanted[0]!r}", f"set columns.{name} of the layout")
        for name in _NEEDED:
            if name not in found:
                raise self._refuse(f"there is no column for {name}", f"set columns.{name} of the layout")
        if not {"request_id", "of", "stan"} & set(found):
            raise self._refuse("nothing says which payment a row is", "set columns.request_id or columns.stan")
        if "kind" not in found and not self.layout.kind:
            raise self._refuse("there is no column for the kind", "set columns.kind or kind of the layout")
        if "currency" not in found and not self.layout.currency:
            raise self._refuse("there is no column for the currency", "set columns.currency or currency of the layout")
        return found

    def _line(self, values: Mapping[str, str]) -> StatementLine:
        kind = Verb(self._word(values, "kind", self.layout.kind, KINDS, self.layout.kinds))
        outcome = Outcome(self._word(values, "outcome", Outcome.APPROVED, OUTCOMES, self.layout.outcomes))
        currency = values.get("currency") or self.layout.currency
        if currency.upper() not in CURRENCIES:
            raise self._refuse(f"{redact(currency)[:20]!r} is no currency", "an ISO 4217 code is needed", "currency")
        amount = self._amount(values.get("amount", ""), kind, currency.upper())
        return StatementLine(
            kind=kind,
            outcome=outcome,
            amount=amount if outcome is Outcome.APPROVED else Money(0, currency.upper()),
            at=self._moment(values.get("at", "")),
            request_id=self._request_id(values, "request_id"),
            of=self._request_id(values, "of"),
            stan=_harmless(values.get("stan", "")),
            brand=_harmless(values.get("brand", "")),
            last_four=_last_four(values.get("last_four", "")),
            where=f"line {self.row}",
        )

    def _word(
        self, values: Mapping[str, str], name: str, default: str, usual: Mapping[str, str], own: Mapping[str, str]
    ) -> str:
        if not (cell := values.get(name, "")) and default:
            return default
        found = own.get(plain(cell)) or usual.get(plain(cell))
        if found is None:
            raise self._refuse(
                f"{redact(cell)[:40]!r} is not known", f"say what it means in {name}s of the layout", name
            )
        return found

    def _amount(self, cell: str, kind: Verb, currency: str) -> Money:
        """Exactly what is written: "1.234" is never guessed to be a thousand. A refund may be written as negative."""
        text = cell.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-").strip()
        if self.layout.thousands:
            text = re.sub(rf"(?<=\d){re.escape(self.layout.thousands)}(?=\d{{3}}(\D|$))", "", text)
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text.removeprefix("+"))
        if not re.fullmatch(rf"\d{{1,12}}({re.escape(self.layout.decimal)}\d{{1,4}})?", digits):
            raise self._refuse(
                f"{redact(cell)[:40]!r} is no amount with decimal {self.layout.decimal!r}",
                "set decimal and thousands of the layout",
                "amount",
            )
        if sign and kind is not Verb.REFUND:
            raise self._refuse("a negative amount", "only a refund may be written as negative", "amount")
        number, sub_unit = Decimal(digits.replace(",", ".")), get_currency(currency).sub_unit
        amount = Money(number / sub_unit if self.layout.minor_units else number, currency)
        if (amount.amount * sub_unit) % 1:
            raise self._refuse(f"{currency} has no such small parts", "check decimal and minor_units", "amount")
        return amount

    def _moment(self, cell: str) -> datetime:
        try:
            form = self.layout.time_format
            moment = datetime.strptime(cell, form) if form else datetime.fromisoformat(cell)  # noqa: DTZ007  # its zone comes next
        except ValueError:
            raise self._refuse(f"{redact(cell)[:40]!r} is no time", "set time_format of the layout", "at") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)

    def _request_id(self, values: Mapping[str, str], name: str) -> int | None:
        cell = values.get(name, "")
        if not cell:
            return None
        if not re.fullmatch(r"0*[0-9]{1,9}", cell):
            raise self._refuse(f"{redact(cell)[:40]!r} is no terminal request id", "choose another column", name)
        return int(cell)

    def _refuse(self, what: str, advice: str, column: str = "") -> StatementUnavailable:
        title = redact(self.titles.get(column, column))[:40]
        where = f"{self.name}, line {self.row}" + (f", column {title!r}" if title else "")
        return StatementUnavailable(f"{where}: {what}; {advice}", reason="unreadable")


def unwrap(cell: str) -> str:
    """The content of a cell without what some banks put around it to keep leading zeros: ``="0042"``, ``'0042``."""
    text = cell.strip()
    if found := re.fullmatch(r'="([^"]*)"', text):
        text = found[1].strip()
    return text.removeprefix("'")


def _harmless(cell: str) -> str:
    """A short text for people, of which no spreadsheet makes a formula."""
    return redact(cell).lstrip("=+-@'\t\r ")[:20]


def _last_four(cell: str) -> str:
    found = re.search(r"(\d{4})\D*$", cell)
    return found[1] if found else ""
