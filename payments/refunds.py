"""Giving money back: the one writer of Refund.state and of what is reserved for refunds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from moneyed import Money

from hardware.redaction import redact
from hardware.terminal.interface import Capability
from hardware.terminals import driver
from payments import journal, operations
from payments.errors import RefundRefused
from payments.lifecycle import State
from payments.models import Authorisation, Operation, Refund
from payments.money import to_minor
from payments.signals import announce, refund_changed


def refund(
    *,
    authorisation: Authorisation,
    amount: Money,
    quoted_refundable: Money,
    reason: str,
    user: AbstractBaseUser | None,
    refund_id: UUID,
    now: datetime,
) -> Refund:
    """Give back ``amount`` of what was captured.

    ``refund_id`` is made by the form: the same one again returns the first refund. ``quoted_refundable`` is what the
    agent saw; when it is no longer true somebody else was faster. The amount is reserved at once and given back to
    what can be refunded if the terminal refuses. Raises RefundRefused.
    """
    if (earlier := _earlier(refund_id, authorisation, amount)) is not None:
        return earlier
    authorisation.refresh_from_db()
    _require_refundable(authorisation, amount, quoted_refundable)
    with transaction.atomic():
        Authorisation.objects.select_for_update(no_key=True).only("pk").get(pk=authorisation.pk)
        if (earlier := _earlier(refund_id, authorisation, amount)) is not None:  # a click that overtook this one
            return earlier
        if not _reserve(authorisation, amount, quoted_refundable):
            raise RefundRefused("stale")
        row = Refund.objects.create(
            id=refund_id,
            authorisation=authorisation,
            amount_minor=to_minor(amount),
            reason=reason,
            requested_by_id=user.pk if user else None,
            created_at=now,
        )
        operation = operations.enqueue(
            Operation.Kind.REFUND,
            authorisation.terminal,
            now,
            authorisation=authorisation,
            refund=row,
            amount_minor=row.amount_minor,
            currency=authorisation.currency,
        )
        with journal.because(user_id=row.requested_by_id, operation_id=operation.pk, refund_id=row.pk):
            was = authorisation.captured_minor - to_minor(quoted_refundable)
            journal.write(authorisation.pk, "refund_reserved", now, {"refunded_minor": was})
        announce(refund_changed, refund=row)
    authorisation.refresh_from_db()
    return row


def conclude(row: Refund, state: Refund.State, now: datetime, detail: str = "") -> bool:
    """Write what became of a refund, and announce it. Call inside a transaction.

    A refused one gives back what it had reserved; one in doubt keeps it. False when nothing was changed.
    """
    done = state is not Refund.State.IN_DOUBT
    fields = {"state": state, "detail": redact(detail)[:200], "finished_at": now if done else None}
    open_states = [Refund.State.REQUESTED, Refund.State.IN_DOUBT]
    if not Refund.objects.filter(pk=row.pk, state__in=open_states).exclude(state=state).update(**fields):
        return False
    authorisation = Authorisation.objects.select_for_update(no_key=True).filter(pk=row.authorisation_id)
    reserved = authorisation.values_list("refunded_minor", flat=True).get()
    if state is Refund.State.REFUSED:
        authorisation.update(refunded_minor=reserved - row.amount_minor)
    with journal.because(refund_id=row.pk):
        journal.write(row.authorisation_id, f"refund_{state}", now, {"refunded_minor": reserved})
    row.refresh_from_db()
    announce(refund_changed, refund=row)
    return True


def _earlier(refund_id: UUID, authorisation: Authorisation, amount: Money) -> Refund | None:
    earlier = Refund.objects.select_related("authorisation").filter(pk=refund_id).first()
    if earlier is None:
        return None
    if earlier.authorisation_id != authorisation.pk or earlier.amount != amount:
        raise RefundRefused("other")
    return earlier


def _require_refundable(authorisation: Authorisation, amount: Money, quoted: Money) -> None:
    if authorisation.state != State.CAPTURED:
        raise RefundRefused("in_doubt" if authorisation.state == State.IN_DOUBT else "not_captured")
    if {amount.currency.code, quoted.currency.code} != {authorisation.currency}:
        raise RefundRefused("currency")
    if amount.amount <= 0:
        raise RefundRefused("nothing")
    if quoted != authorisation.refundable:
        raise RefundRefused("stale")
    if amount > quoted:
        raise RefundRefused("too_much")
    try:
        capabilities = driver(authorisation.terminal).capabilities
    except ValueError:
        raise RefundRefused("misconfigured") from None
    if Capability.REFUND not in capabilities:
        raise RefundRefused("unsupported")


def _reserve(authorisation: Authorisation, amount: Money, quoted: Money) -> bool:
    """Reserve ``amount`` if what can be refunded is still what was quoted."""
    unchanged = Authorisation.objects.filter(
        pk=authorisation.pk, state=State.CAPTURED, refunded_minor=F("captured_minor") - to_minor(quoted)
    )
    return bool(unchanged.update(refunded_minor=F("refunded_minor") + to_minor(amount)))
