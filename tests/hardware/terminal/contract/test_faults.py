"""Every fault of the wire, for every verb: the driver tells the truth or that it does not know, and no cent is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hardware.terminal.amounts import to_minor
from hardware.terminal.interface import NotSent, Outcome, PaymentTerminal, Readiness, TerminalError, Verb
from tests.hardware.terminal.contract.cases import NOT_SENT, UNKNOWN, Case
from tests.hardware.terminal.contract.protocols import PROTOCOLS, Terminal
from tests.hardware.terminal.contract.rig import Rig, ending_of, tells_the_truth
from tests.hardware.terminal.simulated import PATIENCE, Simulator
from tests.support.waiting import eventually

FAULTS = [(each, case) for each in PROTOCOLS for case in each.cases()]
WITH_VERBS = [(*each, verb) for each in FAULTS for verb in Verb if verb is Verb.AUTHORISE or not each[1].at_the_reader]
every_fault = pytest.mark.parametrize(
    ("protocol", "case"), FAULTS, indirect=["protocol"], ids=[f"{each.name}-{case}" for each, case in FAULTS]
)


def strike(rig: Rig, operation: str, case: Case) -> PaymentTerminal:
    """Order the fault, and return the driver that is to meet it."""
    if case.impatient:
        rig.terminal.close()  # a serial line has one owner; it is opened again when it is needed
    terminal = rig.open_driver(impatient=True) if case.impatient else rig.terminal
    if operation in ("authorise", "token"):
        rig.simulator.card()  # before: the control side may go away with the wire
    rig.simulator.fault(operation, case.fault, **case.order)
    return terminal


@pytest.mark.parametrize(
    ("protocol", "case", "verb"),
    WITH_VERBS,
    indirect=["protocol"],
    ids=[f"{each.name}-{verb}-{case}" for each, case, verb in WITH_VERBS],
)
def test_a_verb_ends_as_it_may_and_the_visit_can_be_finished(rig: Rig, case: Case, verb: Verb) -> None:
    rig.prepare(verb)
    before = rig.moved()
    terminal = strike(rig, verb, case)
    ending, result = ending_of(lambda: rig.ask(verb, terminal=terminal, card=""))
    terminal.close()
    moved = rig.moved()[len(before) :]
    assert ending in case.endings
    tells_the_truth(rig, verb, ending, result, moved)
    if case.fault == "approved_less":
        assert result is not None
        assert (to_minor(result.amount), moved) == (case.order["amount"], [(verb, case.order["amount"])])
    if not moved:  # nothing was done, so it may be asked again
        eventually(lambda: rig.terminal.status().readiness is Readiness.READY, what="it is ready again")
        assert rig.ask(verb).outcome is Outcome.APPROVED
    if verb is Verb.AUTHORISE and (rig.recovers or ending != UNKNOWN):
        assert rig.release().outcome is Outcome.APPROVED, "and what was held is found and released"
        assert rig.simulator.totals()[-1]["held_minor"] == 0
    assert len([kind for kind, _ in rig.moved() if kind == verb]) == 1, "once"
    assert rig.simulator.get("/sim/faults")["faults"] == [], "the fault happened, once"


@every_fault
def test_a_token_read_meets_the_same_and_no_money_moves(rig: Rig, case: Case) -> None:
    terminal = strike(rig, "token", case)
    try:
        found = terminal.read_token(request_id=1, language="en")
        ending = str(found.outcome)
        assert (found.card is not None) == (found.outcome is Outcome.APPROVED)
    except TerminalError as error:
        ending = NOT_SENT if isinstance(error, NotSent) else UNKNOWN
    without_amount = case.fault in ("approved_less", "test_system")
    assert ending in (case.endings | ({Outcome.APPROVED} if without_amount else set()))
    assert rig.moved() == []


def test_status_never_raises(rig: Rig, protocol: Terminal) -> None:
    impatient = rig.open_driver(impatient=True)
    for case in protocol.cases():
        rig.simulator.fault("status", case.fault, **case.order)
        assert impatient.status().readiness in set(Readiness), case
        impatient.close()  # a serial line has one owner
        eventually(rig.simulator.is_up, what=f"the simulator is back after {case}")
        rig.simulator.call("DELETE", "/sim/faults")
        eventually(lambda: rig.terminal.status().readiness is Readiness.READY, PATIENCE, f"ready again after {case}")
        rig.terminal.close()


@pytest.mark.parametrize("protocol", PROTOCOLS, indirect=True, ids=lambda each: each.name)
def test_every_fault_that_the_simulator_plays_is_in_the_contract(protocol: Terminal) -> None:
    assert {case.fault for case in protocol.cases()} == set(protocol.kinds) == set(protocol.place().wire.kinds)


def test_a_terminal_that_is_away_is_a_status_and_nothing_is_sent(
    rig: Rig, simulator: Simulator, open_driver: Callable[..., PaymentTerminal]
) -> None:
    simulator.fault("any", "connection_refused", seconds=0.4)
    away = open_driver()
    assert away.status().readiness is Readiness.UNREACHABLE
    assert away.display_text(language="en") == ""
    with pytest.raises(TerminalError):
        away.abort()
    eventually(lambda: rig.terminal.status().readiness is Readiness.READY, what="it is back")
