"""Beside a worker that asks for a card: texts for the screen, and the driver's change of mind for the terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection

from hardware import bus
from hardware.models import Terminal
from hardware.terminal import registry
from hardware.terminal.interface import Capability, NotSent, Outcome, Result
from hardware.terminal.kind import TerminalKind
from payments import attending, authorisations, operations, tasks
from payments.models import Authorisation, Operation
from tests.payments.cashdesk import FIFTY, CashDesk
from tests.payments.clock import Clock
from tests.payments.scripted import ScriptedTerminal
from tests.payments.test_answers import approve
from tests.support.waiting import eventually

with_threads = pytest.mark.django_db(transaction=True)


class Waiting(ScriptedTerminal):
    """Waits for a card until the test lets go, or somebody has it stop."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.languages: set[str] = set()
        self.told = threading.Event()
        self.script = [self._wait]

    def _wait(self, request_id: int, **_: object) -> Result:
        assert self.told.wait(10)
        return Result(Outcome.ABORTED, 0 * FIFTY, request_id)

    def abort(self) -> None:
        super().abort()
        self.told.set()

    def display_text(self, *, language: str) -> str:
        self.languages.add(language)
        return self.text


class Visit:
    """A worker asks a terminal for a card, in a thread."""

    def __init__(self, desk: CashDesk, terminal: Waiting) -> None:
        self.desk, self.terminal = desk, terminal
        self.authorisation = desk.ask()
        self.operation = self.authorisation.operations.get()
        self._pool = ThreadPoolExecutor(1)
        self._done: Future[None] = self._pool.submit(self._run)
        eventually(lambda: "authorise" in terminal.verbs)

    def _run(self) -> None:
        try:
            self.desk.run(self.operation)
        finally:
            connection.close()

    def end(self) -> Operation:
        """The operation, once the terminal has answered."""
        self._done.result(10)
        self._pool.shutdown()
        return Operation.objects.get(pk=self.operation.pk)

    def shown(self) -> str:
        return Operation.objects.get(pk=self.operation.pk).terminal_text


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    monkeypatch.setattr(attending, "PAUSE", 0.01)
    terminal = Waiting()
    monkeypatch.setitem(registry.BY_SCHEME, "scripted", TerminalKind(("scripted",), lambda *_: terminal, {}))
    return terminal


@pytest.fixture
def visit(scripted_desk: CashDesk, scripted: Waiting) -> Iterator[Visit]:
    begun = Visit(scripted_desk, scripted)
    yield begun
    scripted.told.set()
    begun.end()


