"""How each verb may end over ZVT, and what the outcome is then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hardware.terminal.interface import NotSent, Outcome, OutcomeUnknown, Readiness
from tests.hardware.terminal.zvt.driving import (
    QUICK,
    Talking,
    authorise,
    capture,
    full,
    talks,
    told,
)
from tests.hardware.terminal.zvt.peer import CUT, OK, SILENCE

REFUSED_PENDING = (OK, "06 1E 04 B8 87 02 31")


@pytest.fixture
def talking() -> Iterator[Talking]:
    yield from talks()


@pytest.mark.parametrize(
    ("says", "outcome", "reason"),
    [
        ((OK, told(code=5, amount=0), "06 1E 01 05"), Outcome.DECLINED, "05 declined"),
        (full(told(code=5, amount=0, text="NO")), Outcome.DECLINED, "05 declined NO"),
        ((OK, "06 1E 01 64"), Outcome.DECLINED, "64 card unreadable"),
        ((OK, "06 1E 01 6C"), Outcome.TIMED_OUT, "6C timeout or stop key"),
        ((OK, told(code=0x6C, text="Abbruch durch Kunde"), "06 1E 01 6C"), Outcome.ABORTED, None),
        ((OK, "06 1E 0D 6C 06 0A 1F 17 07 53 74 6F 70 20 6B 79"), Outcome.ABORTED, None),
        (full(told(code=0x37), told()), Outcome.APPROVED, ""),
    ],
)
def test_what_the_terminal_ends_with_is_the_outcome(
    talking: Talking, says: list[str], outcome: Outcome, reason: str | None
) -> None:
    terminal, _ = talking({"06 22": [says]})
    result = authorise(terminal)
    assert result.outcome is outcome
    assert reason in (None, result.reason)
    assert (result.handle is None, result.amount.amount > 0) == ((True, False), (False, True))[outcome == "approved"]


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (("84 1E 01 7D",), "module_silent"),
        (("84 9C 00",), "busy"),
        (("84 6B 00",), "unregistered"),
        (("84 83 00",), "refused_83"),
        ((OK, "06 1E 01 F0"), "end_of_day_needed"),
        ((OK, "06 1E 01 6B"), "unregistered"),
    ],
)
def test_what_the_terminal_refuses_to_begin_was_not_sent(talking: Talking, says: list[str], reason: str) -> None:
    terminal, peer = talking({"06 22": [says, full(told())]})
    with pytest.raises(NotSent) as caught:
        authorise(terminal)
    assert caught.value.reason == reason
    assert peer.commands == ["06 22"], "nothing is sent again from here"
    assert authorise(terminal).outcome is Outcome.APPROVED
    assert len([each for each in peer.heard if each[:5] == "06 00"]) == 1 + (reason == "unregistered")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (told(amount=4001), "other_amount"),
        (told(amount=0), "other_amount"),
        (told(amount=None), "no_amount"),
        (told(currency="840"), "other_currency"),
        (told(receipt=""), "no_reference"),
        (told(token=None), "no_token"),
        (told(code=None), "no_result"),
        (told(reference="999"), "other_request"),
        ("04 0F 09 04 00 00 00 00 40 0A 27 00", "garbled"),
    ],
)
def test_an_approval_that_does_not_fit_is_unknown(talking: Talking, answer: str, reason: str) -> None:
    terminal, _ = talking({"06 22": [full(answer)]})
    with pytest.raises(OutcomeUnknown) as caught:
        authorise(terminal)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "answer",
    [
        told(amount=1840, receipt="0999"),
        told(amount=1840, original="000099"),
        told(amount=1841),
    ],
)
def test_a_booking_of_something_else_is_unknown(talking: Talking, answer: str) -> None:
    terminal, _ = talking({"06 23": [full(answer)]})
    with pytest.raises(OutcomeUnknown):
        capture(terminal)


def test_an_approval_that_is_then_aborted_is_unknown(talking: Talking) -> None:
    terminal, _ = talking({"06 22": [(OK, told(), "06 1E 01 CC")]})
    with pytest.raises(OutcomeUnknown) as caught:
        authorise(terminal)
    assert caught.value.reason == "contradiction"


@pytest.mark.parametrize("serial", [False, True], ids=["tcp", "serial"])
@pytest.mark.parametrize("last", [CUT, SILENCE])
@pytest.mark.parametrize("before", [(), (OK,), (OK, "04 FF 01 0A"), (OK, told()), (OK, told(), "06 D1 02 81 41")])
def test_a_line_that_breaks_at_any_moment_leaves_it_unknown(
    talking: Talking, before: tuple[str, ...], last: str, serial: bool
) -> None:
    terminal, peer = talking({"06 22": [(*before, last)]}, record={"timers": QUICK}, serial=serial)
    with pytest.raises(OutcomeUnknown):
        authorise(terminal)
    assert peer.commands.count("06 22") == 1


def test_nothing_is_sent_where_nobody_listens(talking: Talking) -> None:
    terminal, peer = talking({})
    peer.close()
    with pytest.raises(NotSent) as caught:
        authorise(terminal)
    assert caught.value.reason == "refused"
    assert terminal.status().readiness is Readiness.UNREACHABLE
    with pytest.raises(NotSent):
        terminal.abort()
