"""What the technician has asked a terminal and not had answered, and what is still held: one small private file.

It is written before a request is sent and again before its answer is shown, so that no crash leaves a hold that nobody
can release. It holds what the terminal needs to settle a hold, which is why only its owner may read it.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from moneyed import Money

from hardware.terminal.interface import Handle, Outcome, Result, Verb

LARGEST_REQUEST_ID = 999_999_999
#: As the kiosk counts them (hardware/terminals.py): an id a second, never behind the clock.
_REQUEST_IDS_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Hold:
    """An approved authorisation; ``captured`` is empty until it is settled. Amounts as text, in ``currency``."""

    request_id: int
    amount: str
    currency: str
    reference: str = field(repr=False)
    version: str
    stan: str
    captured: str = ""

    @property
    def money(self) -> Money:
        """What is held."""
        return Money(self.amount, self.currency)

    @property
    def handle(self) -> Handle:
        """What the terminal needs back."""
        return Handle(self.request_id, self.reference, version=self.version, stan=self.stan)


@dataclass(slots=True)
class Question:
    """A request about money that has no answer yet; ``of`` is the request id of the hold it is about, or 0."""

    request_id: int
    verb: str
    amount: str
    currency: str
    of: int = 0

    @property
    def money(self) -> Money:
        """What was asked for."""
        return Money(self.amount, self.currency)


class Notebook:
    """The file at ``path`` for the terminal at ``url``. Raises ValueError when it is another's or cannot be read."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self._url = url
        self.last_request_id = 0
        self.holds: list[Hold] = []
        self.questions: list[Question] = []
        if path.exists():
            self._read()

    def next_request_id(self, now: datetime) -> int:
        """One more than the last, and never behind the clock. Written down with the question, or by ``write``."""
        by_the_clock = (now - _REQUEST_IDS_BEGAN) // timedelta(seconds=1) % LARGEST_REQUEST_ID + 1
        self.last_request_id = max(self.last_request_id % LARGEST_REQUEST_ID + 1, by_the_clock)
        return self.last_request_id

    def ask(self, verb: Verb, amount: Money, now: datetime, *, of: int = 0) -> Question:
        """Write down what is about to be asked."""
        number = self.next_request_id(now)
        question = Question(number, str(verb), str(amount.amount), amount.currency.code, of)
        self.questions.append(question)
        self.write()
        return question

    def forget(self, question: Question) -> None:
        """Nothing came of it."""
        self.questions.remove(question)
        self.write()

    def answered(self, question: Question, result: Result) -> None:
        """Write down what came of it."""
        if result.outcome is Outcome.APPROVED:
            self._follow(question, result)
        self.forget(question)

    def hold(self, request_id: int | None, *, captured: bool) -> Hold:
        """The hold with ``request_id``, or the latest that is (not) captured. Raises ValueError when there is none."""
        fitting = [each for each in self.holds if bool(each.captured) is captured]
        chosen = [each for each in fitting if request_id in (None, each.request_id)]
        if not chosen:
            kind = "captured hold" if captured else "open hold"
            raise ValueError(f"there is no {kind}{f' {request_id}' if request_id else ''} in {self.path}")
        return chosen[-1]

    def write(self) -> None:
        """Write the file, durably, readable by its owner alone."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.unlink(missing_ok=True)
        content = {
            "url": self._url,
            "last_request_id": self.last_request_id,
            "holds": [asdict(each) for each in self.holds],
            "questions": [asdict(each) for each in self.questions],
        }
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def _follow(self, question: Question, result: Result) -> None:
        if question.verb == Verb.AUTHORISE and result.handle is not None:
            handle, amount = result.handle, result.amount
            self.holds.append(
                Hold(
                    question.request_id,
                    str(amount.amount),
                    amount.currency.code,
                    handle.reference,
                    handle.version,
                    handle.stan,
                )
            )
        for each in [each for each in self.holds if each.request_id == question.of]:
            if question.verb == Verb.CAPTURE:
                each.captured = question.amount
            elif question.verb == Verb.RELEASE:
                self.holds.remove(each)

    def _read(self) -> None:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            url = content["url"]
            self.last_request_id = int(content["last_request_id"])
            self.holds = [Hold(**each) for each in content["holds"]]
            self.questions = [Question(**each) for each in content["questions"]]
        except (OSError, ValueError, KeyError, TypeError):
            raise ValueError(f"{self.path} cannot be read as a technician's notebook") from None
        if url != self._url:
            raise ValueError(f"{self.path} belongs to another terminal; choose another file with --state")


def default_path(url: str) -> Path:
    """One file a terminal in the user's state directory."""
    home = os.environ.get("XDG_STATE_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".local" / "state"
    return base / "tapcharge" / (re.sub(r"[^a-z0-9.]+", "-", url.lower()).strip("-") + ".json")
