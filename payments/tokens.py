"""Reading the token of a card, as a driver does to stop: no money is involved."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hardware.models import Terminal
from payments import operations
from payments.authorisations import require_ready
from payments.models import CardToken, Operation
from payments.signals import announce, token_read


def read_token(*, terminal: Terminal, language: str, now: datetime) -> Operation:
    """Ask for a card at ``terminal``. Returns at once; the card is announced. Raises TerminalBusy, TerminalNotReady."""
    require_ready(terminal)
    with transaction.atomic():
        return operations.enqueue(Operation.Kind.READ_TOKEN, terminal, now, language=language)


def cancel_token_read(operation: Operation, now: datetime, reason: str = "cancelled") -> None:
    """The driver changed their mind: cancelled while it waits, aborted (a wish) while it is under way."""
    with transaction.atomic():
        current = operations.locked(operation.pk)
        if operations.cancel(current, now, reason):
            announce_card(current, None)
        elif current.state == Operation.State.IN_FLIGHT:
            operations.want_abort(current)


def announce_card(operation: Operation, card: CardToken | None) -> None:
    """Say which card was presented, or that none was. Call inside the transaction that records it."""
    announce(token_read, operation=operation, card=card)
