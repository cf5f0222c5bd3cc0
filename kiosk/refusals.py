"""Why a wish is refused, and the words for it: what happened, that no money was taken, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(StrEnum):
    """Why a wish was refused."""

    CONNECTOR_UNKNOWN = "connector_unknown"
    CONNECTOR_BUSY = "connector_busy"
    CONNECTOR_OFFLINE = "connector_offline"
    CONNECTOR_FAULT = "connector_fault"
    CONNECTOR_DISABLED = "connector_disabled"
    TERMINAL_BUSY = "terminal_busy"
    TERMINAL_UNAVAILABLE = "terminal_unavailable"
    AMOUNT_INVALID = "amount_invalid"
    AMOUNT_TOO_SMALL = "amount_too_small"
    AMOUNT_TOO_LARGE = "amount_too_large"
    NOT_STOPPABLE = "not_stoppable"
    KIOSK_CLOSED = "kiosk_closed"


_SENTENCES: Mapping[Refusal, Promise] = {
    Refusal.CONNECTOR_UNKNOWN: _("This charge point is not on sale here. No money was taken. Please choose another."),
    Refusal.CONNECTOR_BUSY: _("This charge point is in use. No money was taken. Please choose another."),
    Refusal.CONNECTOR_OFFLINE: _("This charge point cannot be reached. No money was taken. Please choose another."),
    Refusal.CONNECTOR_FAULT: _("This charge point has a fault. No money was taken. Please choose another."),
    Refusal.CONNECTOR_DISABLED: _("This charge point is out of service. No money was taken. Please choose another."),
    Refusal.TERMINAL_BUSY: _(
        "The payment terminal is serving someone else. No money was taken. Please try again soon."
    ),
    Refusal.TERMINAL_UNAVAILABLE: _(
        "The payment terminal is not available. No money was taken. Please try again later or call the help line."
    ),
    Refusal.AMOUNT_INVALID: _("This is not an amount. No money was taken. Please type one such as %(example)s."),
    Refusal.AMOUNT_TOO_SMALL: _("This amount is too small. No money was taken. Please choose %(bound)s or more."),
    Refusal.AMOUNT_TOO_LARGE: _("This amount is too large. No money was taken. Please choose %(bound)s or less."),
    Refusal.NOT_STOPPABLE: _("This session is not charging, so there is nothing to stop. No money was taken."),
    Refusal.KIOSK_CLOSED: _("This kiosk is closed. No money was taken. Please call the help line."),
}


class Refused(Exception):
    """A wish that was refused; nothing was changed. ``str()`` is a sentence for the driver, in the active language."""

    def __init__(self, code: Refusal, **details: str) -> None:
        super().__init__(str(_SENTENCES[code]) % details if details else str(_SENTENCES[code]))
        self.code = code
