"""What the kiosk hears from devices and money: find the session that the news is about, lock it, hand it on.

Receivers run inside the sender's transaction (hardware.signals, payments.signals), so they only write rows. The
clock is read here, once for each piece of news; everything behind this file is told the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.dispatch import Signal
from django.utils import timezone

from hardware import signals as hardware
from hardware.charger.readings import Reading
from hardware.models import ChargePoint, Command, Connector, StopReport, Transaction
from kiosk import connectors, delivery, ending, live, sessions, settling, starting, stopcards, stopping
from kiosk.lifecycle import State
from kiosk.models import Session, StopAttempt
from kiosk.timeline import Code, Source, record
from payments import signals as payments
from payments.lifecycle import Event as MoneyEvent
from payments.models import Authorisation, CardToken, Operation, Refund

_REFUND_CODES = {
    Refund.State.REQUESTED: Code.REFUND_REQUESTED,
    Refund.State.DONE: Code.REFUND_DONE,
    Refund.State.REFUSED: Code.REFUND_REFUSED,
    Refund.State.IN_DOUBT: Code.REFUND_IN_DOUBT,
}


def connect() -> None:
    """Register the receivers."""
    receivers: dict[Signal, Callable[..., None]] = {
        hardware.charge_point_changed: on_charge_point_changed,
        hardware.connector_changed: on_connector_changed,
        hardware.command_answered: on_command_answered,
        hardware.transaction_started: on_transaction_started,
        hardware.meter_read: on_meter_read,
        hardware.transaction_stopped: on_transaction_stopped,
        hardware.stop_reported: on_stop_reported,
        payments.authorisation_changed: on_authorisation_changed,
        payments.token_read: on_token_read,
        payments.refund_changed: on_refund_changed,
        payments.deadline_near: on_deadline_near,
    }
    for signal, receiver in receivers.items():
        signal.connect(receiver, dispatch_uid="kiosk")


def on_charge_point_changed(charge_point: ChargePoint, **_: Any) -> None:
    """It connected, disconnected or booted."""
    connectors.charge_point_changed(charge_point, timezone.now())


def on_connector_changed(connector: Connector, previous: str, **_: Any) -> None:
    """Its status changed."""
    connectors.connector_changed(connector, previous, timezone.now())


def on_command_answered(command: Command, **_: Any) -> None:
    """A start or a stop was accepted, rejected, unanswered or expired."""
    now = timezone.now()
    if command.kind == Command.Kind.START and (session := sessions.locked(start_command=command)):
        starting.answered(session, command, now)
    elif command.kind == Command.Kind.STOP and (session := _session_of_stop(command)):
        stopping.answered(session, command, now)


def on_transaction_started(transaction: Transaction, **_: Any) -> None:
    """The charge point begins to deliver."""
    if session := sessions.locked(start_command=transaction.command_id):
        starting.begun(session, transaction, timezone.now())


def on_meter_read(transaction: Transaction, readings: Sequence[Reading], **_: Any) -> None:
    """Figures of a running delivery."""
    Transaction.objects.select_for_update().only("pk").get(pk=transaction.pk)  # before the session: a limit may stop it
    if session := sessions.locked(start_command=transaction.command_id):
        now = timezone.now()
        if session.state == State.STARTING:
            starting.begun(session, transaction, now)  # its start was missed
        delivery.metered(session, transaction, readings, now)


def on_transaction_stopped(transaction: Transaction, readings: Sequence[Reading], **_: Any) -> None:
    """The charge point has stopped."""
    if session := sessions.locked(start_command=transaction.command_id):
        ending.reported(session, transaction, readings, timezone.now())


def on_stop_reported(report: StopReport, **_: Any) -> None:
    """A stop came again. An orphan belongs to no session; the admin lists it."""
    if report.transaction and (session := sessions.locked(start_command=report.transaction.command_id)):
        ending.repeated(session, report, timezone.now())


def on_authorisation_changed(authorisation: Authorisation, event: MoneyEvent, **_: Any) -> None:
    """A step of the money."""
    if event in (MoneyEvent.CAPTURE, MoneyEvent.RELEASE):
        return  # asked for by the session itself, or by payments on its behalf
    if (session := sessions.locked(authorisation=authorisation)) is None:
        return
    now = timezone.now()
    if event == MoneyEvent.APPROVED:
        starting.approved(session, authorisation, now)
    elif event == MoneyEvent.FOUND_HELD:
        starting.found_held(session, authorisation, now)
    else:
        settling.heard(session, authorisation, event, now)


def on_token_read(operation: Operation, card: CardToken | None, **_: Any) -> None:
    """A card was presented to stop, or none was."""
    attempt = StopAttempt.objects.select_related("session").filter(operation=operation).first()
    if attempt is None:
        return
    attempt.operation = operation
    if session := sessions.lock(attempt.session):
        stopcards.presented(session, attempt, card, timezone.now())


def on_refund_changed(refund: Refund, **_: Any) -> None:
    """Support gives money back."""
    session = Session.objects.filter(authorisation=refund.authorisation_id).first()
    if session is not None:
        details = {"amount_minor": refund.amount_minor, "currency": session.currency}
        record(session, Source.STAFF, _REFUND_CODES[Refund.State(refund.state)], now=timezone.now(), **details)
        live.publish(session.site_id)


def on_deadline_near(authorisation: Authorisation, **_: Any) -> None:
    """The money of a session is still held, and must not be for much longer."""
    if session := Session.objects.filter(authorisation=authorisation).first():
        record(session, Source.MONEY, Code.DEADLINE_NEAR, now=timezone.now())


def _session_of_stop(command: Command) -> Session | None:
    """The session that ``command`` stops; None for the stop of a transaction that was refused."""
    return sessions.locked(transaction=command.transaction_id) if command.transaction_id else None
