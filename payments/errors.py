"""What payments refuses, in words a caller can act on."""

from __future__ import annotations

from hardware.models import Terminal


class TerminalBusy(Exception):
    """Another cardholder is being served at the terminal."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(f"{terminal} is serving another cardholder")


class TerminalNotReady(Exception):
    """The terminal cannot serve anybody now.

    ``reason``: ``disabled``, ``attention``, ``unreachable``, ``misconfigured``, ``recovering`` (it must first say what
    became of an earlier request) or ``cannot_<verb>``.
    """

    def __init__(self, terminal: Terminal, reason: str) -> None:
        super().__init__(f"{terminal} is not ready: {reason}")
        self.reason = reason


class RefundRefused(Exception):
    """A refund that was not even started; nothing was changed.

    ``code``: ``stale`` (the quoted amount is no longer what can be refunded), ``too_much``, ``nothing`` (zero or
    negative), ``currency``, ``in_doubt``, ``not_captured``, ``unsupported`` (the terminal cannot refund),
    ``misconfigured`` (nor be opened), ``other`` (this refund id was used for something else).
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"refund refused: {code}")
        self.code = code


class NotInDoubt(Exception):
    """There is nothing to decide: it was never in doubt, or somebody or something else decided first."""
