"""The dialogue in clear text for a technician: what is known to be harmless, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from hardware.redaction import redact_all
from hardware.terminal.interface import TerminalError, Trace
from hardware.terminal.payproxy import codec
from hardware.terminal.payproxy.profile import Profile

_HARMLESS = frozenset(
    {
        *("amount", "currency", "paymentType", "requestId", "captureCancellationReasonCode"),
        *("terminalOperatingEnvironment", "terminalAccessProtocol", "terminalLanguage", "terminalEnvironment"),
        *("status", "stan", "timestamp", "card", "maskedCardNumber", "declineReason", "authReferenceVersion"),
        *("terminalAction", "terminalId", "terminalState", "text", "textId", "languageCode", "displayText"),
    }
)
_HIDDEN = "(hidden)"


class Tracer:
    """Tells ``trace`` about requests and answers; fields that it does not know to be harmless only by their name."""

    def __init__(self, profile: Profile, trace: Trace | None) -> None:
        names = profile.fields
        secret = {names.token, names.par, names.reference, "token", "par", "authReference"}
        self._shown = (_HARMLESS | {names.request_id, names.brand, names.reason, names.display_text}) - secret
        self._trace = trace

    def sent(self, method: str, path: str, body: bytes | None) -> None:
        """A request is about to be sent."""
        if self._trace is not None:
            self._trace(f"> {method} {path} {self._clear(body) if body is not None else ''}".rstrip())

    def received(self, body: bytes) -> None:
        """An answer came."""
        if self._trace is not None:
            self._trace(f"< {self._clear(body)}")

    def failed(self, error: TerminalError) -> None:
        """No answer came, or none that counts."""
        if self._trace is not None:
            self._trace(f"! {type(error).__name__}: {error}")

    def _clear(self, body: bytes) -> str:
        try:
            fields: Mapping[str, object] = codec.decode(body)
        except ValueError:
            return f"({len(body)} bytes that cannot be read)"
        shown = {name: self._value(name, value) for name, value in fields.items()}
        return "  ".join(
            f"{codec.printable(name)}={codec.printable(value)}" for name, value in redact_all(shown).items()
        )

    def _value(self, name: str, value: object) -> str:
        return str(value) if name in self._shown and isinstance(value, str | int | Decimal) else _HIDDEN
