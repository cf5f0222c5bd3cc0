"""A driver that knows nothing any more, and a caller who kept what was asked, when, about which hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moneyed import Money

from hardware.terminal.interface import Handle, Outcome, OutcomeUnknown, Past, Verb
from tests.hardware.terminal.zvt.driving import COST, HANDLE, HOLD, ID, Talking, authorise, full, talks, told
from tests.hardware.terminal.zvt.peer import NOTHING_PENDING, Says
from tests.hardware.terminal.zvt.test_recovery import NO_RECEIPT, UNKNOWN, open_holds

RECORD = {"time_zone": "UTC", "clock_tolerance": 60}
BOOKED: dict[str, Any] = {"amount": 1840, "trace": "000043", "original": "000042"}


def past(**known: Any) -> Past:
    """What the caller knows of a request of a moment ago."""
    return replace(Past(datetime.now(UTC), HANDLE), **known)


@pytest.fixture
def talking() -> Iterator[Talking]:
    yield from talks()


def outcome_of(terminal: Any, verb: Verb, known: Past) -> str | None:
    amount = HOLD if verb in (Verb.AUTHORISE, Verb.RELEASE) else COST
    try:
        found = terminal.recover(request_id=ID, verb=verb, amount=amount, past=known).result
    except OutcomeUnknown:
        return UNKNOWN
    return None if found is None else str(found.outcome)


@pytest.mark.parametrize(
    ("last", "known", "expected"),
    [
        (told, {}, Outcome.APPROVED),
        (lambda: told(amount=2000), {}, UNKNOWN),
        (lambda: told(currency="756"), {}, UNKNOWN),
        (lambda: told(at=datetime.now(UTC) - timedelta(minutes=5)), {}, UNKNOWN),
        (lambda: told(at=datetime.now(UTC) + timedelta(minutes=5)), {}, UNKNOWN),
        (told, {"told": frozenset({"000042"})}, UNKNOWN),
        (told, {"told": frozenset({"000041"})}, Outcome.APPROVED),
        (lambda: told(trace=""), {}, UNKNOWN),
        (lambda: told(reference="999"), {}, UNKNOWN),
    ],
    ids=["fits", "amount", "currency", "earlier", "later", "told of", "another told of", "nameless", "echo of another"],
)
def test_an_authorisation_is_found_by_amount_currency_and_time_if_nobody_was_told_of_it(
    talking: Talking, last: Callable[[], str], known: dict[str, Any], expected: str
) -> None:
    terminal, _ = talking({"06 23": [open_holds("0231")], "06 20": [full(last())]}, record=RECORD)
    assert outcome_of(terminal, Verb.AUTHORISE, past(handle=None, **known)) == expected


def test_what_is_found_can_be_settled(talking: Talking) -> None:
    terminal, _ = talking({"06 23": [open_holds("0231")], "06 20": [full(told())]}, record=RECORD)
    found = terminal.recover(request_id=ID, verb=Verb.AUTHORISE, amount=HOLD, past=past(handle=None)).result
    assert found is not None
    assert found.handle == Handle(ID, HANDLE.reference, version=HANDLE.version, stan="000042")


@pytest.mark.parametrize("verb", [Verb.CAPTURE, Verb.RELEASE])
@pytest.mark.parametrize(
    ("last", "known", "expected"),
    [
        (BOOKED, {}, Outcome.APPROVED),
        (BOOKED | {"receipt": "0232"}, {}, UNKNOWN),
        (BOOKED | {"receipt": ""}, {}, Outcome.APPROVED),
        (BOOKED | {"original": ""}, {}, Outcome.APPROVED),
        (BOOKED | {"original": "000041"}, {}, UNKNOWN),
        (BOOKED | {"receipt": "", "original": ""}, {}, UNKNOWN),
        (BOOKED | {"trace": "000042"}, {}, UNKNOWN),
        (BOOKED, {"told": frozenset({"000043"})}, UNKNOWN),
        (BOOKED, {"handle": None}, UNKNOWN),
        (BOOKED, {"handle": replace(HANDLE, reference="of another make")}, UNKNOWN),
        (BOOKED, {"asked_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=36500)}, UNKNOWN),
    ],
    ids=[
        *("fits", "other receipt", "by trace", "by receipt", "other hold", "of no hold", "the hold itself"),
        *("told of", "no hold", "unreadable hold", "earlier"),
    ],
)
def test_a_settlement_is_found_by_the_receipt_or_trace_number_of_its_hold(
    talking: Talking, verb: Verb, last: dict[str, Any], known: dict[str, Any], expected: str
) -> None:
    amount = {"amount": 4000} if verb is Verb.RELEASE else {}
    script = {"06 23": [NOTHING_PENDING], "06 20": [full(told(**(last | amount)))]}
    terminal, peer = talking(script, record=RECORD)
    assert outcome_of(terminal, verb, past(**known)) == expected
    assert not {"06 22", "06 24", "06 25"} & set(peer.commands), "nothing that moves money is sent"


def test_a_terminal_whose_bookings_have_receipts_of_their_own_names_the_hold_by_its_trace(talking: Talking) -> None:
    record = RECORD | {"booking_keeps_receipt": False}
    for original, expected in (("000042", Outcome.APPROVED), ("", UNKNOWN)):
        answer = told(**(BOOKED | {"receipt": "0231", "original": original}))
        terminal, _ = talking({"06 23": [NOTHING_PENDING], "06 20": [full(answer)]}, record=record)
        assert outcome_of(terminal, Verb.CAPTURE, past()) == expected


@pytest.mark.parametrize("verb", [Verb.CAPTURE, Verb.RELEASE])
@pytest.mark.parametrize(("pending", "expected"), [(open_holds("0231"), None), (open_holds("0232"), UNKNOWN)])
def test_a_hold_that_is_still_open_was_not_settled(
    talking: Talking, verb: Verb, pending: Says, expected: str | None
) -> None:
    terminal, _ = talking({"06 23": [pending], "06 20": [NO_RECEIPT]}, record=RECORD)
    assert outcome_of(terminal, verb, past()) == expected


def test_a_refund_is_found_by_amount_and_time(talking: Talking) -> None:
    answer = told(amount=1840, receipt="0240", trace="000050")
    script = {"06 23": [NOTHING_PENDING], "06 20": [full(answer)]}
    for known, expected in ((past(), Outcome.APPROVED), (past(told=frozenset({"000050"})), UNKNOWN)):
        terminal, _ = talking(script, record=RECORD | {"refund": True, "booking_keeps_receipt": False})
        assert outcome_of(terminal, Verb.REFUND, known) == expected


def test_what_this_process_asked_itself_counts_before_what_the_caller_says(talking: Talking) -> None:
    """It was told of the last transaction as another request's, so nobody's word makes it this one's."""
    answer = told()
    script = {"06 22": [full(answer)], "06 23": [open_holds("0231", "0230")], "06 20": [full(answer)]}
    terminal, _ = talking(script, record=RECORD)
    authorise(terminal, request_id=ID - 1)
    assert outcome_of(terminal, Verb.AUTHORISE, past(handle=None)) == UNKNOWN


