"""The dialogue in clear text for a technician: what is known to be harmless, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from hardware.redaction import redact
from hardware.terminal.ccv import transactions
from hardware.terminal.interface import TerminalError, Trace
from hardware.terminal.payproxy import codec

_HARMLESS = frozenset(
    {
        *("transactionType", "type", "method", "amount", "currency", "language", "merchantOrderReference", "status"),
        *("failureCode", "brand", "created", "lastUpdate", "statusFinalDate", "message"),
        *("details.terminalId", "details.managementSystemId", "details.accessProtocol", "details.operatingEnvironment"),
        *("details.merchantLanguage", "details.supportPartialApproval", "details.authorisedAmount"),
        "details.terminalMessage",
    }
)
_HIDDEN = "(hidden)"


class Tracer:
    """Tells ``trace`` about requests and answers; fields that it does not know to be harmless only by their name."""

    def __init__(self, trace: Trace | None) -> None:
        self._trace = trace

    def sent(self, method: str, path: str, body: bytes | None) -> None:
        """A request is about to be sent. What its query asks for is a reference, and not shown."""
        if self._trace is not None:
            self._trace(f"> {method} {path.partition('?')[0]} {_clear(body) if body is not None else ''}".rstrip())

    def received(self, status: int, body: bytes) -> None:
        """An answer came."""
        if self._trace is not None:
            self._trace(f"< {status} {_clear(body)}".rstrip())

    def failed(self, error: TerminalError) -> None:
        """No answer came."""
        if self._trace is not None:
            self._trace(f"! {type(error).__name__}: {error}")


def _clear(body: bytes) -> str:
    try:
        found = transactions.decode(body)
    except ValueError:
        return f"({len(body)} bytes that cannot be read)"
    if isinstance(found, list):
        return f"({len(found)} transactions)"
    if not isinstance(found, dict):
        return "(no object)"
    return "  ".join(f"{codec.printable(redact(name))}={codec.printable(value)}" for name, value in _fields(found))


def _fields(found: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    for each, value in found.items():
        name = above + str(each)
        if isinstance(value, Mapping) and not above:
            yield from _fields(value, f"{name}.")
        else:
            shown = name in _HARMLESS and isinstance(value, str | int | Decimal)
            yield name, redact(str(value)) if shown else _HIDDEN
