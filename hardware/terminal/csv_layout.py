"""How a CSV file of a bank or acquirer is laid out. Every bank has its own; each name here can be set.

{"columns": {"request_id": "Merchant ref", "amount": "Brutto"}, "delimiter": ";", "decimal": ","}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hardware.terminal.interface import Outcome, Verb

#: What a column may be called, compared without case, blanks and punctuation; the first that is there counts.
COLUMNS: Mapping[str, Sequence[str]] = {
    "kind": ("kind", "type", "transaction type"),
    "outcome": ("outcome", "status", "result"),
    "amount": ("amount", "gross amount", "transaction amount"),
    "currency": ("currency", "currency code"),
    "at": ("at", "time", "timestamp", "date time", "transaction date", "date"),
    "request_id": ("request id", "requestid", "terminal request id", "merchant reference"),
    "of": ("of", "original request id"),
    "stan": ("stan", "trace number"),
    "brand": ("brand", "card brand", "scheme"),
    "last_four": ("last four", "card number", "masked pan", "card"),
    "terminal": ("terminal", "terminal id", "tid"),
}
KINDS: Mapping[str, str] = {
    **dict.fromkeys(("authorise", "authorisation", "authorization", "preauthorisation", "preauth"), Verb.AUTHORISE),
    **dict.fromkeys(("capture", "sale", "purchase", "payment", "debit", "completion"), Verb.CAPTURE),
    **dict.fromkeys(("release", "void", "reversal", "cancellation"), Verb.RELEASE),
    **dict.fromkeys(("refund", "credit", "return"), Verb.REFUND),
}
OUTCOMES: Mapping[str, str] = {
    **dict.fromkeys(("approved", "success", "successful", "settled", "booked", "paid", "ok"), Outcome.APPROVED),
    **dict.fromkeys(("declined", "refused", "rejected", "failed", "failure"), Outcome.DECLINED),
    **dict.fromkeys(("aborted", "cancelled", "canceled"), Outcome.ABORTED),
    **dict.fromkeys(("timedout", "timeout"), Outcome.TIMED_OUT),
}
_DELIMITERS = (",", ";", "\t", "|")


def plain(word: str) -> str:
    """``word`` without case, blanks and punctuation, for comparing."""
    return "".join(each for each in word.casefold() if each.isalnum())


@dataclass(frozen=True, slots=True)
class Layout:
    """One bank's way of writing a file. Words of the maps are compared by ``plain``."""

    #: Our name of a column and theirs.
    columns: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    #: Empty: the one that the header line has most of.
    delimiter: str = ""
    decimal: str = "."
    thousands: str = ""
    #: Amounts are whole minor units.
    minor_units: bool = False
    encoding: str = "utf-8"
    #: strptime's; empty: ISO 8601.
    time_format: str = ""
    #: Of times that name none.
    time_zone: str = "UTC"
    #: For files without the column.
    currency: str = ""
    kind: str = ""
    #: Rows of other terminals are left out.
    terminal_id: str = ""
    #: The kinds that the bank puts into its files: what is not there was not done.
    covers: Sequence[str] = (Verb.CAPTURE, Verb.REFUND)


def read_layout(record: Mapping[str, object], **defaults: str) -> Layout:
    """A layout from plain JSON. Raises ValueError, naming the key, for what cannot be meant."""
    values: dict[str, object] = {**defaults}
    known = {each.name: each for each in fields(Layout)}
    for key, value in record.items():
        if key not in known:
            raise ValueError(f"layout: unknown key {key}; expected one of {', '.join(known)}")
        values[key] = _read(key, value)
    layout = Layout(**values)  # type: ignore[arg-type]  # _read has checked each
    _check(layout)
    return layout


def _read(key: str, value: object) -> object:
    if key in {"columns", "kinds", "outcomes"}:
        if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in (*value, *value.values())):
            raise ValueError(f"layout: {key} must be an object of texts")
        return {plain(name) if key != "columns" else name: str(each) for name, each in value.items()}
    if key == "covers":
        if not isinstance(value, list) or not value or not all(each in set(Verb) for each in value):
            raise ValueError(f"layout: covers must be a list of {', '.join(Verb)}")
        return tuple(Verb(each) for each in value)
    wanted = bool if key == "minor_units" else str
    if not isinstance(value, wanted):
        raise ValueError(f"layout: {key} must be {'true or false' if wanted is bool else 'a text'}")
    return value


def _check(layout: Layout) -> None:
    for name in layout.columns:
        _one_of("columns", name, COLUMNS)
    for word in (*layout.kinds.values(), *([layout.kind] if layout.kind else [])):
        _one_of("kinds", word, set(Verb))
    for word in layout.outcomes.values():
        _one_of("outcomes", word, set(Outcome))
    if layout.delimiter:
        _one_of("delimiter", layout.delimiter, _DELIMITERS)
    _one_of("decimal", layout.decimal, (".", ","))
    _one_of("thousands", layout.thousands, {"", ".", ",", " ", "'"} - {layout.decimal})
    try:
        "".encode(layout.encoding)
        ZoneInfo(layout.time_zone)
    except (LookupError, ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"layout: encoding or time_zone is not known: {error}") from None


def _one_of(key: str, value: str, known: object) -> None:
    if value not in known:  # type: ignore[operator]
        raise ValueError(f"layout: {key}: {value!r} is not one of {', '.join(map(repr, sorted(known)))}")  # type: ignore[call-overload]


def delimiter_of(header: str, layout: Layout) -> str:
    """What separates the cells."""
    return layout.delimiter or max(_DELIMITERS, key=header.count)
