"""A driver that dies at any step: what it asked is found out by the next one, and nothing is lost or done twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hardware.terminal.interface import NotSent, Outcome, OutcomeUnknown, TerminalError, Verb
from hardware.terminal.technician.notebook import Notebook
from tests.hardware.terminal.contract.protocols import Place
from tests.hardware.terminal.contract.rig import AMOUNTS, HOLD, Rig, tells_the_truth
from tests.hardware.terminal.simulated import PATIENCE
from tests.support.waiting import eventually


class Victim:
    """The technician's command in a process of its own, to be killed with what it has asked."""

    def __init__(self, rig: Rig, place: Place, folder: Path) -> None:
        self._url = place.url(rig.simulator)
        self._state = folder / "notebook.json"
        self._options = ["--profile", json.dumps(dict(place.profile)), "--state", str(self._state)]

    def start(self, *verb: str) -> subprocess.Popen[bytes]:
        """Let it ask."""
        command = [sys.executable, "-m", "hardware.terminal", self._url, *verb, *self._options]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def ask(self, *verb: str) -> None:
        """Let it ask and hear the answer."""
        with self.start(*verb) as process:
            assert process.wait(PATIENCE) == 0

    def asked(self) -> int:
        """The request id of what was not answered."""
        (question,) = Notebook(self._state, self._url).questions
        return question.request_id


@pytest.fixture
def victim(rig: Rig, place: Place, tmp_path: Path) -> Victim:
    rig.terminal.close()
    return Victim(rig, place, tmp_path)


def idle(rig: Rig) -> bool:
    return rig.simulator.state()["operation"] is None


def test_killed_while_a_card_is_awaited(rig: Rig, victim: Victim) -> None:
    with victim.start("authorise", str(HOLD.amount)) as process:
        rig.simulator.wait_for("card")
        process.kill()
    rig.simulator.card()
    eventually(lambda: idle(rig), PATIENCE, what="the terminal is done with it")
    rig.terminal = rig.open_driver()
    if rig.recovers:
        found = rig.recovered(Verb.AUTHORISE, victim.asked())
        assert (found is not None and found.outcome is Outcome.APPROVED) == (rig.moved() == [("authorise", 4000)])
        if found and found.handle:
            assert rig.release().outcome is Outcome.APPROVED
        assert all(each["held_minor"] == 0 for each in rig.simulator.totals())


@pytest.mark.parametrize("verb", [Verb.AUTHORISE, Verb.CAPTURE])
def test_killed_while_the_answer_is_under_way(rig: Rig, victim: Victim, verb: Verb) -> None:
    if verb is Verb.AUTHORISE:
        rig.simulator.card()
    else:
        rig.simulator.card()
        victim.ask("authorise", str(HOLD.amount))
    rig.simulator.fault(verb, "slow", seconds=5)
    before = rig.moved()
    with victim.start(str(verb), str(AMOUNTS[verb].amount)) as process:
        moved = eventually(lambda: rig.moved()[len(before) :], PATIENCE, what="the bank did it")
        process.kill()
    assert [kind for kind, _ in moved] == [verb]
    rig.terminal = rig.open_driver()
    if rig.recovers:
        found = rig.recovered(verb, victim.asked())
        assert found is not None
        assert (found.outcome, found.amount) == (Outcome.APPROVED, AMOUNTS[verb])
    assert rig.moved() == [*before, *moved]


def test_every_verbs_answer_is_told_again(rig: Rig) -> None:
    if not rig.recovers:
        return
    for verb in (Verb.AUTHORISE, Verb.CAPTURE, Verb.REFUND):
        first = rig.ask(verb)
        again = rig.recovered(verb)
        assert again is not None
        assert (again.outcome, again.amount, again.request_id) == (first.outcome, first.amount, first.request_id)
        assert again.handle == first.handle
    rig.hold()
    rig.release()
    freed = rig.recovered(Verb.RELEASE)
    assert freed is not None
    assert freed.outcome is Outcome.APPROVED


def test_what_was_never_asked_was_never_done(rig: Rig) -> None:
    rig.hold()
    if rig.recovers:
        assert rig.recovered(Verb.CAPTURE, 999) is None


def test_what_is_still_under_way_cannot_be_told_yet(rig: Rig, background: Callable[..., Future[Any]]) -> None:
    if not rig.recovers:
        return
    held = background(rig.terminal.authorise, request_id=1, key=uuid4(), amount=HOLD, language="en")
    rig.simulator.wait_for("card")
    with pytest.raises(TerminalError):
        rig.open_driver().recover(request_id=1, verb=Verb.AUTHORISE, amount=HOLD)
    rig.simulator.card()
    assert held.result(PATIENCE).outcome is Outcome.APPROVED


@pytest.mark.parametrize("fault", ["lost_answer", "garbled"])
def test_an_answer_about_an_earlier_request_that_is_lost_is_no_answer(rig: Rig, fault: str) -> None:
    if not rig.recovers or fault not in rig.simulator.get("/sim/faults")["kinds"]:
        return
    rig.simulator.fault("authorise", "lost_answer")
    with pytest.raises(OutcomeUnknown):
        rig.hold()
    rig.simulator.fault("recover", fault)
    with pytest.raises((NotSent, OutcomeUnknown)):
        rig.terminal.recover(request_id=rig.request_id, verb=Verb.AUTHORISE, amount=HOLD)
    tells_the_truth(rig, Verb.AUTHORISE, "unknown", None, rig.moved())
