"""The evidence on the page where a person decides: what was sent, what the terminal and the lists say, what was sold."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hardware.admin.base import moment, page_of
from hardware.admin.terminals import terminal_badge
from hardware.terminal.interface import Capability
from hardware.terminals import driver
from payments import evidence
from payments.admin import wording
from payments.admin.cells import DELIVERIES, money, money_text, operation_badge, subject
from payments.admin.forms import found_text
from payments.admin.troubles import failure, trouble
from payments.evidence import Hint, Why
from payments.models import Authorisation, Decision, Evidence, Operation, Reconciliation, Refund
from payments.reconciliation import runs

_WHY: dict[Why, Promise] = {
    Why.TAKEN: gettext_lazy("The list has a capture of %(amount)s for this payment."),
    Why.RELEASED: gettext_lazy("The list has a release of this hold and no capture."),
    Why.DECLINED: gettext_lazy("The list has the request, and the card was declined."),
    Why.NOTHING: gettext_lazy("The terminal's own list, asked well after the request, has nothing for it."),
    Why.STILL_HELD: gettext_lazy(
        "The terminal's own list, asked well after the request, does not have it. The hold can be settled once more."
    ),
    Why.REFUNDED: gettext_lazy("The list has the refund."),
    Why.NOT_REFUNDED: gettext_lazy("The terminal's own list, asked well after the request, does not have the refund."),
    Why.HELD_OUT_OF_REACH: gettext_lazy(
        "The bank holds the money, and what is needed to settle it was lost with the answer. Have the bank release the "
        "hold, then decide that it was released."
    ),
    Why.TWICE: gettext_lazy("The list has more than one capture of this hold. Ask the bank before you decide."),
    Why.SAYS_NOTHING: gettext_lazy(
        "Nothing that is known here says what became of it. Ask for the terminal's list, compare a file of the bank, or "
        "look at the bank's own pages."
    ),
}


def context(authorisation: Authorisation, refund: Refund | None = None) -> dict[str, Any]:
    """For the template: everything that is known."""
    operations = _operations(authorisation, refund)
    lists = evidence.told(authorisation)
    found = evidence.refund_hint(refund, lists) if refund else evidence.hint(authorisation, lists)
    asking = Reconciliation.objects.filter(
        terminal=authorisation.terminal, source=Reconciliation.Source.TERMINAL, state__in=Reconciliation.OPEN
    )
    return {
        "facts": _facts(authorisation),
        "sent": [_sent(each) for each in operations],
        "terminal": authorisation.terminal,
        "terminal_badge": terminal_badge(authorisation.terminal),
        "terminal_asked": moment(authorisation.terminal.state_at),
        "since": [text for each in operations if (text := _since(each))],
        "lists": [(run, moment(run.started_at), [_line(each) for each in rows]) for run, rows in lists],
        "can_ask": runs.has_list(authorisation.terminal),
        "asking": asking.exists(),
        "failed": _failed(authorisation),
        "delivered": [fact for tell in DELIVERIES for fact in tell(authorisation)],
        "paid_for": page_of(sold) if (sold := subject(authorisation)) is not None else "",
        "hint": _hint(found, authorisation),
        "suggested": _suggested(found),
    }


def decided(authorisation: Authorisation, refund: Refund | None = None) -> str:
    """Who decided what, for the one who came second; or that the terminal was faster."""
    row = Decision.objects.filter(authorisation=authorisation, refund=refund).select_related("user").first()
    if row is None:
        return _("The terminal's answer was found, so nobody needs to decide.")
    told = {"user": row.user, "at": moment(row.at), "what": found_text(row.event), "note": row.note}
    return _("%(user)s decided, %(at)s: %(what)s. “%(note)s”") % told


def _facts(authorisation: Authorisation) -> list[tuple[str, object]]:
    return [
        (_("Reference"), authorisation.reference),
        (_("Card"), authorisation.card or "—"),
        (_("STAN"), authorisation.stan or "—"),
        (_("Asked for"), money_text(authorisation.requested)),
        (_("Held"), money_text(authorisation.authorised)),
    ]


def _operations(authorisation: Authorisation, refund: Refund | None) -> list[Operation]:
    rows = authorisation.operations.select_related("terminal").order_by("created_at", "request_id")
    return list(rows.filter(refund=refund) if refund else rows.filter(refund__isnull=True))


def _sent(operation: Operation) -> dict[str, Any]:
    """One question: what, when, for how long, and what went wrong."""
    took = operation.finished_at - operation.started_at if operation.finished_at and operation.started_at else None
    seconds = int(took.total_seconds()) if took is not None else None
    return {
        "operation": operation,
        "badge": operation_badge(operation),
        "amount": money(operation.amount_minor, operation.currency) if operation.amount_minor else "",
        "asked": moment(operation.started_at) or _("not yet"),
        "took": ""
        if seconds is None
        else ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds},
        "trouble": trouble(operation.detail) if operation.detail else "",
        "receipt": operation.receipt,
        "url": page_of(operation),
    }


def _since(operation: Operation) -> str:
    """What recovery did about an operation in doubt."""
    if operation.state != Operation.State.UNKNOWN:
        return ""
    about = {"operation": operation.get_kind_display(), "request_id": operation.request_id}
    try:
        able = Capability.RECOVER in driver(operation.terminal).capabilities
    except ValueError:
        able = False
    if not able:
        return _("This terminal cannot tell what became of the %(operation)s (request %(request_id)s).") % about
    times = operation.recovery_tries
    said = ngettext(
        "Asked %(count)s time what became of the %(operation)s (request %(request_id)s), it could not tell.",
        "Asked %(count)s times what became of the %(operation)s (request %(request_id)s), it could not tell.",
        times,
    ) % {**about, "count": times}
    if operation.recovery_at is None:
        return said
    again = _("It is asked again at %(at)s.") % {"at": moment(operation.recovery_at)}
    return f"{said} {again}"


def _line(row: Evidence) -> dict[str, Any]:
    known = Operation.Kind(row.kind).label
    return {
        "kind": known,
        "request_id": row.request_id or "—",
        "outcome": wording.outcome(row.outcome),
        "amount": money(row.amount_minor, row.currency) if row.amount_minor else "",
        "at": moment(row.at),
        "stan": row.stan,
        "place": row.place,
        "nothing": not row.outcome,
        "stranger": row.operation_id is None,
    }


def _failed(authorisation: Authorisation) -> str:
    """Why the terminal's list could not be had the last time that it was asked for."""
    mine = Reconciliation.objects.filter(
        terminal=authorisation.terminal, source=Reconciliation.Source.TERMINAL, created_at__gte=authorisation.created_at
    )
    last = mine.exclude(state__in=Reconciliation.OPEN).order_by("-created_at", "-pk").first()
    return failure(last) if last is not None and last.state == Reconciliation.State.FAILED else ""


def _hint(found: Hint, authorisation: Authorisation) -> str:
    return str(_WHY[found.why]) % {"amount": money_text(found.amount or authorisation.captured)}


def _suggested(found: Hint) -> str:
    """The decision that the evidence suggests, in the words of the form."""
    event = evidence.SUGGESTS.get(found.why)
    return found_text(event) if event else ""
