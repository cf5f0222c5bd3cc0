"""What a difference means, in words for the person who looks at it. The one place for them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hardware.terminal.interface import Outcome
from payments.admin.cells import money_text
from payments.models import Difference
from payments.money import from_minor
from payments.reconciliation.compare import Fate, What

_FATES: dict[str, Promise] = {
    Fate.DONE: gettext_lazy("carried out"),
    Fate.NOT_DONE: gettext_lazy("not carried out"),
    Fate.IN_DOUBT: gettext_lazy("in doubt"),
    Fate.UNDER_WAY: gettext_lazy("under way"),
}
_OUTCOMES: dict[str, Promise] = {
    Outcome.APPROVED: gettext_lazy("carried out"),
    Outcome.DECLINED: gettext_lazy("refused"),
    Outcome.ABORTED: gettext_lazy("cancelled"),
    Outcome.TIMED_OUT: gettext_lazy("timed out"),
}
_ADVICE: dict[str, Promise] = {
    What.MISSING_HERE: gettext_lazy(
        "The list has a payment that we never asked for. Find out who did: another till, a test, or a book of another "
        "terminal. If a driver paid twice, refund it at the bank."
    ),
    What.MISSING_THERE: gettext_lazy(
        "We hold it for done and the list does not have it. Ask the bank whether it comes with a later file; until then "
        "do not count on the money."
    ),
    What.AMOUNT_DIFFERS: gettext_lazy(
        "Ask the bank which amount it booked. If the driver paid more than the receipt says, refund the rest."
    ),
    What.CURRENCY_DIFFERS: gettext_lazy("Ask the bank in which currency it booked, and check the terminal's settings."),
    What.DUPLICATE: gettext_lazy(
        "The list has it twice. If the bank confirms that the driver paid twice, have one of the two given back there."
    ),
    What.WRONG_STATE: gettext_lazy(
        "The two sides do not agree on whether it happened. If it is in doubt here, decide it with the list in front of "
        "you; else ask the bank."
    ),
}


def advice(row: Difference) -> str:
    """What to do about it."""
    return str(_ADVICE[What(row.what)])


def sides(row: Difference) -> str:
    """Both sides in a sentence."""
    return _("Here: %(ours)s. There: %(theirs)s.") % {"ours": ours(row), "theirs": theirs(row)}


def ours(row: Difference) -> str:
    """What our books say."""
    return _side(_FATES.get(row.our_fate), row.our_minor, row.our_currency)


def theirs(row: Difference) -> str:
    """What the list says."""
    return _side(_OUTCOMES.get(row.their_outcome), row.their_minor, row.their_currency)


def outcome(word: str) -> str:
    """What a line says became of it."""
    return str(_OUTCOMES[Outcome(word)]) if word else _("nothing there")


def _side(what: Promise | None, minor: int | None, currency: str) -> str:
    if what is None:
        return _("nothing")
    return f"{what}, {money_text(from_minor(minor, currency))}" if minor else str(what)
