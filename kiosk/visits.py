"""What a driver or staff can do: the only ways into a session from a page."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from moneyed import Money

from hardware.models import Connector
from kiosk.models import Kiosk, Session, Site, StopAttempt


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


class Refused(Exception):
    """A wish that was refused; nothing was changed. ``str()`` is a sentence for the driver."""

    def __init__(self, code: Refusal, text: str) -> None:
        super().__init__(text)
        self.code = code


def begin(*, kiosk: Kiosk, connector: Connector, hold: Money, language: str, now: datetime) -> Session:
    """Ask the card for ``hold`` and reserve the connector. Raises Refused before any money is held.

    The same wish again (a double click) gives the session that waits for the card already.
    """
    raise NotImplementedError


def parse_hold(site: Site, text: str) -> Money:
    """An amount as a driver types it: "40", "40.00", "40,50". Raises Refused."""
    raise NotImplementedError


def cancel(session: Session, *, now: datetime) -> bool:
    """The driver changed their mind before charging began. False when it is too late for that."""
    raise NotImplementedError


def ask_for_stop_card(session: Session, *, kiosk: Kiosk, language: str, now: datetime) -> StopAttempt:
    """Have the kiosk's terminal ask for a card to stop with. Raises Refused."""
    raise NotImplementedError


def withdraw_stop_card(attempt: StopAttempt, *, now: datetime) -> None:
    """The driver does not want to stop after all."""
    raise NotImplementedError


def stop_by_staff(session: Session, *, user: AbstractBaseUser, note: str, now: datetime) -> None:
    """Stop it from the admin. Raises Refused when it is not charging."""
    raise NotImplementedError
