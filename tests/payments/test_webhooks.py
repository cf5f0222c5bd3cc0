"""Hints from outside: they have us ask, and no more than that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from hardware.models import Terminal
from hardware.terminal.hints import LARGEST_HINT
from hardware.terminals import driver
from payments import recovery, terminals
from payments.models import Operation
from tests.hardware.terminal.ccv.cloud import HINTED, PROFILE, started
from tests.hardware.terminal.simulated import PATIENCE, Simulator
from tests.payments.cashdesk import CashDesk
from tests.payments.clock import Clock
from tests.payments.conftest import Woken
from tests.support.waiting import eventually

HINT = json.dumps({"id": "TL00000001"}).encode()


@pytest.fixture(autouse=True)
def nothing_was_said_before() -> None:
    cache.clear()


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Simulator]:
    with started(tmp_path) as simulator:
        yield simulator


@pytest.fixture
def terminal(db: None, cloud: Simulator) -> Terminal:
    url = f"ccv+{cloud.url}/api/v1?terminal=12345678"
    return Terminal.objects.create(name="IM30", url=url, profile=PROFILE, state="ready")


@pytest.fixture
def doubtful(terminal: Terminal, clock: Clock, cloud: Simulator) -> Operation:
    """An authorisation whose answer was lost; the cloud has it."""
    desk = CashDesk(terminal, clock)
    cloud.card()
    cloud.fault("authorise", "lost_answer")
    operation = desk.run(desk.ask())
    assert operation.state == "unknown"
    Operation.objects.filter(pk=operation.pk).update(recovery_at=clock() + timedelta(hours=1))
    operation.refresh_from_db()
    return operation


def post(client: Client, terminal: Terminal, body: bytes = HINT, query: str = "") -> int:
    path = f"/hooks/terminals/{terminal.pk}/{query}"
    return client.post(path, data=body, content_type="application/json").status_code


def test_a_hint_has_recovery_ask_now_and_what_ccv_says_is_what_counts(
    client: Client, terminal: Terminal, doubtful: Operation, woken: Woken, clock: Clock
) -> None:
    assert doubtful.recovery_at == clock() + timedelta(hours=1)
    assert post(client, terminal, query=f"?request={doubtful.request_id}") == 200
    assert woken == [("payments.recover", str(doubtful.pk))]
    recovery.recover(doubtful.pk)
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.outcome) == ("answered", "approved")


def test_hints_use_up_none_of_the_tries(
    client: Client, terminal: Terminal, doubtful: Operation, woken: Woken, clock: Clock
) -> None:
    Operation.objects.filter(pk=doubtful.pk).update(recovery_tries=3)
    for _ in range(2):
        cache.clear()
        Operation.objects.filter(pk=doubtful.pk).update(recovery_at=clock() + timedelta(hours=1))
        post(client, terminal)
        Operation.objects.filter(pk=doubtful.pk).update(recovery_tries=3)  # as the question that follows counts it
    assert len(woken) == 2
    Operation.objects.filter(pk=doubtful.pk).update(recovery_tries=0, recovery_at=clock() + timedelta(hours=1))
    cache.clear()
    post(client, terminal)
    doubtful.refresh_from_db()
    assert doubtful.recovery_tries == 0


def test_what_was_left_to_a_person_stays_with_them(
    client: Client, terminal: Terminal, doubtful: Operation, woken: Woken
) -> None:
    Operation.objects.filter(pk=doubtful.pk).update(recovery_at=None)
    assert post(client, terminal) == 200
    doubtful.refresh_from_db()
    assert (woken, doubtful.recovery_at) == ([], None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 4000,
        b'{"id": 7}',
        b'{"id": "no <reference>"}',
        HINT + b" " * LARGEST_HINT,
    ],
)
def test_rubbish_is_taken_for_what_it_is(
    client: Client, terminal: Terminal, doubtful: Operation, woken: Woken, body: bytes
) -> None:
    assert post(client, terminal, body) == 200
    assert woken == []


@pytest.mark.parametrize("query", ["?request=1", "?request=x", "?request=99999999999999", "?request=%D9%A1"])
def test_a_hint_about_another_request_moves_nothing(
    client: Client, terminal: Terminal, doubtful: Operation, woken: Woken, query: str
) -> None:
    assert post(client, terminal, query=query) == 200
    assert woken == []


def test_many_hints_at_once_are_one(client: Client, terminal: Terminal, doubtful: Operation, woken: Woken) -> None:
    for _ in range(5):
        assert post(client, terminal) == 200
    assert len(woken) == 1


def test_a_hint_for_nothing_or_for_a_terminal_that_takes_none_does_nothing(
    client: Client, terminal: Terminal, woken: Woken
) -> None:
    other = Terminal.objects.create(name="other", url="payproxy+http://127.0.0.1:9", state="ready")
    gone = Terminal(pk=987_654)
    assert [post(client, each) for each in (terminal, other, gone)] == [200, 200, 200]
    assert woken == []


def test_a_hint_is_posted_and_needs_no_token_of_ours(terminal: Terminal) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert post(strict, terminal) == 200
    assert strict.get(f"/hooks/terminals/{terminal.pk}/").status_code == 405


def test_a_hint_about_what_is_under_way_wakes_the_driver_that_waits(
    client: Client, terminal: Terminal, woken: Woken, clock: Clock, cloud: Simulator
) -> None:
    terminal.profile = HINTED  # it would look again in a quarter of an hour
    terminal.save()
    operation = CashDesk(terminal, clock).ask().operations.get()
    Operation.objects.filter(pk=operation.pk).update(state="in_flight", lease_until=clock() + timedelta(minutes=1))
    with ThreadPoolExecutor() as beside:
        waiting = beside.submit(driver(terminal).read_token, request_id=operation.request_id, language="en")
        cloud.wait_for("card")
        cloud.card()
        eventually(lambda: cloud.state()["operation"] is None, what="the card was read")
        woken.clear()
        post(client, terminal)
        assert woken == [("payments.hint", terminal.pk)]
        terminals.hint(terminal.pk)
        assert waiting.result(PATIENCE).card is not None


def test_a_hint_for_a_record_that_no_driver_can_be_opened_with_is_no_error(terminal: Terminal) -> None:
    Terminal.objects.filter(pk=terminal.pk).update(profile={"nonsense": 1})
    terminals.hint(terminal.pk)
    terminals.hint(terminal.pk + 1)
