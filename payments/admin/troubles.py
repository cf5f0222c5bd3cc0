"""What a driver's machine words mean, for the person who decides what became of the money."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.models import Reconciliation

_TROUBLES: dict[str, Promise] = {
    "timeout": _("No answer came in time."),
    "connection_lost": _("The connection broke after the request was sent."),
    "garbled": _("The answer could not be read."),
    "other_request": _("The answer was about another request."),
    "other_amount": _("The answer was about another amount."),
    "other_currency": _("The answer was about another currency."),
    "other_kind": _("The answer was about something else."),
    "other_time": _("What the terminal found later was from another time."),
    "no_amount": _("The answer said no amount."),
    "no_reference": _("The answer lacked what is needed to settle the hold."),
    "no_handle": _("The answer lacked what is needed to settle the hold."),
    "no_token": _("The answer named no card."),
    "no_card": _("The answer named no card."),
    "unknown_status": _("The answer had a word that we do not know."),
    "host_timeout": _("The terminal got no answer from the bank in time."),
    "test_mode": _("The terminal is in test mode."),
    "worker_lost": _("Our program was interrupted while it waited for the answer."),
    "defect": _("A fault in our program kept it from reading the answer."),
    "refused": _("The terminal could not be reached; nothing was sent."),
    "connect_timeout": _("The terminal could not be reached; nothing was sent."),
    "certificate": _("The terminal's certificate is not trusted; nothing was sent."),
    "busy": _("The terminal was busy and did not begin."),
    "logged_out": _("The terminal was logged out and did not begin."),
    "reprint_required": _("The terminal first wants a receipt printed again, and did not begin."),
    "inoperable": _("The terminal was out of order and did not begin."),
    "misconfigured": _("The terminal's record is wrong; nothing was sent."),
    "decided": _("A person decided."),
}


def trouble(word: str) -> str:
    """``word`` in plain words; one that is not known is shown as it is."""
    if word.startswith("http_"):
        return str(_("The terminal answered with an error (HTTP %(code)s).") % {"code": word.removeprefix("http_")})
    return str(_TROUBLES.get(word, word))


#: What keeps a terminal's day from being closed, by DayClosing.detail.
_OBSTACLES: dict[str, Promise] = {
    "holds_open": _("Money is held there, and the terminal could charge or free it at its end of day."),
    "in_doubt": _("Money is in doubt there."),
    "busy": _("The terminal was busy."),
    "in_use": _("The terminal was busy."),
    "disabled": _("The terminal is switched off."),
    "unsupported": _("The terminal has no end of day, or it is switched off."),
    "misconfigured": _("The terminal's record is wrong."),
    "too_late": _("It was not its turn before the night was over."),
    "restored": _("It may have been asked since the backup was made."),
}


def obstacle_text(word: str) -> str:
    """What kept a day from being closed, in plain words."""
    return str(_OBSTACLES[word]) if word in _OBSTACLES else trouble(word)


#: Why a list could not be compared, by Reconciliation.reason.
_FAILURES: dict[str, Promise] = {
    "refused": _("The terminal could not be reached."),
    "connect_timeout": _("The terminal could not be reached."),
    "certificate": _("The terminal's certificate is not trusted."),
    "timeout": _("The terminal did not hand out its list in time."),
    "connection_lost": _("The connection broke while the terminal handed out its list."),
    "garbled": _("The terminal's list could not be read."),
    "no_list": _("This terminal has no list that could be asked for; compare a file of the bank."),
    "misconfigured": _("The terminal's record is wrong, so it could not be asked."),
    "interrupted": _("Our program was interrupted; it is done again."),
    "defect": _("A fault in our program kept it from comparing; the log says more."),
}


def failure(run: Reconciliation) -> str:
    """Why ``run`` failed, in plain words."""
    return str(_FAILURES.get(run.reason) or run.detail or run.reason)
