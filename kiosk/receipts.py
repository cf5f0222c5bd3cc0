"""Receipts: numbered without gaps within a site, frozen when issued (reference: ev-charging 5.5)."""

from __future__ import annotations

from datetime import datetime

from kiosk.models import Receipt, Session


def issue(session: Session, now: datetime) -> Receipt:
    """The receipt of a finished session, made the first time it is asked for."""
    raise NotImplementedError
