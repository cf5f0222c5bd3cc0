"""A driver who does what the screen asks, whatever has just died, and an agent who gives some of the money back."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Set

import requests

from tests.journeys.visitor import SLOW, Post, Visitor, words
from tests.support.processes import Product
from tests.support.waiting import eventually

#: What a driver reads while no web process answers: an open page says so by itself (templates/kiosk/page.html).
NO_ANSWER = "(“The connection to this screen is interrupted”)"
CARD = "visa-1"
#: Seconds between two looks at the screen.
_GLANCE = 0.15
#: Seconds that one page may take; with the database locked it takes long.
_PAGE = 25
#: Seconds that everything may take that follows from a death: a lease lapses after 15 s, and sweeps follow.
AFTER_A_DEATH = 180


class Driver(Visitor):
    """Reads the screen and does the one thing that it asks for. ``read`` is what they read, in order."""

    def __init__(self, site: Product, post: Post = SLOW) -> None:
        super().__init__(site, post)
        self.read: list[str] = []
        self.step = ""
        self.leaving = False
        self.energy_wh = 0

    def look(self) -> str:
        """The headline of the visit's screen."""
        try:
            page = self.browser.get(f"{self.site.url}/s/{self.public_id}/", timeout=_PAGE)
            step = re.search(r'class="visit visit-(\w+)"', page.text)
            text, self.step = self.headline(page.text), step[1] if step else ""
        except requests.RequestException:
            text, self.step = NO_ANSWER, ""
        if self.read[-1:] != [text]:
            self.read.append(text)
        return text

    @staticmethod
    def headline(page: str) -> str:
        """What is written largest on a page."""
        found = re.search(r"(?s)<h1.*?</h1>", page)
        return words(found[0]) if found else "(a page without a headline)"

    def live_path(self) -> str:
        """Where the page of the visit opens its websocket."""
        found = re.search(r'ws-connect="([^"]+)"', self.open(f"/s/{self.public_id}/").text)
        assert found
        return html.unescape(found[1])

    def act(self) -> None:
        """Look, and do what is asked for."""
        self.look()
        try:
            if self.step in ("card", "stop_card") and self.terminal_state()["waiting_for"] == "card":
                self.tap(CARD)
            elif self.step == "plug":
                url = f"{self.site.chargers}/sim/cars/{self.post.identity}/{self.post.number}/plug"
                requests.post(url, timeout=_PAGE)  # refused when it is in already
            elif self.leaving and self.step in ("charging", "wrong_card"):
                self.press(f"/s/{self.public_id}/stop/")
        except (requests.RequestException, AssertionError):
            return  # what they touched is dead; they look again

    def act_until(self, done: Callable[[], object], what: str, patience: float = AFTER_A_DEATH) -> None:
        """Go on like this until ``done()``."""

        def tried() -> bool:
            self.act()
            return bool(done())

        self.energy_wh = self.session("energy_wh")
        try:
            eventually(tried, patience, what, pause=_GLANCE)
        except AssertionError as error:
            raise AssertionError(f"{error}; session {self.session('state')}, read {self.read}") from None

    def leave(self) -> None:
        """Want no more, and go on until the visit is over or in front of a person."""
        self.leaving = True
        self.act_until(self.is_over, "the visit is over")

    def is_over(self) -> bool:
        """Whether nothing is to come any more, except from a person."""
        return self.session("state") in _ENDED or self.is_left_to_a_person()

    def is_left_to_a_person(self) -> bool:
        """Whether the money of this visit is in doubt, and nobody asks the terminal about it any more."""
        ((state,),) = self.site.rows(
            "SELECT state FROM payments_authorisation WHERE id ="
            " (SELECT authorisation_id FROM kiosk_session WHERE public_id = ?)",
            self.public_id,
        )
        return state == "in_doubt" and not self.site.rows(_ASKED_ABOUT, self.public_id)

    def is_refunded(self) -> bool:
        """Whether the refund of this visit is done."""
        return self.site.rows(_REFUNDS, self.public_id) == [("done",)]

    def verdict(self, strangers: Set[str] = frozenset()) -> str:
        """What both books say. Raises AssertionError unless they agree to the cent or a person has it in front of them.

        ``strangers`` are request ids that our books are known not to know.
        """
        books = self.books()
        assert books.repeats == 0, "a request came to the bank twice"
        assert books.bank_captures + books.bank_releases <= 1, "the bank settled twice"
        assert self.strangers() <= strangers, "the bank did something that we never asked for"
        if self.is_left_to_a_person():
            return f"in doubt, in front of a person (bank: {_euros(books.bank_captured)} taken)"
        assert self.is_over(), f"stuck as {self.session('state')}"
        assert (books.held, books.captured, books.refunded) == (
            books.bank_held,
            books.bank_captured,
            books.bank_refunded,
        ), books
        assert (books.bank_captures + books.bank_releases == 1) == (books.held > 0), books
        if not books.held:
            return "nothing held, equal"
        refunded = f", {_euros(books.refunded)} back" if books.refunded else ""
        return f"{_euros(books.captured)} taken{refunded}, equal" if books.captured else "released, equal"

    def strangers(self) -> set[str]:
        """The request ids in the bank's book that no operation of ours has."""
        book = requests.get(f"{self.site.terminal}/sim/book", timeout=_PAGE).json()["transactions"]
        ours = {str(request_id) for (request_id,) in self.site.rows("SELECT request_id FROM payments_operation")}
        return {str(line["request_id"]) for line in book} - ours


class Agent:
    """Support staff in the admin."""

    def __init__(self, site: Product) -> None:
        self.site = site
        self.browser = requests.Session()
        self.browser.trust_env = False
        self._post("/admin/login/", username="support", password="tapcharge", next="/admin/")

    def refund(self, driver: Driver, amount: str) -> None:
        """Give ``amount`` back and look twice."""
        path = f"/admin/payments/authorisation/{driver.session('authorisation_id')}/refund/"
        form = self.browser.get(self.site.url + path, timeout=_PAGE).text
        hidden = {name: _value(form, name) for name in ("quoted_minor", "refund_id")}
        answer = self._post(path, **hidden, amount=amount, reason="The screen froze", confirmed="on")
        assert "/payments/refund/" in answer.url, words(answer.text)[:600]

    def _post(self, path: str, **form: str) -> requests.Response:
        url = self.site.url + path
        self.browser.get(url, timeout=_PAGE)
        headers = {"X-CSRFToken": self.browser.cookies["csrftoken"], "Referer": url}
        return self.browser.post(url, form, headers=headers, timeout=_PAGE)


_ENDED = ("finished", "declined", "cancelled", "not_started")
_ASKED_ABOUT = (
    "SELECT 1 FROM payments_operation WHERE state = 'unknown' AND recovery_at IS NOT NULL AND authorisation_id ="
    " (SELECT authorisation_id FROM kiosk_session WHERE public_id = ?)"
)
_REFUNDS = (
    "SELECT state FROM payments_refund WHERE authorisation_id ="
    " (SELECT authorisation_id FROM kiosk_session WHERE public_id = ?) ORDER BY created_at"
)


def _value(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found, f"no field {name} on the page"
    value = re.search(r'value="([^"]*)"', found[0])
    assert value
    return value[1]


def _euros(minor: int) -> str:
    return f"€{minor // 100}.{minor % 100:02}"
