"""The commands of one charge point on their way out: taken in order by whoever speaks for it, and their answers."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto
from typing import Any

from django.db import transaction
from django.db.models import Q

from hardware.models import ChargePoint, Command
from hardware.redaction import redact_all
from hardware.signals import command_answered


class SupersededError(Exception):
    """Another socket speaks for the charge point now."""


class Answer(Enum):
    """How a call ended, whatever the protocol calls it."""

    ACCEPTED = auto()
    REJECTED = auto()
    NO_ANSWER = auto()


_STATES = {
    Answer.ACCEPTED: Command.State.ACCEPTED,
    Answer.REJECTED: Command.State.REJECTED,
    Answer.NO_ANSWER: Command.State.NO_ANSWER,
}


def speaks(charge_point_id: int, connection: str) -> bool:
    """Whether ``connection`` is the one that speaks for the charge point, which has not been switched off."""
    return ChargePoint.objects.filter(pk=charge_point_id, connection=connection, enabled=True).exists()


@transaction.atomic
def take(charge_point_id: int, connection: str, now: datetime) -> Command | None:
    """The next command to send, marked as sent; None when there is none.

    Besides what is queued, that is what an earlier connection sent and nobody answered, where repeating does no harm:
    a stop of a transaction that is still open, and a start that is still valid (its tag starts at most one).
    Raises SupersededError when ``connection`` no longer speaks for the charge point, or that was switched off.
    """
    charge_point = ChargePoint.objects.select_for_update().get(pk=charge_point_id)
    if charge_point.connection != connection or not charge_point.enabled:
        raise SupersededError
    earlier = Q(sent_at__lt=charge_point.connected_at)
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    unanswered_start = Q(state=Command.State.SENT, kind=Command.Kind.START, started__isnull=True)
    unanswered_stop = Q(
        state__in=(Command.State.SENT, Command.State.NO_ANSWER),
        kind=Command.Kind.STOP,
        transaction__isnull=False,
        transaction__stopped_at__isnull=True,
    )
    command = (
        Command.objects.select_related("connector")
        .filter(
            valid & (Q(state=Command.State.QUEUED) | earlier & (unanswered_start | unanswered_stop)),
            charge_point_id=charge_point_id,
        )
        .order_by("created_at")
        .first()
    )
    if command is not None:
        command.state, command.sent_at, command.tries = (
            Command.State.SENT,
            now,
            command.tries + 1,
        )
        command.save(update_fields=["state", "sent_at", "tries"])
    return command


@transaction.atomic
def answered(command: Command, answer: Answer, words: dict[str, Any], now: datetime) -> None:
    """Record and announce how the call ended, unless the command was cancelled or given up meanwhile.

    A start whose transaction has begun was accepted, whatever the answer says.
    """
    locked, words = Command.objects.select_for_update().get(pk=command.pk), redact_all(words)
    if locked.state != Command.State.SENT:
        Command.objects.filter(pk=locked.pk).update(answer=words)
        return
    begun = locked.kind == Command.Kind.START and hasattr(locked, "started")
    locked.state = Command.State.ACCEPTED if begun else _STATES[answer]
    locked.answer, locked.answered_at = words, now
    locked.save(update_fields=["state", "answer", "answered_at"])
    command_answered.send(Command, command=locked)
