"""Whatever happens in whatever order: no more is taken than is held, nothing for nothing, and never twice."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware.terminal.interface import Outcome
from kiosk import visits
from kiosk.lifecycle import OPEN, State
from kiosk.models import Receipt, Session, StopAttempt
from payments import operations
from payments.models import Authorisation, Operation
from tests.kiosk.place import MAESTRO, VISA, Place, approve, lose, refuse, reread


def _charge(place: Place, session: Session, wh: int) -> None:
    if session.start_command is not None and hasattr(session.start_command, "started"):
        place.meter(session, 1000 + wh)


def _plug_in(place: Place, session: Session, _: int) -> None:
    if session.start_command is not None:
        place.plug_in(session)


def _stop(place: Place, session: Session, wh: int) -> None:
    if session.start_command is not None and hasattr(session.start_command, "started"):
        place.stopped(session, wh=1000 + wh, reason="EVDisconnected")


def _card(place: Place, session: Session, number: int) -> None:
    try:
        attempt: StopAttempt = place.ask_to_stop(session)
    except visits.Refused:
        return
    if operations.claimable(place.now).filter(pk=attempt.operation_id).exists():
        place.present(attempt, [VISA, MAESTRO, None][number % 3])


def _terminal(place: Place, session: Session, number: int) -> None:
    operation = place.newest(session)
    answer = [approve(), refuse(), lose][number % 3]
    if operation.state == Operation.State.QUEUED:
        place.answer(session, answer)
    elif operation.state == Operation.State.UNKNOWN:
        place.found(session, approve())


def _offline(place: Place, _: Session, number: int) -> None:
    (place.offline if number % 2 else place.online)(place.charger)


def _status(place: Place, session: Session, number: int) -> None:
    place.status(session.connector, ["Charging", "Faulted", "Available"][number % 3])


def _cancel(place: Place, session: Session, _: int) -> None:
    visits.cancel(session, now=place.now)


def _time(place: Place, _: Session, seconds: int) -> None:
    place.forward(seconds=abs(seconds))
    place.sweep()


HAPPENINGS: list[Callable[[Place, Session, int], None]] = [
    _charge, _charge, _plug_in, _stop, _card, _terminal, _offline, _status, _cancel, _time, _time,
]  # fmt: skip


@given(
    happenings=st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(-500, 9000)), max_size=14),
    granted=st.sampled_from(["", "12.00", "3.00"]),
    begun=st.booleans(),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_no_visit_takes_more_than_is_held_or_anything_for_nothing(
    place: Place,
    no_failures: None,
    happenings: list[tuple[Callable[[Place, Session, int], None], int]],
    granted: str,
    begun: bool,
) -> None:
    with transaction.atomic():
        place.online(place.charger)
        session = place.begin()
        place.answer(session, approve(granted))
        if begun:
            _plug_in(place, reread(session), 0)
        for happen, number in happenings:
            happen(place, reread(session), number)
            _check(session)
        _bring_to_an_end(place, session)
        refused = place.newest(session).outcome == Outcome.DECLINED  # a settlement: that is for a person
        assert reread(session).state == State.IN_DOUBT if refused else reread(session).state not in OPEN
        _check(session)
        transaction.set_rollback(True)


def _bring_to_an_end(place: Place, session: Session) -> None:
    """Long silence, and a terminal that approves whatever it is asked."""
    for _ in range(4):
        place.forward(hours=13)
        place.sweep()
        if place.newest(session).state in (Operation.State.QUEUED, Operation.State.UNKNOWN):
            _terminal(place, reread(session), 0)


def _check(session: Session) -> None:
    session = reread(session)
    money = Authorisation.objects.get(pk=session.authorisation_id)
    asked = Operation.objects.filter(authorisation=money, kind__in=["capture", "release"])
    assert money.captured_minor <= money.authorised_minor
    assert session.cost_minor <= money.authorised_minor
    assert asked.count() <= 1
    if session.energy_wh == 0:
        assert not asked.filter(kind="capture").exists()
    if money.state == "captured":
        assert money.captured_minor == session.cost_minor
        assert Receipt.objects.filter(session=session).count() == 1
