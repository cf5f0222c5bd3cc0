"""What is asked of charge points: a row first, a wake-up after commit (design: intent first).

Whoever speaks for the charge point (the OCPP consumer) takes the rows in order. What charge points report, answers
included, is written by hardware.reports; nobody else writes a command's state.
"""

from __future__ import annotations

import secrets
import string
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from hardware import bus
from hardware.among import Among
from hardware.keys import check_key, new_key, set_key
from hardware.models import ChargePoint, Command, Connector, Transaction
from hardware.signals import command_answered

__all__ = [
    "cancel_start",
    "check_key",
    "new_key",
    "request_configure",
    "request_reset",
    "request_start",
    "request_stop",
    "request_trigger",
    "request_unlock",
    "set_key",
    "silent_charge_points",
    "wake_open_commands",
]

OPEN = (Command.State.QUEUED, Command.State.SENT)
#: A queued command older than this missed its wake-up.
WAKE_AFTER = timedelta(seconds=2)
#: A charge point that has not answered by then will not.
ANSWER_WITHIN = timedelta(seconds=30)
#: An unlock or a reset that waited longer than this would surprise another driver.
_SHORT = timedelta(seconds=60)
_TAG_LETTERS = string.ascii_letters + string.digits


def request_start(connector: Connector, *, now: datetime, expires_at: datetime) -> Command:
    """Ask for a transaction on ``connector``; the command carries the single-use idTag. Not sent after ``expires_at``."""
    tag = "".join(secrets.choice(_TAG_LETTERS) for _ in range(20))
    return _queue(
        Command(
            connector=connector,
            kind=Command.Kind.START,
            id_tag=tag,
            expires_at=expires_at,
        ),
        connector.charge_point_id,
        now,
    )


def cancel_start(command: Command, *, now: datetime) -> bool:
    """See to it that the start's tag begins nothing any more. False when its transaction has already begun.

    A charge point that was told already may still try: its StartTransaction is then refused and stopped.
    """
    with transaction.atomic():
        locked = Command.objects.select_for_update().get(pk=command.pk)
        if Transaction.objects.filter(command=locked).exists():
            return False
        if locked.state not in (
            Command.State.REJECTED,
            Command.State.EXPIRED,
            Command.State.CANCELLED,
        ):
            Command.objects.filter(pk=locked.pk).update(state=Command.State.CANCELLED, answered_at=now)
    command.refresh_from_db()
    return True


def request_stop(charging: Transaction, *, now: datetime) -> Command:
    """Ask to end a transaction. While an earlier request waits or is unanswered, that one is returned."""
    with transaction.atomic():
        locked = Transaction.objects.select_for_update().get(pk=charging.pk)
        stops = Command.objects.filter(transaction=locked, kind=Command.Kind.STOP)
        if earlier := stops.filter(state__in=OPEN).first():
            return earlier
        return _queue(
            Command(
                connector_id=locked.connector_id,
                transaction=locked,
                kind=Command.Kind.STOP,
                payload={"transactionId": locked.pk},
            ),
            locked.charge_point_id,
            now,
        )


def request_unlock(connector: Connector, *, now: datetime, expires_at: datetime | None = None) -> Command:
    """Ask to let go of the cable, within the next minute unless ``expires_at`` says otherwise."""
    return _queue(
        Command(
            connector=connector,
            kind=Command.Kind.UNLOCK,
            expires_at=expires_at or now + _SHORT,
        ),
        connector.charge_point_id,
        now,
    )


def request_reset(charge_point: ChargePoint, *, now: datetime, hard: bool = False) -> Command:
    """Ask to restart, within the next minute: softly (transactions end in good order) or at once."""
    payload = {"type": "Hard" if hard else "Soft"}
    return _queue(
        Command(kind=Command.Kind.RESET, payload=payload, expires_at=now + _SHORT),
        charge_point.pk,
        now,
    )


def request_trigger(
    charge_point: ChargePoint,
    message: str,
    *,
    now: datetime,
    connector: Connector | None = None,
) -> Command:
    """Ask the charge point to send ``message`` now: StatusNotification, MeterValues, Heartbeat, BootNotification."""
    return _queue(
        Command(
            connector=connector,
            kind=Command.Kind.TRIGGER,
            payload={"requestedMessage": message},
            expires_at=now + _SHORT,
        ),
        charge_point.pk,
        now,
    )


def request_configure(charge_point: ChargePoint, key: str, value: str, *, now: datetime) -> Command:
    """Ask to set one configuration key."""
    return _queue(
        Command(kind=Command.Kind.CONFIGURE, payload={"key": key, "value": value}),
        charge_point.pk,
        now,
    )


def wake_open_commands(now: datetime) -> int:
    """For the sweep: make up for lost wake-ups, end what is overdue. Returns the number of commands touched.

    Queued commands whose time is over expire, sent ones without an answer for 30 s count as unanswered (both are
    announced by ``command_answered``); what is still queued after 2 s is published again. A stop that was never
    answered is sent again when its charge point reconnects while the transaction is open (hardware.reports).
    """
    unanswered = Command.objects.filter(Among("state", OPEN))
    overdue = unanswered.filter(state=Command.State.QUEUED, expires_at__lte=now)
    silent = unanswered.filter(state=Command.State.SENT, sent_at__lte=now - ANSWER_WITHIN)
    touched = sum(_end(command, Command.State.EXPIRED, now) for command in overdue.select_related("charge_point"))
    touched += sum(_end(command, Command.State.NO_ANSWER, now) for command in silent.select_related("charge_point"))
    waiting = unanswered.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now),
        state=Command.State.QUEUED,
        created_at__lte=now - WAKE_AFTER,
        charge_point__enabled=True,
    ).exclude(charge_point__connection="")
    keys = list(waiting.values_list("charge_point_id", flat=True))
    for key in set(keys):
        bus.publish("charger", key)
    return touched + len(keys)


def silent_charge_points(now: datetime) -> list[ChargePoint]:
    """The enabled charge points without a sign of life for longer than their ``silent_after_s``, or ever."""
    return [
        charge_point
        for charge_point in ChargePoint.objects.filter(enabled=True)
        if charge_point.last_seen_at is None
        or now - charge_point.last_seen_at > timedelta(seconds=charge_point.silent_after_s)
    ]


def _queue(command: Command, charge_point_id: int, now: datetime) -> Command:
    command.charge_point_id = charge_point_id
    command.created_at = now
    command.save(force_insert=True)
    bus.publish("charger", charge_point_id)
    return command


def _end(command: Command, state: Command.State, now: datetime) -> bool:
    """Move an open command to ``state`` and announce it, unless somebody else moved it first."""
    with transaction.atomic():
        mine = Command.objects.filter(pk=command.pk, state=command.state).update(state=state, answered_at=now)
        if mine:
            command.state, command.answered_at = state, now
            command_answered.send(Command, command=command)
    return bool(mine)
