"""What became of money, announced to whoever listens (kiosk does).

Sent inside the database transaction that records it: what a listener writes is committed together with it.

    authorisation_changed  authorisation, event      after every step of payments.lifecycle, ``event`` from there
    token_read             operation, card           a card was presented, or ``card`` is None (see operation.state
                                                     and operation.outcome: aborted, timed out, not sent, unknown)
    refund_changed         refund
    deadline_near          authorisation             an open hold came nearer to its deadline (its ``escalation``)
"""

from __future__ import annotations

import logging

from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger(__name__)

authorisation_changed = Signal()
token_read = Signal()
refund_changed = Signal()
deadline_near = Signal()


def announce(signal: Signal, **news: object) -> None:
    """Tell the listeners. One that fails loses what the listeners wrote, never what is being announced.

    The listeners' writes are a savepoint in the transaction that records the money; kiosk's sweep catches up.
    """
    try:
        with transaction.atomic():
            signal.send(sender=None, **news)
    except Exception:
        logger.exception("a listener failed; what it was told is recorded all the same")
