"""What happened in a session, told in sentences: the one writer of TimelineEntry, and the words for its codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kiosk.formats import energy_text, money_text
from kiosk.models import Session, TimelineEntry
from payments.money import from_minor

Source = TimelineEntry.Source


class Code(StrEnum):
    """Everything a timeline can say. The first group are the steps of kiosk.lifecycle, under their names."""

    APPROVED = "approved"
    DECLINED = "declined"
    NOTHING_HELD = "nothing_held"
    DOUBTED = "doubted"
    START = "start"
    STARTED = "started"
    GIVE_UP = "give_up"
    STOP = "stop"
    ENDED = "ended"
    CAPTURED = "captured"
    RELEASED_UNUSED = "released_unused"
    RELEASED_FREE = "released_free"
    FOUND_IN_TIME = "found_in_time"
    FOUND_TOO_LATE = "found_too_late"

    ASKED = "asked"
    CANCEL_WISHED = "cancel_wished"
    START_ACCEPTED = "start_accepted"
    OTHER_CONNECTOR = "other_connector"
    WRONG_CONNECTOR = "wrong_connector"
    UNEXPECTED_START = "unexpected_start"
    CHARGER_OFFLINE = "charger_offline"
    CHARGER_BACK = "charger_back"
    METER_DOUBTED = "meter_doubted"
    STOP_CARD_ASKED = "stop_card_asked"
    STOP_CARD_MATCHED = "stop_card_matched"
    STOP_CARD_OTHER_SESSION = "stop_card_other_session"
    STOP_CARD_NO_MATCH = "stop_card_no_match"
    STOP_CARD_NO_CARD = "stop_card_no_card"
    STOP_CARD_FAILED = "stop_card_failed"
    STOP_CARD_TOO_LATE = "stop_card_too_late"
    STOPPED_BY_STAFF = "stopped_by_staff"
    STOP_ACCEPTED = "stop_accepted"
    STOP_REFUSED = "stop_refused"
    STOP_UNANSWERED = "stop_unanswered"
    LATE_STOP = "late_stop"
    REPEATED_STOP = "repeated_stop"
    LATE_ENERGY = "late_energy"
    SETTLEMENT_ASKED = "settlement_asked"
    FOUND_HELD = "found_held"
    RELEASE_REFUSED = "release_refused"
    DEADLINE_NEAR = "deadline_near"
    REPAIRED = "repaired"
    RECEIPT_ISSUED = "receipt_issued"
    REFUND_REQUESTED = "refund_requested"
    REFUND_DONE = "refund_done"
    REFUND_REFUSED = "refund_refused"
    REFUND_IN_DOUBT = "refund_in_doubt"


class Flag(StrEnum):
    """Why a person should look at a session."""

    MONEY_IN_DOUBT = "money_in_doubt"
    METER_BACKWARDS = "meter_backwards"
    METER_JUMP = "meter_jump"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    NO_STOP = "no_stop"
    SILENT = "silent"
    LATE_STOP = "late_stop"
    LATE_ENERGY = "late_energy"
    UNEXPECTED_START = "unexpected_start"
    AMOUNT_DIFFERS = "amount_differs"
    STUCK = "stuck"


#: The words. Fields: {amount}, {energy}, {reason}, {connector}, {user}, {note}, {number}.
SENTENCES: Mapping[Code, Promise] = {
    Code.APPROVED: _("The card was accepted; {amount} are held."),
    Code.DECLINED: _("The card was declined. Nothing is held."),
    Code.NOTHING_HELD: _("No card was accepted. Nothing is held."),
    Code.DOUBTED: _("The terminal's answer was lost. Nobody knows yet what became of the money."),
    Code.START: _("The charge point was asked to start."),
    Code.STARTED: _("Charging began."),
    Code.GIVE_UP: _("Charging will not begin: {reason}."),
    Code.STOP: _("The charge point was asked to stop: {reason}."),
    Code.ENDED: _("Charging ended after {energy}: {reason}."),
    Code.CAPTURED: _("{amount} were captured; the rest of the hold is released."),
    Code.RELEASED_UNUSED: _("The whole hold was released."),
    Code.RELEASED_FREE: _("The whole hold was released; there was nothing to pay."),
    Code.FOUND_IN_TIME: _("The hold was found after all; charging goes ahead."),
    Code.FOUND_TOO_LATE: _("The hold was found, but too late to charge with it. It will be released."),
    Code.ASKED: _("The driver picked {connector} and a hold of {amount}."),
    Code.CANCEL_WISHED: _("The driver cancelled."),
    Code.START_ACCEPTED: _("The charge point will try to start."),
    Code.OTHER_CONNECTOR: _("The driver plugged in at {connector} instead; the price is the same."),
    Code.WRONG_CONNECTOR: _("The driver plugged in at {connector}, which could not be accepted; it was stopped."),
    Code.UNEXPECTED_START: _("The charge point began although the session was over; it was stopped."),
    Code.CHARGER_OFFLINE: _("The charge point went offline."),
    Code.CHARGER_BACK: _("The charge point is back."),
    Code.METER_DOUBTED: _("A meter value could not be trusted and was not counted."),
    Code.STOP_CARD_ASKED: _("A card was asked for, to stop."),
    Code.STOP_CARD_MATCHED: _("The card that started it was presented."),
    Code.STOP_CARD_OTHER_SESSION: _("The card of another session was presented."),
    Code.STOP_CARD_NO_MATCH: _("A card was presented that did not start this session. Nothing was charged to it."),
    Code.STOP_CARD_NO_CARD: _("No card was presented."),
    Code.STOP_CARD_FAILED: _("The terminal could not read a card."),
    Code.STOP_CARD_TOO_LATE: _("A card was presented when the session had ended already."),
    Code.STOPPED_BY_STAFF: _("{user} stopped the session. {note}"),
    Code.STOP_ACCEPTED: _("The charge point will stop."),
    Code.STOP_REFUSED: _("The charge point refused to stop."),
    Code.STOP_UNANSWERED: _("The charge point did not answer the request to stop."),
    Code.LATE_STOP: _(
        "The charge point reported the end at {energy} after the session was settled. Nothing more is taken."
    ),
    Code.REPEATED_STOP: _("The charge point reported the end once more. Nothing changed."),
    Code.LATE_ENERGY: _("The charge point still delivered after the session was settled. It was asked to stop."),
    Code.SETTLEMENT_ASKED: _("To be taken from the hold: {amount}."),
    Code.FOUND_HELD: _("The terminal still holds the money. It is settled again."),
    Code.RELEASE_REFUSED: _("The terminal refused to release the hold. It is asked again later."),
    Code.DEADLINE_NEAR: _("The money is still held, and the time by which it must be settled comes near."),
    Code.REPAIRED: _("A step had been missed and was made up for."),
    Code.RECEIPT_ISSUED: _("Receipt {number} was issued."),
    Code.REFUND_REQUESTED: _("A refund of {amount} was requested."),
    Code.REFUND_DONE: _("{amount} were refunded."),
    Code.REFUND_REFUSED: _("The refund of {amount} was refused."),
    Code.REFUND_IN_DOUBT: _("Nobody knows yet whether {amount} were refunded."),
}

FLAG_SENTENCES: Mapping[Flag, Promise] = {
    Flag.MONEY_IN_DOUBT: _("The terminal's answer was lost: what became of the money?"),
    Flag.METER_BACKWARDS: _("The meter ran backwards; the last trusted value was used."),
    Flag.METER_JUMP: _("The meter jumped by more than the connector can deliver; the jump was not counted."),
    Flag.CLOCK_AHEAD: _("The charge point's clock is ahead, or was set forward."),
    Flag.CLOCK_BEHIND: _("The charge point's clock is behind, or was set back."),
    Flag.NO_STOP: _("The charge point never reported the end; the last trusted meter value was settled."),
    Flag.SILENT: _("The charge point fell silent; the last trusted meter value was settled."),
    Flag.LATE_STOP: _("The charge point reported the end only after the session was settled."),
    Flag.LATE_ENERGY: _("Energy was delivered after the session was settled."),
    Flag.UNEXPECTED_START: _("The charge point began a transaction that was not wanted."),
    Flag.AMOUNT_DIFFERS: _("Another amount was captured than the session cost."),
    Flag.STUCK: _("The session cannot be settled by itself."),
}


def record(session: Session, source: Source, code: Code, *, now: datetime, **data: Any) -> TimelineEntry:
    """Add an entry. ``data`` is kept as it is and fills the sentence; no card digits, tokens or secrets."""
    return TimelineEntry.objects.create(session=session, at=now, source=source, code=code, data=data)


def sentence(entry: TimelineEntry) -> str:
    """The entry in words, in the active language."""
    try:
        words = SENTENCES[Code(entry.code)]
    except ValueError:  # written by a newer or older version
        return entry.code
    return str(words).format_map(_Fields(entry.data)).strip()


def flag_text(flag: str) -> str:
    """Why a person should look, in the active language."""
    try:
        return str(FLAG_SENTENCES[Flag(flag)])
    except ValueError:
        return flag


class _Fields(dict[str, Any]):
    """The fields of a sentence from the stored details; what is not known reads as a question mark."""

    def __missing__(self, name: str) -> str:
        if name == "amount" and "amount_minor" in self:
            return money_text(from_minor(self["amount_minor"], self["currency"]))
        if name == "energy" and "energy_wh" in self:
            return energy_text(self["energy_wh"])
        if name == "reason" and "why" in self:
            return str(Session.EndReason(self["why"]).label)
        return "?"
