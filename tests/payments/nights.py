"""Nights at a terminal whose day is closed at three."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from moneyed import Money

from hardware.models import Terminal
from hardware.terminal.interface import Closing, NotSent, Outcome, Receipts
from payments import closing
from payments.models import Authorisation, DayClosing, Operation
from tests.payments.cashdesk import TWELVE, CashDesk
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import approve

Step = Callable[..., Any]

THREE = time(3, 0)
NIGHT = datetime(2026, 6, 10, 3, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))


def closed(count: int | None = None, total: Money | None = None) -> Step:
    return lambda **_: Closing(Outcome.APPROVED, receipts=Receipts(("DAY CLOSED",)), count=count, total=total)


def refused(request_id: int) -> Closing:
    return Closing(Outcome.DECLINED, reason="77 end of day failed")


def busy(request_id: int) -> Closing:
    raise NotSent("", reason="busy")


@pytest.fixture
def night(scripted_desk: CashDesk, settings: Any) -> CashDesk:
    """Three o'clock on the site's wall, at a terminal whose day is closed then."""
    settings.TIME_ZONE = "Europe/Amsterdam"
    Terminal.objects.update(close_at=THREE)
    scripted_desk.terminal.refresh_from_db()
    scripted_desk.clock.now = NIGHT
    return scripted_desk


def tick(desk: CashDesk, **later: float) -> DayClosing:
    """A sweep then, and what a worker does after it; the newest closing."""
    closing.tick(desk.clock.forward(**later))
    for operation in Operation.objects.filter(kind="end_of_day", state="queued"):
        desk.run(operation)
    return DayClosing.objects.latest("created_at")


def end_of_day(desk: CashDesk, scripted: ScriptedTerminal, step: Step, **later: float) -> DayClosing:
    scripted.script = [step]
    return tick(desk, **later)


def captured(desk: CashDesk, scripted: ScriptedTerminal, amount: Money = TWELVE) -> Authorisation:
    scripted.script = [approve, approve]
    held = desk.ask()
    desk.run(held)
    desk.capture(held, amount)
    desk.run(held)
    return held


def held(desk: CashDesk, scripted: ScriptedTerminal) -> Authorisation:
    scripted.script = [approve]
    authorisation = desk.ask()
    desk.run(authorisation)
    return authorisation