@with_threads
def test_what_the_terminal_says_is_shown_until_it_answers(
    visit: Visit, scripted: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, object]] = []
    monkeypatch.setattr(bus, "publish", lambda topic, key: told.append((topic, key)))
    scripted.text = "Present card"
    eventually(lambda: visit.shown() == "Present card")
    scripted.text = "PIN"
    eventually(lambda: visit.shown() == "PIN")
    assert told == [("terminal", visit.desk.terminal.pk)] * 2  # and not once for every look
    scripted.text = ""
    eventually(lambda: visit.shown() == "")
    scripted.text = "Please wait"
    eventually(lambda: visit.shown() == "Please wait")
    assert scripted.languages == {"en"}
    scripted.told.set()
    assert visit.end().terminal_text == ""


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Card 4929 1234 5678 9012 ok", "Card ****9012 ok"),
        ("TID 12345678", "TID ****"),
        ("EUR 50,00 12:34 PIN 1234", "EUR 50,00 12:34 PIN 1234"),
        ("  two\r\nlines\x1b[2J\x00 ", "two lines [2J"),
        ("4929\n1234\n5678\n9012", "****9012"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_screen_is_told_one_short_line_without_long_numbers(said: str, shown: str) -> None:
    assert attending.for_the_screen(said) == shown


def test_what_is_said_and_wished_at_one_terminal_is_not_at_another(scripted_desk: CashDesk, clock: Clock) -> None:
    other = Terminal.objects.create(name="Other", url="scripted://other", state="ready")
    ours, theirs = (
        authorisations.authorise(terminal=terminal, amount=FIFTY, language="en", now=clock()).operations.get()
        for terminal in (scripted_desk.terminal, other)
    )
    assert operations.claim(ours.pk, clock())
    assert operations.claim(theirs.pk, clock())
    operations.show(ours, "Present card")
    operations.want_abort(ours)
    theirs.refresh_from_db()
    assert (theirs.terminal_text, theirs.abort_wanted) == ("", False)
    assert not operations.take_abort(theirs.pk)
    assert operations.take_abort(ours.pk)


@with_threads
def test_a_driver_who_changes_their_mind_is_heard_without_any_wake_up(visit: Visit, scripted: Waiting) -> None:
    """The wake-up may be lost, or come to a process that has no line to the terminal."""
    authorisations.cancel(visit.authorisation, visit.desk.clock())
    operation = visit.end()
    assert (operation.outcome, operation.abort_wanted) == ("aborted", False)
    assert scripted.verbs == ["authorise", "abort"]
    assert Authorisation.objects.get().state == "failed"


@with_threads
def test_a_wake_up_in_the_right_process_is_heard_at_once(
    scripted_desk: CashDesk, scripted: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "PAUSE", 3600.0)
    visit = Visit(scripted_desk, scripted)
    authorisations.cancel(visit.authorisation, visit.desk.clock())
    tasks.abort(str(visit.operation.pk))
    tasks.abort(str(visit.operation.pk))
    assert visit.end().outcome == "aborted"
    assert scripted.verbs == ["authorise", "abort"]


def test_a_wake_up_in_another_process_leaves_terminal_and_wish_alone(
    scripted_desk: CashDesk, scripted: ScriptedTerminal
) -> None:
    authorisation = scripted_desk.ask()
    operation = operations.claim(authorisation.operations.get().pk, scripted_desk.clock())
    assert operation is not None
    authorisations.cancel(authorisation, scripted_desk.clock())
    tasks.abort(str(operation.pk))
    assert scripted.verbs == []
    assert operations.take_abort(operation.pk)
    assert not operations.take_abort(operation.pk)


@with_threads
def test_nothing_is_aborted_that_nobody_wanted_aborted(visit: Visit, scripted: Waiting) -> None:
    tasks.abort(str(visit.operation.pk))
    scripted.text = "still here"
    eventually(lambda: visit.shown() == "still here")
    assert scripted.verbs == ["authorise"]


@with_threads
def test_nobody_attends_to_what_was_answered(visit: Visit, scripted: Waiting) -> None:
    assert _attendants() == [f"attendant-{visit.operation.request_id}"]
    assert attending.attended_here() == {visit.operation.pk}
    scripted.told.set()
    visit.end()
    assert _attendants() == []
    assert attending.attended_here() == frozenset()
    operations.want_abort(visit.operation)
    assert not operations.take_abort(visit.operation.pk)
    operations.show(visit.operation, "too late")
    assert Operation.objects.get(pk=visit.operation.pk).display == ""


def test_what_settles_money_is_not_attended_to(scripted_desk: CashDesk, scripted: Waiting) -> None:
    seen: list[object] = []

    def look(request_id: int, amount: object, **_: object) -> Result:
        seen.extend(attending.attended_here())
        return approve(request_id, amount)

    scripted.script = [approve, look]
    held = scripted_desk.ask()
    scripted_desk.run(held)
    scripted_desk.capture(held)
    assert scripted_desk.run(held).outcome == "approved"
    assert seen == []


@with_threads
def test_a_driver_that_fails_at_its_display_is_asked_no_more_and_still_hears_the_driver(
    visit: Visit, scripted: Waiting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(language: str) -> str:
        raise KeyError("4929123456789012")

    monkeypatch.setattr(scripted, "display_text", stumble)
    eventually(lambda: "the driver failed at display_text with KeyError" in caplog.text)
    authorisations.cancel(visit.authorisation, visit.desk.clock())
    assert visit.end().outcome == "aborted"
    assert caplog.text.count("display_text") == 1
    assert "4929" not in caplog.text


@with_threads
def test_a_terminal_that_tells_no_texts_is_not_asked_for_any(scripted_desk: CashDesk, scripted: Waiting) -> None:
    scripted.capabilities = frozenset(Capability) - {Capability.DISPLAY_TEXT}
    visit = Visit(scripted_desk, scripted)
    authorisations.cancel(visit.authorisation, visit.desk.clock())
    visit.end()
    assert scripted.languages == set()


@with_threads
def test_a_database_that_is_away_for_a_moment_ends_nothing(
    visit: Visit, scripted: Waiting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise DatabaseError("locked")

    with monkeypatch.context() as patch:
        patch.setattr(operations, "show", away)
        scripted.text = "Present card"
        eventually(lambda: "could not be attended to: DatabaseError" in caplog.text)
    eventually(lambda: visit.shown() == "Present card")


@with_threads
def test_a_terminal_that_does_not_take_the_abort_is_noted(
    visit: Visit, scripted: Waiting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise NotSent("no", reason="refused_abort")

    monkeypatch.setattr(scripted, "abort", refuse)
    operations.want_abort(visit.operation)
    eventually(lambda: "abort did not arrive: refused_abort" in caplog.text)
    monkeypatch.setattr(scripted, "abort", {}.__getitem__)  # a defect: it takes no argument
    operations.want_abort(visit.operation)
    eventually(lambda: "the driver failed at abort with TypeError" in caplog.text)
    assert visit.shown() == ""


def _attendants() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("attendant")]
