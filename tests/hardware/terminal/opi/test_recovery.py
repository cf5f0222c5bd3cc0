"""What became of it: the last message, or the last ticket, and nothing that does not fit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from moneyed import Money

from hardware.terminal.interface import NotSent, Outcome, OutcomeUnknown, Readiness, Recovered, Verb
from hardware.terminal.opi.device import Output
from hardware.terminal.opi.driver import OpiTerminal
from hardware.terminal.opi.messages import Values
from tests.hardware.terminal.opi.asking import HOLD, ID, authorise
from tests.hardware.terminal.opi.conftest import Talking
from tests.hardware.terminal.opi.peer import ENTRY, HELD, Caller, Script
from tests.hardware.terminal.opi.test_failures import ending_of, hang_up

OURS = replace(HELD, original_request=str(ID), original_workstation="KIOSK7", original_type="CardPreAuthorisation")
OTHER = replace(OURS, original_request=str(ID - 1), stan="000320")
NOT_SETTLED = (OutcomeUnknown, "other_request")


def recover(terminal: OpiTerminal, verb: Verb = Verb.AUTHORISE, amount: Money = HOLD) -> Recovered:
    return terminal.recover(request_id=ID, verb=verb, amount=amount)


def says(result: str = "Success", values: Values = OURS, **header: str) -> Script:
    return lambda caller: caller.answer(result, values, **header)


def ticket(values: Values = HELD, result: str = "Success", printed: bool = True) -> Script:
    def script(caller: Caller) -> None:
        if printed:
            assert caller.device(Output("Printer", ("RECEIPT",))).result == "Success"
        caller.answer(result, values)

    return script


NOTHING = says("Failure", Values())


def test_a_lost_answer_is_found_in_the_last_message(talking: Talking) -> None:
    terminal, peer = talking(hang_up, says())
    assert ending_of(lambda: authorise(terminal)) == (OutcomeUnknown, "connection_lost")
    result = recover(terminal).result
    assert result is not None
    assert (result.outcome, result.amount, result.request_id) == (Outcome.APPROVED, HOLD, ID)
    assert result.handle is not None
    assert result.handle.reference == "TRX-SECRET-1"
    assert peer.asked == ["CardPreAuthorisation", "RepeatLastMessage"]
    assert peer.requests[1].request_id != str(ID)


@pytest.mark.parametrize(
    "repeated",
    [
        says(),
        says(request_type="CardPreAuthorisation", request_id=str(ID), values=HELD),
        says(request_type="CardPreAuthorisation"),
        says(request_id=""),
    ],
    ids=["original header", "word for word", "both", "no id of its own"],
)
def test_another_process_finds_it_too(talking: Talking, repeated: Script) -> None:
    terminal, _ = talking(repeated)
    result = recover(terminal).result
    assert result is not None
    assert result.outcome is Outcome.APPROVED


def test_a_refusal_and_a_release_are_found_as_well(talking: Talking) -> None:
    release = replace(OURS, original_type="CardFinancialAdvice", amount="0.00")
    terminal, _ = talking(says("Failure", replace(OURS, amount="", host_reason="51")), says(values=release))
    declined, released = recover(terminal).result, recover(terminal, Verb.RELEASE, HOLD).result
    assert declined is not None
    assert (declined.outcome, declined.amount) == (Outcome.DECLINED, Money(0, "EUR"))
    assert released is not None
    assert (released.outcome, released.amount) == (Outcome.APPROVED, Money(0, "EUR"))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (replace(OURS, amount="50.01"), "other_amount"),
        (replace(OURS, currency="CHF"), "other_currency"),
        (replace(OURS, original_type="PaymentRefund"), "other_request"),
        (replace(OURS, token=""), "no_token"),
    ],
)
def test_a_last_message_of_ours_that_does_not_fit_settles_nothing(
    talking: Talking, values: Values, reason: str
) -> None:
    terminal, peer = talking(says(values=values))
    assert ending_of(lambda: recover(terminal)) == (OutcomeUnknown, reason)
    assert peer.asked == ["RepeatLastMessage"]


@pytest.mark.parametrize(
    "values",
    [OTHER, replace(OURS, original_workstation="KIOSK8"), replace(OURS, original_request=f"{ID}0")],
    ids=["older", "other workstation", "longer id"],
)
def test_a_last_message_about_another_request_leaves_it_in_doubt_whatever_the_ticket_says(
    talking: Talking, values: Values
) -> None:
    terminal, peer = talking(hang_up, says(values=values), ticket())
    ending_of(lambda: authorise(terminal))
    assert ending_of(lambda: recover(terminal)) == NOT_SETTLED
    assert peer.asked[1:] == ["RepeatLastMessage", "TicketReprint"]


def test_an_unheard_request_was_never_begun_only_where_the_record_says_so(talking: Talking) -> None:
    stranger = replace(OTHER, original_workstation="KIOSK8")
    service = replace(OTHER, original_type="GetStatus")
    scripts = (says(values=OTHER), NOTHING, says(values=stranger), ticket(), says(values=service), ticket())
    terminal, _ = talking(*scripts, mapping={"unheard_means_not_done": True})
    assert recover(terminal).result is None
    assert recover(terminal).result is None, "nothing to repeat"
    assert ending_of(lambda: recover(terminal)) == NOT_SETTLED, "of another workstation's request we know nothing"
    assert ending_of(lambda: recover(terminal)) == NOT_SETTLED, "a status is no request for money"


def test_a_ticket_on_which_everything_fits_settles_what_this_process_asked(talking: Talking) -> None:
    terminal, _ = talking(hang_up, NOTHING, ticket())
    ending_of(lambda: authorise(terminal))
    result = recover(terminal).result
    assert result is not None
    assert (result.amount, result.receipts.customer) == (HOLD, ("RECEIPT",))


def test_a_ticket_may_tell_amount_reference_and_time_in_the_journal_alone(talking: Talking) -> None:
    def journalled(caller: Caller) -> None:
        assert caller.device(Output("E-Journal", entry=ENTRY)).result == "Success"
        caller.answer(values=Values(token="99TOKENSECRET"))

    terminal, _ = talking(hang_up, NOTHING, journalled)
    ending_of(lambda: authorise(terminal))
    result = recover(terminal).result
    assert result is not None
    assert result.amount == HOLD


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (ticket(printed=False), "no_receipt"),
        (ticket(result="Failure"), "no_receipt"),
        (ticket(replace(HELD, approval="", reference="")), "no_approval"),
        (ticket(replace(HELD, at="")), "no_time"),
        (ticket(replace(HELD, at="2026-03-02T09:15:17+01:00")), "other_time"),
        (ticket(replace(HELD, at="2026-03-02T09:15:25+01:00")), "other_time"),
        (ticket(replace(HELD, amount="20.00")), "other_amount"),
        (ticket(replace(HELD, amount="")), "other_amount"),
        (ticket(replace(HELD, currency="CHF")), "other_amount"),
        (ticket(replace(HELD, original_request=str(ID - 1))), "other_request"),
        (ticket(replace(HELD, original_request=str(ID), original_workstation="X")), "other_request"),
    ],
)
def test_a_ticket_on_which_one_thing_does_not_fit_settles_nothing(
    talking: Talking, script: Script, reason: str
) -> None:
    terminal, _ = talking(hang_up, NOTHING, script)
    ending_of(lambda: authorise(terminal))
    assert ending_of(lambda: recover(terminal)) == (OutcomeUnknown, reason)


def test_a_ticket_settles_nothing_that_another_process_asked(talking: Talking) -> None:
    terminal, _ = talking(NOTHING, ticket())
    assert ending_of(lambda: recover(terminal)) == (OutcomeUnknown, "other_time")


def test_the_ticket_of_the_cardholder_before_is_not_this_ones(talking: Talking) -> None:
    terminal, _ = talking(says(values=HELD), hang_up, NOTHING, ticket())
    authorise(terminal, ID - 1)
    ending_of(lambda: authorise(terminal))
    assert ending_of(lambda: recover(terminal)) == NOT_SETTLED


def test_a_ticket_that_names_our_request_settles_it_for_any_process(talking: Talking) -> None:
    terminal, _ = talking(NOTHING, ticket(OURS))
    assert recover(terminal).result is not None


def test_the_second_part_of_the_id_is_what_was_delivered_last(talking: Talking) -> None:
    def prints_and_dies(caller: Caller) -> None:
        caller.device(Output("Printer", ("RECEIPT",)))

    terminal, peer = talking(prints_and_dies, says(values=replace(OURS, original_request=f"{ID}.1")))
    ending_of(lambda: authorise(terminal))
    assert recover(terminal).result is not None
    assert peer.asked == ["CardPreAuthorisation", "RepeatLastMessage"]


@pytest.mark.parametrize(("stan", "found"), [("000321", True), ("000320", False)])
def test_where_it_was_not_delivered_the_ticket_must_be_of_the_same_transaction(
    talking: Talking, stan: str, found: bool
) -> None:
    undelivered = says(values=replace(OURS, original_request=f"{ID}.2"))
    terminal, peer = talking(undelivered, ticket(replace(HELD, stan=stan)))
    if found:
        assert recover(terminal).result is not None
    else:
        assert ending_of(lambda: recover(terminal)) == NOT_SETTLED
    assert peer.asked == ["RepeatLastMessage", "TicketReprint"]


def test_a_busy_terminal_is_asked_another_time(talking: Talking) -> None:
    terminal, peer = talking(says("DeviceUnavailable", Values()))
    assert ending_of(lambda: recover(terminal)) == (NotSent, "busy")
    assert peer.asked == ["RepeatLastMessage"]


def test_a_reprint_is_asked_for_three_times_and_then_another_time(talking: Talking) -> None:
    terminal, peer = talking(says("PrintLastTicket", Values()), says("DeviceUnavailable", Values()))
    assert ending_of(lambda: recover(terminal)) == (NotSent, "busy")
    assert peer.asked == ["RepeatLastMessage", *["TicketReprint"] * 3]


def test_after_a_recovery_the_terminal_is_ready_once_it_lists_its_card_circuits(talking: Talking) -> None:
    idle = Values(state="IDLE")
    terminal, peer = talking(
        says(),
        says(values=idle),
        says("Failure", Values()),
        says(values=idle),
        says(values=Values()),
        says(values=idle),
    )
    recover(terminal)
    seen = [terminal.status().readiness for _ in range(3)]
    assert seen == [Readiness.ATTENTION, Readiness.READY, Readiness.READY]
    assert peer.asked[1:] == ["GetStatus", "GetCardCircuits", "GetStatus", "GetCardCircuits", "GetStatus"]
