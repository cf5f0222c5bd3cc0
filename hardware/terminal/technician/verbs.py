"""Carries out one verb for a technician. Every method returns the exit status."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from threading import Thread
from typing import TypeVar
from uuid import uuid4

from moneyed import Money

from hardware.terminal.interface import (
    Capability,
    NotSent,
    Outcome,
    OutcomeUnknown,
    PaymentTerminal,
    Readiness,
    Reason,
    Result,
    TerminalError,
    Verb,
)
from hardware.terminal.technician import words
from hardware.terminal.technician.notebook import Hold, Notebook, Question

DONE, FAILED, UNKNOWN = 0, 1, 3  # 2 is argparse's: called wrongly

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Technician:
    """One terminal, what is noted about it, and how to speak to the person. ``command`` is how they called us."""

    terminal: PaymentTerminal
    notebook: Notebook
    say: Callable[[str], None]
    clock: Callable[[], datetime]
    command: str
    language: str = "en"

    def status(self) -> int:
        """Say how the terminal is, what it can do, and what is open."""
        found = self.terminal.status()
        self.say(words.status(found))
        if text := self.terminal.display_text(language=self.language):
            self.say(f"Its screen: {text}")
        self.say(f"It can: {', '.join(sorted(self.terminal.capabilities))}")
        self._tell_what_is_open()
        return DONE if found.readiness is Readiness.READY else FAILED

    def token(self) -> int:
        """Read a card."""
        number = self.notebook.next_request_id(self.clock())
        self.notebook.write()
        self.say("Present a card.")
        try:
            found = self._wait(lambda: self.terminal.read_token(request_id=number, language=self.language))
        except TerminalError as error:
            return self._not_read(error)
        if found.card is None:
            self.say(words.refusal(found.outcome, found.reason))
            return FAILED
        par = "with" if found.card.par else "without"
        self.say(f"Read {words.card(found.card)}: a token of the type {found.card.token_type}, {par} PAR.")
        return DONE

    def authorise(self, amount: Money) -> int:
        """Hold ``amount`` on the card that is presented."""
        if self._must_recover():
            return FAILED
        question = self.notebook.ask(Verb.AUTHORISE, amount, self.clock())
        self.say(f"Present a card to hold {words.amount(amount)}. Ctrl-C ends it.")
        return self._ask(
            question,
            lambda: self.terminal.authorise(
                request_id=question.request_id, key=uuid4(), amount=amount, language=self.language
            ),
        )

    def capture(self, hold: Hold, amount: Money) -> int:
        """Take ``amount`` of a hold; the rest is released."""
        return self._settle(
            Verb.CAPTURE,
            hold,
            amount,
            lambda number: self.terminal.capture(
                request_id=number, key=uuid4(), amount=amount, handle=hold.handle, reason=Reason.NORMAL_END
            ),
        )

    def release(self, hold: Hold) -> int:
        """Release a whole hold."""
        return self._settle(
            Verb.RELEASE,
            hold,
            hold.money,
            lambda number: self.terminal.release(
                request_id=number, key=uuid4(), currency=hold.currency, handle=hold.handle, reason=Reason.NOT_STARTED
            ),
        )

    def refund(self, hold: Hold, amount: Money) -> int:
        """Give back ``amount`` of what was captured."""
        return self._settle(
            Verb.REFUND,
            hold,
            amount,
            lambda number: self.terminal.refund(request_id=number, key=uuid4(), amount=amount, handle=hold.handle),
        )

    def abort(self) -> int:
        """Ask the terminal to end what it does."""
        try:
            self.terminal.abort()
        except TerminalError as error:
            self.say(f"The terminal may not have heard it: {error} ({error.reason}). Press its cancel key.")
            return FAILED
        self.say("The terminal was asked to end what it does; whoever waits for it hears what came of it.")
        return DONE

    def recover(self, *, forget: bool) -> int:
        """Find out what became of every request without an answer; or ``forget`` them, once a person knows."""
        if not self.notebook.questions:
            self.say("Nothing is unanswered.")
        return max([self._recover(each, forget=forget) for each in list(self.notebook.questions)], default=DONE)

    def end_of_day(self) -> int:
        """Hand the day's totals to the host."""
        if Capability.END_OF_DAY in self.terminal.capabilities and (self._must_recover() or self._holds_are_open()):
            return FAILED
        number = self.notebook.next_request_id(self.clock())
        self.notebook.write()
        try:
            closing = self._wait(lambda: self.terminal.end_of_day(request_id=number))
        except NotSent as error:
            self.say(words.not_sent(error))
            return FAILED
        except OutcomeUnknown as error:
            self.say(
                f"Nobody knows whether the day was closed: {error} ({error.reason}). Look at the terminal's journal."
            )
            return UNKNOWN
        self._print(closing.receipts.merchant)
        done = closing.outcome is Outcome.APPROVED
        self.say("The day is closed." if done else words.refusal(closing.outcome, closing.reason))
        return DONE if done else FAILED

    def _settle(self, verb: Verb, hold: Hold, amount: Money, send: Callable[[int], Result]) -> int:
        if self._must_recover():
            return FAILED
        question = self.notebook.ask(verb, amount, self.clock(), of=hold.request_id)
        return self._ask(question, lambda: send(question.request_id))

    def _ask(self, question: Question, send: Callable[[], Result]) -> int:
        try:
            result = self._wait(send)
        except NotSent as error:
            self.notebook.forget(question)
            self.say(words.not_sent(error))
            return FAILED
        except OutcomeUnknown as error:
            self.say(words.unknown(error, self.command))
            return UNKNOWN
        except KeyboardInterrupt:
            self.say("Left while the terminal was still at it: money may have moved.")
            self.say(f"Ask what became of it:  {self.command} recover")
            return UNKNOWN
        return self._answered(question, result)

    def _answered(self, question: Question, result: Result) -> int:
        self.notebook.answered(question, result)
        if result.outcome is not Outcome.APPROVED:
            self.say(words.refusal(result.outcome, result.reason))
            return FAILED
        self._print(result.receipts.customer)
        told = {
            Verb.AUTHORISE: f"Held {words.amount(result.amount)} on {words.card(result.card)}; nothing was taken.",
            Verb.CAPTURE: f"Took {words.amount(result.amount)}; the rest of the hold is released.",
            Verb.RELEASE: "Released the whole hold; nothing was taken.",
            Verb.REFUND: f"Gave back {words.amount(result.amount)}.",
        }
        self.say(f"{told[Verb(question.verb)]} (request {question.request_id}, STAN {result.stan or 'not told'})")
        self._tell_what_is_open()
        return DONE

    def _recover(self, question: Question, *, forget: bool) -> int:
        what = f"{question.verb} {words.amount(question.money)}, request {question.request_id}"
        if forget:
            self.notebook.forget(question)
            self.say(f"Forgotten: {what}. What became of it is for a person to know.")
            return DONE
        try:
            found = self.terminal.recover(
                request_id=question.request_id, verb=Verb(question.verb), amount=question.money
            )
        except TerminalError as error:
            self.say(f"Still unknown: {what}: {error} ({error.reason}).")
            self.say("Ask again later; or look in the acquirer's portal, and then: recover --forget")
            return UNKNOWN
        self.say(f"Found out: {what}.")
        if found.result is None:
            self.notebook.forget(question)
            self.say("The terminal never carried it out. No money moved.")
            return DONE
        self._answered(question, found.result)
        return DONE

    def _must_recover(self) -> bool:
        if self.notebook.questions:
            self.say(f"An earlier request has no answer yet. First find out what became of it:  {self.command} recover")
        return bool(self.notebook.questions)

    def _holds_are_open(self) -> bool:
        held = any(not each.captured for each in self.notebook.holds)
        if held:
            self._tell_what_is_open()
            self.say("The day is closed only when nothing is held.")
        return held

    def _tell_what_is_open(self) -> None:
        for each in self.notebook.holds:
            if not each.captured:
                self.say(f"Open: {words.amount(each.money)} held by request {each.request_id}. Release it:")
                self.say(f"    {self.command} release --hold {each.request_id}")
        if self.notebook.holds or self.notebook.questions:
            self.say(f"Noted in {self.notebook.path} (mode 0600; it has what the terminal needs to settle a hold).")

    def _not_read(self, error: TerminalError) -> int:
        self.say(
            words.not_sent(error) if isinstance(error, NotSent) else f"No card was read: {error} ({error.reason})."
        )
        return FAILED

    def _print(self, lines: tuple[str, ...]) -> None:
        for line in lines:
            self.say(f"    {line}")

    def _wait(self, work: Callable[[], Answer]) -> Answer:
        """Wait for a verb. The first Ctrl-C asks the terminal to end it and waits on; the second leaves."""
        done: Future[Answer] = Future()
        Thread(target=_carry_out, args=(work, done), daemon=True).start()
        try:
            return done.result()
        except KeyboardInterrupt:
            self.say("Asking the terminal to end it. Ctrl-C again leaves without knowing what came of it.")
            self.abort()
            return done.result()


def _carry_out(work: Callable[[], Answer], done: Future[Answer]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:  # whatever it was, whoever waits must hear it
        done.set_exception(error)
