"""What the technician reads: what happened, whether money moved, and what to do now."""

from __future__ import annotations

from moneyed import Money

from hardware.terminal.interface import Card, NotSent, Outcome, Status, TerminalError

#: What to do about a request that was not sent, by its reason.
_ADVICE = {
    "refused": "Check that the terminal is on, its address and port, and the cable; then try again.",
    "connect_timeout": "Check that the terminal is on, its address and the network between; then try again.",
    "certificate": "The profile's verify_tls may name the file of the authority that signed it.",
    "busy": "The terminal does something else: wait, or end that with abort.",
    "logged_out": "Log the terminal in at its own menu, then try again.",
    "reprint_required": "The terminal wants its last receipt printed again: do that at its menu, then try again.",
    "inoperable": "The terminal is locked: its own screen or CCV's helpdesk says why.",
    "unsupported": "Another terminal, or another setting of the profile, may be able to.",
    "invalid_request": "Check amount, currency and profile.",
}
_ENDED = {
    Outcome.DECLINED: "Declined",
    Outcome.ABORTED: "Aborted at the terminal",
    Outcome.TIMED_OUT: "Nobody presented a card in time",
}


def amount(money: Money) -> str:
    """``EUR 40.00``"""
    return f"{money.currency.code} {money.amount}"


def card(found: Card | None) -> str:
    """The card as it may be shown: ``VISA ending in 1001``."""
    if found is None:
        return "a card"
    return f"{found.brand or 'a card'}{f' ending in {found.last_four}' if found.last_four else ''}"


def refusal(outcome: Outcome, reason: str) -> str:
    """What a refusal means."""
    return f"{_ENDED[outcome]}{f': {reason}' if reason else ''}. No money moved."


def not_sent(error: NotSent) -> str:
    """What to do about a request that provably never reached the terminal."""
    why = f" ({error.reason})" if error.reason else ""
    return f"Not done: {error}{why}. No money moved. {_ADVICE.get(error.reason, 'It may be tried again.')}"


def unknown(error: TerminalError, command: str) -> str:
    """What to do about a request of which nobody knows what became."""
    return (
        f"Nobody knows: {error} ({error.reason}). Money may have moved, so do not repeat it.\n"
        f"Ask what became of it:  {command} recover"
    )


def status(found: Status) -> str:
    """How the terminal is."""
    detail = f" ({found.detail})" if found.detail else ""
    return f"Terminal {found.terminal_id or '(id not told)'}: {found.readiness}{detail}"
