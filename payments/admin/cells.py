"""How money, cards and their states are shown."""

from __future__ import annotations

from collections.abc import Callable

from babel.numbers import format_currency
from django.db.models import Model
from django.utils.safestring import SafeString
from moneyed import Money

from hardware.admin.base import Tone, badge, locale, page_of
from payments.lifecycle import State
from payments.models import Authorisation, Operation, Refund
from payments.money import from_minor

AUTHORISATION_TONES = {
    State.PENDING: Tone.BUSY,
    State.AUTHORISED: Tone.BUSY,
    State.CAPTURING: Tone.BUSY,
    State.RELEASING: Tone.BUSY,
    State.CAPTURED: Tone.GOOD,
    State.RELEASED: Tone.QUIET,
    State.DECLINED: Tone.WARNING,
    State.FAILED: Tone.QUIET,
    State.IN_DOUBT: Tone.BAD,
}
OPERATION_TONES = {
    Operation.State.QUEUED: Tone.BUSY,
    Operation.State.IN_FLIGHT: Tone.BUSY,
    Operation.State.ANSWERED: Tone.GOOD,
    Operation.State.NOT_SENT: Tone.WARNING,
    Operation.State.UNKNOWN: Tone.BAD,
    Operation.State.CANCELLED: Tone.QUIET,
}
REFUND_TONES = {
    Refund.State.REQUESTED: Tone.BUSY,
    Refund.State.DONE: Tone.GOOD,
    Refund.State.REFUSED: Tone.WARNING,
    Refund.State.IN_DOUBT: Tone.BAD,
}

#: What an authorisation paid for, for links back; the app that sells something adds itself.
SUBJECTS: list[Callable[[Authorisation], Model | None]] = []

#: What the buyer got for it, as label and value, for whoever decides about money in doubt; the same app adds it.
DELIVERIES: list[Callable[[Authorisation], list[tuple[str, str]]]] = []


def subject(authorisation: Authorisation) -> Model | None:
    """What was paid for with ``authorisation``."""
    return next((found for find in SUBJECTS if (found := find(authorisation)) is not None), None)


def home(authorisation: Authorisation) -> str:
    """The address to go back to: the page of what was paid for, else the authorisation's own."""
    return page_of(subject(authorisation) or authorisation)


def money(minor: int, currency: str) -> str:
    """An amount as it is written in the active language."""
    return money_text(from_minor(minor, currency)) if currency else ""


def money_text(amount: Money) -> str:
    """The same for money."""
    return format_currency(amount.amount, amount.currency.code, locale=locale())


def authorisation_badge(authorisation: Authorisation) -> SafeString:
    """Where the hold is."""
    return badge(authorisation.get_state_display(), AUTHORISATION_TONES[State(authorisation.state)])


def operation_badge(operation: Operation) -> SafeString:
    """Where a question to a terminal is, and what a trusted answer said."""
    tone = OPERATION_TONES[Operation.State(operation.state)]
    if operation.state == Operation.State.ANSWERED and operation.outcome != "approved":
        tone = Tone.WARNING
    return badge(operation.get_state_display(), tone)


def refund_badge(refund: Refund) -> SafeString:
    """Where a refund is."""
    return badge(refund.get_state_display(), REFUND_TONES[Refund.State(refund.state)])
