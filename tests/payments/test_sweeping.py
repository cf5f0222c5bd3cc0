"""What the sweep finds, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from hardware.models import Terminal
from payments import operations, tokens
from payments import sweep as sweeping
from payments.models import Authorisation, JournalSeal, Operation
from payments.signals import authorisation_changed
from payments.sweep import sweep
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import CashDesk
from tests.payments.conftest import Announcements, Woken
from tests.payments.scripted import ScriptedTerminal
from tests.support.plans import read_as_a_whole


def test_a_lost_wake_up_is_made_up_for_and_a_fresh_one_is_not_doubled(desk: CashDesk, woken: Woken) -> None:
    operation = desk.ask().operations.get()
    woken.clear()
    sweep(desk.clock())
    assert ("payments.authorise", str(operation.pk)) not in woken
    sweep(desk.clock.forward(seconds=2))
    assert woken.count(("payments.authorise", str(operation.pk))) == 1


def test_what_waits_for_a_busy_terminal_is_not_woken_again_and_again(
    desk: CashDesk, simulator: Simulator, woken: Woken
) -> None:
    desk.capture(desk.hold(simulator))
    Operation.objects.filter(pk=desk.ask().operations.get().pk).update(
        state="in_flight", lease_until=desk.clock.forward(seconds=15)
    )
    woken.clear()
    sweep(desk.clock())
    assert woken == []


@pytest.mark.parametrize("kind", ["authorise", "read_token"])
def test_a_cardholder_whose_turn_never_came_is_dismissed(
    desk: CashDesk, announced: Announcements, woken: Woken, kind: str
) -> None:
    if kind == "authorise":
        desk.ask()
    else:
        tokens.read_token(terminal=desk.terminal, language="en", now=desk.clock())
    sweep(desk.clock.forward(seconds=91))
    operation = Operation.objects.get()
    assert (operation.state, operation.detail) == ("cancelled", "not_served")
    assert operation.finished_at == desk.clock()
    if kind == "authorise":
        assert (Authorisation.objects.get().state, announced.events) == ("failed", ["nothing_held"])
        assert Authorisation.objects.get().reason == "not_served"
    else:
        assert announced.cards == [None]


def test_an_operation_in_doubt_is_woken_for_recovery_when_it_is_due(
    desk: CashDesk, simulator: Simulator, woken: Woken
) -> None:
    simulator.fault("authorise", "lost_answer")
    authorisation = desk.ask()
    simulator.card()
    operation = desk.run(authorisation)
    recovery = ("payments.recover", str(operation.pk))
    sweep(desk.clock())
    assert recovery not in woken
    sweep(desk.clock.forward(seconds=6))
    assert recovery in woken
    woken.clear()
    operations.claim(desk.ask().operations.get().pk, desk.clock())
    sweep(desk.clock())
    assert recovery not in woken  # the terminal serves somebody


def test_a_terminal_is_woken_to_say_how_it_is_when_that_is_due(desk: CashDesk, woken: Woken) -> None:
    sweeping.wake_polls(desk.clock())
    assert woken == [("payments.poll_terminal", desk.terminal.pk)]
    woken.clear()
    Terminal.objects.update(state_at=desk.clock())
    sweeping.wake_polls(desk.clock())
    assert woken == []


def test_a_worker_that_was_only_slow_keeps_its_lease_and_the_others_lose_theirs(
    scripted_desk: CashDesk, scripted: ScriptedTerminal, announced: Announcements
) -> None:
    clock, lost = scripted_desk.clock, []
    for number in range(3):
        terminal = Terminal.objects.create(name=str(number), url=f"scripted://{number}", state="ready")
        clock.forward(seconds=1)
        lost.append(CashDesk(terminal, clock).ask().operations.get())
        operations.claim(lost[-1].pk, clock())
    now = clock.forward(seconds=16)

    def renew(**_: object) -> None:
        """The first that is in doubt is the newest; meanwhile the second is heard of."""
        Operation.objects.filter(pk=lost[1].pk).update(lease_until=now)

    for number, each in enumerate(lost):
        Operation.objects.filter(pk=each.pk).update(lease_until=now - timedelta(seconds=number + 1))
    authorisation_changed.connect(renew)
    sweeping.lapse_leases(now)
    states = dict(Operation.objects.values_list("terminal__name", "state"))
    assert states == {"0": "unknown", "1": "in_flight", "2": "unknown"}
    assert announced.events == ["authorise_lost"] * 2


def test_a_step_that_fails_does_not_keep_the_others_from_theirs(
    desk: CashDesk, monkeypatch: pytest.MonkeyPatch, woken: Woken, caplog: pytest.LogCaptureFixture
) -> None:
    def lapse_leases(now: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(sweeping, "lapse_leases", lapse_leases)
    desk.ask()
    woken.clear()
    sweep(desk.clock.forward(seconds=2))
    assert woken
    assert "lapse_leases failed" in caplog.text


def test_a_sweep_with_nothing_to_do_asks_few_questions(
    desk: CashDesk, simulator: Simulator, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    desk.captured(simulator)
    Terminal.objects.update(state_at=desk.clock())
    with django_assert_max_num_queries(10):
        sweep(desk.clock())


def test_the_sweep_reads_only_what_is_open(terminal: Terminal) -> None:
    assert not read_as_a_whole(lambda: sweep(timezone.now()), small={Terminal, JournalSeal})


@pytest.mark.parametrize(
    "question",
    [
        operations.releases_at,
        lambda terminal: operations.claimable(timezone.now()).filter(terminal=terminal),
        lambda terminal: operations.next_for(terminal.pk, timezone.now()),
    ],
    ids=["releases", "claimable", "next"],
)
def test_what_waits_at_a_terminal_is_found_without_reading_what_it_ever_did(
    terminal: Terminal, question: Callable[[Terminal], object]
) -> None:
    def asked() -> None:
        found = question(terminal)
        if isinstance(found, QuerySet):
            found.first()

    assert not read_as_a_whole(asked, small={Terminal})


def test_whether_a_terminal_must_be_asked_first_is_found_likewise(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "recovers_only_the_last", lambda terminal: True)
    assert not read_as_a_whole(lambda: operations.is_blocked(terminal), small={Terminal})
