"""Finding out what became of a request: only what is certain is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moneyed import Money

from hardware.terminal.interface import NotSent, Outcome, OutcomeUnknown, TerminalError, Verb
from tests.hardware.terminal.zvt.driving import (
    ID,
    Talking,
    authorise,
    capture,
    full,
    recover,
    release,
    talks,
    told,
)
from tests.hardware.terminal.zvt.peer import CUT, NOTHING_PENDING, OK, Says

RECORD = {"time_zone": "UTC"}
NO_RECEIPT: Says = (OK, "06 1E 01 64")
LOST: Says = (OK, CUT)
UNKNOWN = "unknown"


def open_holds(*receipts: str) -> Says:
    listed = "".join(f" 08 02 {each[:2]} {each[2:]}" for each in receipts)
    size = 4 * len(receipts)
    return (
        OK,
        f"06 1E {8 + size:02X} B8 87 {receipts[0][:2]} {receipts[0][2:]} 06 {size + 2:02X} 23 {size:02X}{listed}",
    )


@pytest.fixture
def talking() -> Iterator[Talking]:
    yield from talks()


def outcome_of(terminal: Any, verb: Verb) -> str | None:
    """The outcome that recovery tells, None for certain that nothing was done, or UNKNOWN."""
    try:
        found = recover(terminal, verb)
    except OutcomeUnknown:
        return UNKNOWN
    return None if found is None else str(found.outcome)


@pytest.mark.parametrize(
    ("pending", "last", "expected"),
    [
        (NOTHING_PENDING, NO_RECEIPT, None),
        (open_holds("0231"), full(told(reference=str(ID))), Outcome.APPROVED),
        (open_holds("0231"), full(told(reference="999")), UNKNOWN),
        (open_holds("0231"), full(told()), UNKNOWN),
        (NOTHING_PENDING, full(told(reference=str(ID))), None),
        (open_holds("0231"), full(told(reference=str(ID), receipt="9876")), UNKNOWN),
        ((OK, "06 1E 01 83"), NO_RECEIPT, UNKNOWN),
        ((OK, "06 1E 01 83"), full(told(reference=str(ID), code=5, amount=0)), Outcome.DECLINED),
        (open_holds("0231"), full(told(reference=str(ID), amount=4001)), UNKNOWN),
        (open_holds("0231"), ("84 83 00",), UNKNOWN),
    ],
    ids=[
        "no hold",
        "ours",
        "another's",
        "nobody's",
        "reversed",
        "another receipt",
        "cannot list",
        "declined",
        "too much",
        "no repeat",
    ],
)
def test_after_a_restart_only_an_echo_or_an_empty_list_is_believed(
    talking: Talking, pending: Says, last: Says, expected: str | None
) -> None:
    terminal, _ = talking({"06 23": [pending], "06 20": [last]}, record=RECORD)
    assert outcome_of(terminal, Verb.AUTHORISE) == expected


def test_what_was_found_has_the_handle_that_the_answer_would_have_had(talking: Talking) -> None:
    answer = told(reference=str(ID), at=datetime.now(UTC))
    script = {"06 22": [full(answer)], "06 23": [open_holds("0231")], "06 20": [full(answer)]}
    terminal, _ = talking(script, record=RECORD)
    first, again = authorise(terminal), recover(terminal, Verb.AUTHORISE)
    assert again is not None
    assert (again.handle, again.card, again.amount, again.at) == (first.handle, first.card, first.amount, first.at)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (told, Outcome.APPROVED),
        (lambda: told(amount=2000), UNKNOWN),
        (lambda: told(at=datetime.now(UTC) - timedelta(minutes=5)), UNKNOWN),
        (lambda: told(at=datetime.now(UTC) + timedelta(minutes=5)), UNKNOWN),
    ],
    ids=["fits", "another amount", "earlier", "later"],
)
def test_without_an_echo_receipt_amount_and_time_must_fit_what_this_process_asked(
    talking: Talking, last: Callable[[], str], expected: str
) -> None:
    script = {"06 22": [LOST], "06 23": [open_holds("0231")], "06 20": [full(last())]}
    terminal, _ = talking(script, record=RECORD | {"clock_tolerance": 60})
    with pytest.raises(OutcomeUnknown):
        authorise(terminal)
    assert outcome_of(terminal, Verb.AUTHORISE) == expected


def test_a_receipt_that_was_told_of_before_is_not_the_answer_to_the_next_question(talking: Talking) -> None:
    earlier = told()
    script = {"06 22": [full(earlier), LOST], "06 23": [open_holds("0231")], "06 20": [full(earlier)]}
    terminal, _ = talking(script, record=RECORD)
    authorise(terminal, request_id=ID - 1)
    with pytest.raises(OutcomeUnknown):
        authorise(terminal)
    assert outcome_of(terminal, Verb.AUTHORISE) is None, "the only open hold is the one before"


@pytest.mark.parametrize(
    ("pending", "last", "expected"),
    [
        (open_holds("0231"), lambda: full(told()), None),
        (NOTHING_PENDING, lambda: full(told(amount=1840, trace="000043", original="000042")), Outcome.APPROVED),
        (NOTHING_PENDING, lambda: full(told(amount=1841, trace="000043", original="000042")), UNKNOWN),
        (NOTHING_PENDING, lambda: NO_RECEIPT, UNKNOWN),
    ],
    ids=["still open", "booked", "booked otherwise", "gone"],
)
def test_a_capture_in_doubt(talking: Talking, pending: Says, last: Callable[[], Says], expected: str | None) -> None:
    """What the terminal says is made now, not when the tests were collected: it has a time in it."""
    terminal, peer = talking({"06 23": [LOST, pending], "06 20": [last()]}, record=RECORD)
    with pytest.raises(OutcomeUnknown):
        capture(terminal)
    assert outcome_of(terminal, Verb.CAPTURE) == expected
    assert peer.commands == ["06 23", "06 20", "06 23"], "nothing that moves money is sent again"


def test_a_release_in_doubt(talking: Talking) -> None:
    gone = full(told(amount=4000, trace="000043", original="000042"))
    script = {"06 25": [LOST], "06 23": [open_holds("0231"), NOTHING_PENDING], "06 20": [NO_RECEIPT, gone]}
    terminal, _ = talking(script, record=RECORD)
    with pytest.raises(OutcomeUnknown):
        release(terminal)
    assert outcome_of(terminal, Verb.RELEASE) is None
    found = recover(terminal, Verb.RELEASE)
    assert found is not None
    assert found.amount == Money(0, "EUR")


def test_another_last_transaction_proves_nothing_unless_the_record_says_so(talking: Talking) -> None:
    script = {"06 23": [NOTHING_PENDING], "06 20": [full(told(reference="999", amount=1840))]}
    terminal, _ = talking(script, record=RECORD)
    assert outcome_of(terminal, Verb.REFUND) == UNKNOWN
    terminal, _ = talking(script, record=RECORD | {"another_means_not_done": True})
    assert outcome_of(terminal, Verb.REFUND) is None


def test_a_terminal_that_is_still_at_it_is_asked_later(talking: Talking) -> None:
    terminal, peer = talking({"05 01": [(OK, "06 0F 01 9C")]})
    with pytest.raises(NotSent) as caught:
        recover(terminal, Verb.AUTHORISE)
    assert (caught.value.reason, peer.commands) == ("busy", [])


@pytest.mark.parametrize(
    "script",
    [
        {"06 20": [LOST]},
        {"06 20": [full("04 0F 05 04 FF EE DD CC")], "06 23": [NOTHING_PENDING]},
        {"06 20": [NO_RECEIPT], "06 23": [LOST]},
    ],
)
def test_an_answer_to_recovery_that_is_lost_settles_nothing(talking: Talking, script: dict[str, list[Says]]) -> None:
    terminal, _ = talking(script)
    with pytest.raises(TerminalError):
        recover(terminal, Verb.AUTHORISE)


def test_a_terminal_that_lists_one_hold_at_a_time_is_asked_until_there_are_no_more(talking: Talking) -> None:
    one, other = (OK, "06 1E 04 B8 87 02 31"), (OK, "06 1E 04 B8 87 02 32")
    terminal, _ = talking({"06 23": [one, other, NOTHING_PENDING]})
    found = terminal.maintenance.pending()
    assert (found.receipts, found.complete) == (frozenset({"0231", "0232"}), True)
    terminal, _ = talking({"06 23": [one, one]})
    found = terminal.maintenance.pending()
    assert (found.receipts, found.complete) == (frozenset({"0231"}), False), "it names the same one for ever"
