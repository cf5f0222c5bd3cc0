"""Listeners: what they write is committed with the money, and what they break is not the money."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hardware.models import Terminal
from payments.models import Authorisation
from payments.signals import authorisation_changed, refund_changed, token_read
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import CashDesk, euros


def test_a_listener_is_called_inside_the_transaction_with_the_money_written(
    desk: CashDesk, simulator: Simulator
) -> None:
    seen: list[tuple[str, str, bool]] = []

    def listen(authorisation: Authorisation, event: str, **_: object) -> None:
        stored = Authorisation.objects.get(pk=authorisation.pk)
        assert (stored.state, stored.card, stored.authorised) == (
            authorisation.state,
            authorisation.card,
            authorisation.authorised,
        )
        seen.append((event, stored.state, connection.in_atomic_block))

    authorisation_changed.connect(listen)
    desk.hold(simulator)
    assert seen == [("approved", "authorised", True)]


def test_a_listener_that_fails_loses_what_it_wrote_and_not_the_money(
    desk: CashDesk, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(**_: object) -> None:
        Terminal.objects.update(name="half written")
        raise RuntimeError("a defect in the kiosk")

    for signal in (authorisation_changed, token_read, refund_changed):
        signal.connect(break_down)
    authorisation = desk.captured(simulator)
    refund = desk.refund(authorisation, euros("1.00"))
    desk.run(refund)
    assert (authorisation.state, refund.state) == ("captured", "done")
    assert Terminal.objects.get().name == "IM30"
    assert "a listener failed" in caplog.text


def test_a_listener_may_settle_what_it_hears_of(desk: CashDesk, simulator: Simulator) -> None:
    def release_at_once(authorisation: Authorisation, event: str, **_: object) -> None:
        if event == "approved":
            desk.release(authorisation)

    authorisation_changed.connect(release_at_once)
    authorisation = desk.ask()
    simulator.card()
    desk.run(authorisation)
    assert authorisation.state == "releasing"
    desk.run(authorisation)
    assert authorisation.state == "released"


def test_recording_an_approval_takes_few_queries(desk: CashDesk, simulator: Simulator) -> None:
    desk.release(desk.hold(simulator))
    desk.run(Authorisation.objects.get())
    authorisation = desk.ask()
    simulator.card()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        desk.run(authorisation.operations.get())
    statements = [each["sql"].split()[0] for each in queries.captured_queries]
    assert len([each for each in statements if each in ("SELECT", "UPDATE", "INSERT")]) <= 13, statements