def test_a_closed_day_says_how_many_bookings_there_were_and_what_they_add_up_to(talking: Talking) -> None:
    kinds = "01 00 00 00 00 18 40 " + "00 00 00 00 00 00 00 " * 5 + "02 00 00 00 00 20 00"
    says = f"04 0F 42 27 00 04 00 00 00 00 38 40 60 F0 F5 F3 00 01 00 07 {kinds}"
    script = {"06 23": [NOTHING_PENDING], "06 50": [full(says)]}
    terminal, _ = talking(script, record=RECORD)
    closing = terminal.end_of_day(request_id=1)
    assert (closing.outcome, closing.count, closing.total) == (Outcome.APPROVED, 3, Money("38.40", "EUR"))


@pytest.mark.parametrize(
    ("says", "count", "total"),
    [
        ("04 0F 02 27 00", None, None),
        ("04 0F 0C 27 00 04 00 00 00 00 38 40 49 07 56", None, Money("38.40", "CHF")),
        ("04 0F 0C 27 00 04 00 00 00 00 38 40 49 00 01", None, None),
        ("04 0F 08 27 00 60 F0 F0 F2 00 01", None, None),
        (f"04 0F 3B 27 00 60 F0 F5 F3 00 01 00 07 FF 00 00 00 00 18 40 {'00 ' * 42}", None, None),
    ],
    ids=["nothing told", "francs", "no currency", "no pairs", "255 or more"],
)
def test_totals_that_are_not_told_are_not_made_up(
    talking: Talking, says: str, count: int | None, total: Money | None
) -> None:
    terminal, _ = talking({"06 23": [NOTHING_PENDING], "06 50": [full(says)]}, record=RECORD)
    closing = terminal.end_of_day(request_id=1)
    assert (closing.outcome, closing.count, closing.total) == (Outcome.APPROVED, count, total)


def test_a_day_is_closed_over_holds_only_where_the_record_says_so(talking: Talking) -> None:
    for harmless in (False, True):
        terminal, _ = talking({}, record={"end_of_day_is_harmless": harmless})
        assert terminal.closes_over_holds is harmless
