"""The card that stops a session: only the one that started it may. Nothing is charged by presenting any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hardware.terminal.interface import Outcome as Answer
from kiosk import live, stopping
from kiosk.lifecycle import HOLDS_CONNECTOR, State
from kiosk.models import Kiosk, Session, StopAttempt
from kiosk.timeline import Code, Source, record
from payments import tokens
from payments.cards import same_card
from payments.models import CardToken, Operation

Outcome = StopAttempt.Outcome

_CODES: Mapping[str, Code] = {
    Outcome.MATCHED: Code.STOP_CARD_MATCHED,
    Outcome.OTHER_SESSION: Code.STOP_CARD_OTHER_SESSION,
    Outcome.NO_MATCH: Code.STOP_CARD_NO_MATCH,
    Outcome.NO_CARD: Code.STOP_CARD_NO_CARD,
    Outcome.FAILED: Code.STOP_CARD_FAILED,
    Outcome.TOO_LATE: Code.STOP_CARD_TOO_LATE,
}
#: Nobody presented a card; anything else without a card is a failure of the terminal.
_NOBODY = frozenset({Answer.ABORTED, Answer.TIMED_OUT})
UNDER_WAY = frozenset({Operation.State.QUEUED, Operation.State.IN_FLIGHT})


def ask(session: Session, kiosk: Kiosk, language: str, now: datetime) -> StopAttempt:
    """Have the kiosk's terminal ask for a card. Asking twice asks once. Raises TerminalBusy, TerminalNotReady."""
    waiting = session.stop_attempts.filter(outcome=Outcome.WAITING, operation__terminal_id=kiosk.terminal_id).first()
    if waiting is not None:
        return waiting
    operation = tokens.read_token(terminal=kiosk.terminal, language=language, now=now)
    attempt = StopAttempt.objects.create(session=session, operation=operation, created_at=now)
    record(session, Source.DRIVER, Code.STOP_CARD_ASKED, now=now)
    live.publish(session.site_id)
    return attempt


def withdraw(attempt: StopAttempt, now: datetime) -> None:
    """The driver does not want to stop after all; what the terminal says to that decides."""
    if attempt.outcome == Outcome.WAITING:
        tokens.cancel_token_read(attempt.operation, now)


def presented(session: Session, attempt: StopAttempt, card: CardToken | None, now: datetime) -> None:
    """What came of asking for a card. The first word counts; ``card`` None: none was presented."""
    outcome = _judge(session, attempt.operation, card)
    mine = StopAttempt.objects.filter(pk=attempt.pk, outcome=Outcome.WAITING)
    if not mine.update(outcome=outcome, finished_at=now):
        return
    attempt.outcome, attempt.finished_at = outcome, now
    record(session, Source.TERMINAL, _CODES[outcome], now=now)
    live.publish(session.site_id)
    if outcome == Outcome.MATCHED:
        stopping.stop(session, Session.EndReason.CARD, now, Source.DRIVER)


def _judge(session: Session, operation: Operation, card: CardToken | None) -> Outcome:
    if card is None:
        nobody = operation.state == Operation.State.CANCELLED or operation.outcome in _NOBODY
        return Outcome.NO_CARD if nobody else Outcome.FAILED
    if session.state != State.CHARGING:
        return Outcome.TOO_LATE
    if session.card is not None and same_card(session.card, card):
        return Outcome.MATCHED
    others = Session.objects.filter(site_id=session.site_id, state__in=HOLDS_CONNECTOR, card__isnull=False)
    theirs = [each.card for each in others.exclude(pk=session.pk).select_related("card")]
    return Outcome.OTHER_SESSION if any(same_card(each, card) for each in theirs if each) else Outcome.NO_MATCH
