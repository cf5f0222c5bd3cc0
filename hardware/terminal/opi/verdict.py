"""Decides what a response is worth: a result, ``NotSent``, or ``OutcomeUnknown``. Pure.

A response is believed only when it is about our request and within what we asked for. Everything else that came back
from a terminal which may have moved money is an unknown outcome, however friendly it looks. Where the response leaves
out the amount, the time or the references, the e-journal of the same dialogue may tell them (reference: chapter 4.6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from moneyed import Money

from hardware.terminal.interface import (
    Card,
    Closing,
    Handle,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Receipts,
    Result,
    TokenResult,
    Verb,
)
from hardware.terminal.opi import values
from hardware.terminal.opi.device import Entry
from hardware.terminal.opi.dialogue import Dialogue
from hardware.terminal.opi.messages import Request, Response
from hardware.terminal.opi.profile import Profile
from hardware.terminal.opi.words import ABORTED_REASON, NOT_PROCESSED, Meaning

_REFUSALS = {
    Meaning.DECLINED: Outcome.DECLINED,
    Meaning.ABORTED: Outcome.ABORTED,
    Meaning.TIMED_OUT: Outcome.TIMED_OUT,
}
_NO_ENTRY = Entry()


@dataclass(frozen=True, slots=True)
class Heard:
    """What one dialogue brought: the response, and what was printed and journalled before it."""

    response: Response
    entry: Entry = _NO_ENTRY
    receipts: Receipts = field(default_factory=Receipts)
    took_receipt: bool = False

    @classmethod
    def of(cls, dialogue: Dialogue, response: Response) -> Heard:
        desk = dialogue.desk
        entry = desk.entries[-1] if desk.entries else _NO_ENTRY
        return cls(response, entry, desk.receipts, desk.took_receipt)

    def meaning(self, profile: Profile) -> Meaning:
        """What the overall result means; a failure whose reason is an abort is one."""
        meaning = profile.mapping.meaning_of(self.response.result)
        aborted = meaning is Meaning.DECLINED and self.response.values.terminal_reason == ABORTED_REASON
        return Meaning.ABORTED if aborted else meaning

    @property
    def amount(self) -> Money | None:
        told, entry = self.response.values, self.entry
        amount = values.to_money(told.amount, told.currency)
        return values.to_money(entry.amount, entry.currency) if amount is None else amount

    @property
    def reference(self) -> str:
        return self.response.values.reference or self.entry.reference

    @property
    def approval(self) -> str:
        return self.response.values.approval or self.entry.approval

    def at(self, profile: Profile) -> datetime | None:
        return values.to_moment(self.response.values.at or self.entry.at, profile.time_zone)

    def is_of_test_system(self, profile: Profile) -> bool:
        lines = " ".join(self.receipts.customer + self.receipts.merchant + self.receipts.journal).upper()
        return any(mark.upper() in lines for mark in profile.test_marks)

    @property
    def reason(self) -> str:
        """Why it was refused, for staff."""
        told = self.response.values
        named = (("host", told.host_reason), ("terminal", told.terminal_reason))
        reasons = [f"{who} {values.short(code)}" for who, code in named if code.strip("0 ")]
        return " ".join([values.short(self.response.result), *reasons])[:120]


def check_header(profile: Profile, request: Request, heard: Heard) -> None:
    """Raise OutcomeUnknown for an answer to another request, NotSent for one that says that nothing was begun."""
    response, meaning = heard.response, heard.meaning(profile)
    refused = meaning in NOT_PROCESSED
    ours = values.is_number(values.split_id(response.request_id)[0], int(request.request_id))
    if not ours and (response.request_id or not refused):
        raise OutcomeUnknown("the terminal answered another request", reason="other_request")
    same_kind = response.kind is request.kind and response.request_type in ("", request.request_type)
    if not same_kind or response.workstation_id not in ("", request.workstation_id):
        raise OutcomeUnknown("the terminal answered another request", reason="other_request")
    if refused:
        raise NotSent(f"the terminal did not start: {values.short(response.result)}", reason=meaning)


def judge_payment(profile: Profile, verb: Verb, *, request_id: int, asked: Money, heard: Heard) -> Result:
    """Return the result of a money verb whose header was checked. Raises OutcomeUnknown (module docstring)."""
    refused = _refusal(profile, heard, cardholder=verb is Verb.AUTHORISE)
    told = heard.response.values
    approved = refused is None
    amount = _believable_amount(profile, verb, asked, heard) if approved else Money(0, asked.currency)
    holds = approved and verb is Verb.AUTHORISE
    return Result(
        outcome=refused or Outcome.APPROVED,
        amount=amount,
        request_id=request_id,
        reason="" if approved else heard.reason,
        card=_required_card(heard) if holds else card(heard),
        handle=_handle(request_id, heard) if holds else None,
        stan=values.short(told.stan),
        at=heard.at(profile),
        receipts=heard.receipts,
    )


def judge_token(profile: Profile, *, request_id: int, heard: Heard) -> TokenResult:
    """Return the card that was read. Raises OutcomeUnknown; no money hangs on it."""
    refused = _refusal(profile, heard, cardholder=True)
    if refused is not None:
        return TokenResult(refused, request_id, reason=heard.reason)
    return TokenResult(Outcome.APPROVED, request_id, card=_required_card(heard))


def judge_closing(profile: Profile, *, heard: Heard) -> Closing:
    """Return how closing the day ended. Raises OutcomeUnknown."""
    refused = _refusal(profile, heard, cardholder=False)
    return Closing(refused or Outcome.APPROVED, "" if refused is None else heard.reason, heard.receipts)


def card(heard: Heard) -> Card | None:
    """Return the card, if the response holds a token."""
    told = heard.response.values
    if not told.token:
        return None
    return Card(
        token_type=values.token_type(told.token),
        token=told.token,
        par=values.to_par(told.par),
        brand=values.short(told.circuit or heard.entry.brand)[:20],
        last_four=values.last_four(told.masked_card_number or heard.entry.masked_card_number),
    )


def _refusal(profile: Profile, heard: Heard, *, cardholder: bool) -> Outcome | None:
    """Return the outcome of a refused request, None for an approved one; raises where there is nothing to believe."""
    meaning = heard.meaning(profile)
    if meaning is Meaning.APPROVED:
        if heard.is_of_test_system(profile) and not profile.test_mode:
            raise OutcomeUnknown("the terminal is a test system, the device record says it is not", reason="test_mode")
        return None
    if meaning is Meaning.TIMED_OUT and not cardholder:  # so it was the host: it may have been done
        raise OutcomeUnknown("the terminal timed out at its host", reason="host_timeout")
    if meaning in _REFUSALS:
        return _REFUSALS[meaning]
    word = values.short(heard.response.result)
    raise OutcomeUnknown(f"the terminal answered with an unknown result: {word}", reason="unknown_status")


def _believable_amount(profile: Profile, verb: Verb, asked: Money, heard: Heard) -> Money:
    types = profile.mapping.request_types
    if verb is Verb.RELEASE and types.release != types.capture:  # a reversal tells what it undid, or zero
        return asked
    amount = heard.amount
    if amount is None:
        raise OutcomeUnknown("approved without a readable amount and currency", reason="no_amount")
    if amount.currency != asked.currency:
        raise OutcomeUnknown("approved in another currency", reason="other_currency")
    believable = 0 < amount.amount <= asked.amount if verb is Verb.AUTHORISE else amount == asked
    if not believable:
        raise OutcomeUnknown(f"asked for {asked}, approved {amount}", reason="other_amount")
    return amount


def _handle(request_id: int, heard: Heard) -> Handle:
    if not heard.reference:
        raise OutcomeUnknown("approved without a reference to settle it with", reason="no_reference")
    return Handle(request_id, heard.reference, stan=values.short(heard.response.values.stan))


def _required_card(heard: Heard) -> Card:
    found = card(heard)
    if found is None:
        raise OutcomeUnknown("approved without a card token", reason="no_token")
    return found
