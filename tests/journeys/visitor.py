"""A driver at the kiosk: touches the page over HTTP, presents cards at the terminal, plugs the car in and out.

Also the auditor: our books, read from the database file, beside the simulated bank's book.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import requests

from tests.support.processes import Product
from tests.support.waiting import eventually

#: Seconds of the real world that one step of a visit may take on a busy machine.
PATIENCE = 30


@dataclass(frozen=True)
class Post:
    """One connector of the demo: its charge point, its number there, and the id of its offer."""

    identity: str
    number: int
    offer: int


SLOW, FAST = Post("CP001", 1, 1), Post("CP002", 1, 3)


@dataclass(frozen=True)
class Books:
    """One visit as we and as the simulated bank wrote it down, in cents."""

    state: str
    held: int
    captured: int
    refunded: int
    bank_held: int
    bank_captured: int
    bank_captures: int
    bank_releases: int
    bank_refunded: int
    #: How often a request of this visit came to the bank again; it must never.
    repeats: int


class Visitor:
    """One driver at ``post``. ``hold`` is what they choose on the screen, in the words of the form."""

    def __init__(self, site: Product, post: Post = SLOW) -> None:
        self.site, self.post = site, post
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.public_id = ""

    # At the kiosk

    def open(self, path: str = "/") -> requests.Response:
        """Load a page."""
        return self.browser.get(self.site.url + path, timeout=PATIENCE)

    def press(self, path: str, **form: str) -> requests.Response:
        """Press a button: post its form, as the page would."""
        if "csrftoken" not in self.browser.cookies:
            self.open()
        headers = {"X-CSRFToken": self.browser.cookies["csrftoken"], "Referer": self.site.url + "/"}
        return self.browser.post(self.site.url + path, form, headers=headers, timeout=PATIENCE)

    def pay(self, hold: str = "40") -> None:
        """Choose an amount and press pay; afterwards the terminal asks for the card."""
        answer = self.press(f"/c/{self.post.offer}/pay/", hold=hold)
        found = re.search(r"/s/([\w-]+)/$", answer.url)
        assert found, f"no session began: {answer.status_code} {words(answer.text)[:600]}"
        self.public_id = found[1]

    def stop(self) -> None:
        """Press stop and wait until the terminal asks for a card."""
        assert self.press(f"/s/{self.public_id}/stop/").ok
        self.until_terminal_waits_for("token")

    def screen(self) -> str:
        """The words on the session's screen now."""
        return words(self.open(f"/s/{self.public_id}/").text)

    def sees(self, *words: str, patience: float = PATIENCE) -> str:
        """Wait until the screen says all of ``words``."""
        return eventually(
            lambda: (text := self.screen()) and all(word in text for word in words) and text,
            patience,
            f"the screen says {words}",
        )

    # At the terminal

    def until_terminal_waits_for(self, operation: str) -> None:
        """Wait until the terminal waits for a card for ``operation`` (authorise or token)."""

        def waits() -> bool:
            state = self.terminal_state()
            return (state["operation"], state["waiting_for"]) == (operation, "card")

        eventually(waits, PATIENCE, f"the terminal asks for a card for {operation}")

    def terminal_state(self) -> dict[str, Any]:
        """What the virtual terminal shows."""
        state: dict[str, Any] = requests.get(f"{self.site.terminal}/sim/state", timeout=PATIENCE).json()
        return state

    def tap(self, card: str, pin: str = "ok") -> None:
        """Present a card."""
        self._simulator("/sim/card", {"card": card, "pin": pin})

    def fault(self, operation: str, fault: str, times: int = 1, **more: object) -> None:
        """Let the terminal misbehave."""
        self._simulator("/sim/faults", {"operation": operation, "fault": fault, "times": times, **more})

    def _simulator(self, path: str, body: dict[str, object]) -> None:
        answer = requests.post(self.site.terminal + path, json=body, timeout=PATIENCE)
        assert answer.ok, answer.text

    # At the car

    def car(self, action: str, **body: object) -> None:
        """plug, unplug or full."""
        url = f"{self.site.chargers}/sim/cars/{self.post.identity}/{self.post.number}/{action}"
        answer = requests.post(url, json=body or None, timeout=PATIENCE)
        assert answer.ok, answer.text

    def charger(self, action: str) -> None:
        """offline, online, reboot or fault."""
        url = f"{self.site.chargers}/sim/chargers/{self.post.identity}/{action}"
        answer = requests.post(url, timeout=PATIENCE)
        assert answer.ok, answer.text

    # A whole visit, step by step

    def begin(self, card: str = "visa-1", hold: str = "40") -> None:
        """Up to the approval: choose, present the card."""
        self.pay(hold)
        self.until_terminal_waits_for("authorise")
        self.tap(card)

    def charge(self, at_least_wh: int = 300) -> None:
        """Wait until the car has taken something."""
        self.until("charging")
        eventually(lambda: self.session("energy_wh") >= at_least_wh, PATIENCE, f"{at_least_wh} Wh")

    def until(self, *states: str, patience: float = PATIENCE) -> str:
        """Wait until the session is in one of ``states``."""
        what = f"the session is {' or '.join(states)}"
        return str(eventually(lambda: (state := self.session("state")) in states and state, patience, what))

    def stop_outcome(self) -> str:
        """What came of the last card presented to stop, once that is known."""
        newest = "SELECT outcome FROM kiosk_stopattempt ORDER BY id DESC LIMIT 1"
        return str(eventually(lambda: (row := self.site.rows(newest)) != [("waiting",)] and row, PATIENCE)[0][0])

    # The site

    def change_site(self, **columns: int) -> None:
        """Change settings of the site behind the back of the running product, as an operator's edit would."""
        with closing(sqlite3.connect(self.site.database, timeout=20)) as database, database:
            for column, value in columns.items():
                database.execute(f"UPDATE kiosk_site SET {column} = ?", (value,))  # noqa: S608  our own column names

    def terminal_recovers(self, able: bool) -> None:
        """Switch on or off that the terminal can be asked what became of a request."""
        with closing(sqlite3.connect(self.site.database, timeout=20)) as database, database:
            database.execute(
                "UPDATE hardware_terminal SET profile = json_set(profile, '$.recover', json(?))",
                ("true" if able else "false",),
            )

    def until_a_person_must_decide(self) -> None:
        """Wait until nobody asks the terminal any more about the operation of this visit that is in doubt."""
        left = (
            "SELECT 1 FROM payments_operation WHERE state = 'unknown' AND recovery_at IS NULL AND authorisation_id ="
            " (SELECT authorisation_id FROM kiosk_session WHERE public_id = ?)"
        )
        eventually(lambda: self.site.rows(left, self.public_id), PATIENCE, "it is left to a person")

    # The books

    def session(self, column: str) -> Any:
        """One column of our session."""
        one = f"SELECT {column} FROM kiosk_session WHERE public_id = ?"  # noqa: S608  our own column names
        ((value,),) = self.site.rows(one, self.public_id)
        return value

    def tell(self) -> None:
        """One line about the visit for whoever runs pytest with -rP."""
        books = self.books()
        print(  # noqa: T201  the line is what is asked for
            f"{self.session('state')}: held {books.held}, {self.session('energy_wh')} Wh,"
            f" cost {self.session('cost_minor')}, captured {books.captured} ({books.state});"
            f" bank: held {books.bank_held}, captured {books.bank_captured} in {books.bank_captures},"
            f" releases {books.bank_releases}"
        )

    def books(self) -> Books:
        """Both books about this visit. The bank's are found by the request id of our authorise."""
        ((key, state, held, captured, refunded),) = self.site.rows(
            "SELECT id, state, authorised_minor, captured_minor, refunded_minor FROM payments_authorisation"
            " WHERE id = (SELECT authorisation_id FROM kiosk_session WHERE public_id = ?)",
            self.public_id,
        )
        ((request_id,),) = self.site.rows(
            "SELECT request_id FROM payments_operation WHERE authorisation_id = ? AND kind = 'authorise'", key
        )
        ours, whole = str(request_id), requests.get(f"{self.site.terminal}/sim/book", timeout=PATIENCE).json()
        lines = [line for line in whole["transactions"] if line["outcome"] == "approved"]
        about = [line for line in lines if ours in (str(line["request_id"]), str(line.get("of")))]

        def total(kind: str) -> int:
            return sum(line["amount_minor"] for line in about if line["kind"] == kind)

        def count(kind: str) -> int:
            return sum(line["kind"] == kind for line in about)

        return Books(
            state=str(state),
            held=int(str(held)),
            captured=int(str(captured)),
            refunded=int(str(refunded)),
            bank_held=total("authorise"),
            bank_captured=total("capture"),
            bank_captures=count("capture"),
            bank_releases=count("release"),
            bank_refunded=total("refund"),
            repeats=sum(line["repeats"] for line in about),
        )


def words(html: str) -> str:
    """The visible words of a page, white space folded."""
    body = re.sub(r"(?s)<(script|style|svg|head).*?</\1>", " ", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).strip()
