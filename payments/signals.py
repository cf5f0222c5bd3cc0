"""What became of money, announced to whoever listens (kiosk does).

Sent inside the database transaction that records it: what a listener writes is committed together with it.

    authorisation_changed  authorisation, event      after every step of payments.lifecycle, ``event`` from there
    token_read             operation, card           a card was presented, or ``card`` is None (see operation.state
                                                     and operation.outcome: aborted, timed out, not sent, unknown)
    refund_changed         refund
"""

from __future__ import annotations

from django.dispatch import Signal

authorisation_changed = Signal()
token_read = Signal()
refund_changed = Signal()
