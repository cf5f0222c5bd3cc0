"""One history: the box, the devices and the people of a plan, on one clock, with the product in the middle."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from unittest import mock

import time_machine
from django.db import connection
from django.utils import timezone

from faults import accidents, checks, site
from faults.box import Box
from faults.catalogue import GONE_S
from faults.checks import Verdict
from faults.coverage import Coverage
from faults.database import Database
from faults.dialects import DIALECTS
from faults.disk import Disk
from faults.drivers import Driver
from faults.ears import Ears
from faults.environment import KEY, KEY_ENV
from faults.network import Network
from faults.orders import Order, Orders
from faults.parts import Chore, Visit
from faults.plan import HORIZON, Plan
from faults.post import Post
from faults.scheduler import Process, Scheduler, Strand
from faults.staff import Staff
from faults.standins import replaced
from faults.till import Line, Till
from faults.tills import TILLS
from faults.transports import Wires
from faults.wired import Surroundings, WiredTill
from hardware.charger.ocpp16.simulator.behaviour import Behaviour

_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
#: How long after the last arrival drivers may still be there.
_LINGER = 3600.0
#: After so many seconds without an end, what is open is about money.
_LONG = 1800.0


class World:
    """Everything of one history. ``left_out``: the parts of the plan that do not happen."""

    def __init__(
        self,
        plan: Plan,
        database: Database,
        traveller: time_machine.Traveller,
        *,
        left_out: frozenset[int] = frozenset(),
    ) -> None:
        self.plan, self.rng = plan, random.Random(plan.seed)
        self.story: list[tuple[float, str]] = []
        self.decided = 0
        self.loose: list[BaseException] = []
        self.begin = _NEW_YEAR + timedelta(days=plan.begins[0], seconds=plan.begins[1])
        self._database, self._traveller, self._offset = database, traveller, 0.0
        self._parts = [part for index, part in enumerate(plan.parts) if index not in left_out]
        self._moved(0.0)
        self.scheduler = Scheduler(self._moved, _may_wait)
        orders = [part for part in self._parts if isinstance(part, Order)]
        self.orders = Orders(
            [order for order in orders if order.layer != "time"], lambda: self.scheduler.now, self.note
        )
        self.dialect = DIALECTS[plan.terminal]
        self.box = Box(self.scheduler, self.orders, self.rng, self.note, self._due, self.dialect.workers)
        self.network = Network(self.scheduler, self.orders, random.Random(f"{plan.seed}/network"))
        self.scheduler.loop.wires = Wires(self.network)
        self.disk = Disk(self.box, plan.interleaving)
        self.people = Process("people", exempt=True)
        self.staff = Staff(self)
        self.ears, self.coverage = Ears(self.note), Coverage(self.note)
        self.tills: dict[str, Till | WiredTill] = {}
        self.posts: dict[str, Post] = {}
        for order in orders:
            if order.layer == "time":
                self.scheduler.at(order.at, accidents.happen, self, order)

    # Time

    def true_time(self) -> datetime:
        """The time that the bank has."""
        return self.begin + timedelta(seconds=self.scheduler.now)

    def set_clock(self, seconds: float) -> None:
        """The box's clock is set forward or back."""
        self._offset += seconds
        self._moved(self.scheduler.now)

    def note(self, text: str) -> None:
        """A line of the story."""
        self.story.append((self.scheduler.now, text))

    def _due(self) -> set[str]:
        return self._database.due(timezone.now())

    def _moved(self, now: float) -> None:
        self._traveller.move_to(self.begin.timestamp() + now + self._offset)

    @property
    def digest(self) -> str:
        """Tells two histories apart."""
        return hashlib.sha256(repr(self.story).encode()).hexdigest()

    # What happens

    def live(self, patience_s: float) -> None:
        """From the first arrival until nothing is left to come, or until patience is at its end."""
        with self._in_place():
            for part in self._parts:
                if isinstance(part, Visit):
                    driver = Driver(self, part)
                    self.scheduler.spawn(self.people, "driver", driver.run, part.at)
                elif isinstance(part, Chore):
                    self.scheduler.spawn(self.people, f"staff {part.what}", partial(self.staff.do, part.what), part.at)
            self.scheduler.run(HORIZON + _LINGER, lambda: not self.people.strands and self.scheduler.now > HORIZON)
            self._calm_down()
            self._settle(self.scheduler.now + patience_s)

    def judge(self) -> Verdict:
        """What is to be said of it in the end."""
        books = {name: till.book for name, till in self.tills.items()}
        verdict = checks.check(books, [*self.ears.heard, *self.box.said], repeats=self.dialect.repeats)
        again = [each for till in self.tills.values() if isinstance(till, WiredTill) for each in till.again]
        verdict.wrong += [f"the terminal was asked again to settle its hold {each}" for each in again]
        return verdict

    def deploy(self) -> None:
        """A new version: new processes beside the old ones, which then end."""
        for name in ("worker-1", "web"):
            old = self.box.processes[name]
            self.box.start(name)
            self.scheduler.at(self.rng.choice((0.0, 5.0)), self.box.die, old)

    def _calm_down(self) -> None:
        """No more faults; everything works again, and everybody goes home."""
        self.note("-- no more faults")
        self.orders.over = True
        self.disk.calm()
        self.box.queue_away_until = 0.0
        self.box.longest_pause = 6 * 3600.0
        for process in self.box.processes.values():
            process.frozen_until = 0.0
        for till in self.tills.values():
            if till.away_until < GONE_S / 2:  # else it stays away until a person looks after it
                till.away_until = 0.0
        for post in self.posts.values():
            post.charger.behaviour = Behaviour()
            post.charger.fault(False, post.now)
            post.back()
            for number in post.charger.bays:
                post.unplug(number)
            post.touch()

    def _settle(self, until: float) -> None:
        """Let days pass, if need be; whatever waits for a person is decided by one."""
        step = 60.0
        while self.scheduler.now < until:
            self.box.stir()
            self.scheduler.run(self.scheduler.now + step)
            if not checks.still_open():
                break
            if awaited := self.staff.awaited():
                self.ears.defects += checks.unlisted(awaited, timezone.now())
                for till in self.tills.values():
                    till.away_until = 0.0
                strand = self.scheduler.spawn(self.people, "staff decide", self._decide)
                self.scheduler.run(self.scheduler.now + 120.0, partial(_is_over, strand))
            step = min(2 * step, 6 * 3600.0)
            if step > _LONG and not checks.charging():
                self.box.patient = True
                self._send_chargers_home()
        self.scheduler.run(self.scheduler.now + 60.0)

    def _send_chargers_home(self) -> None:
        """Nothing hangs on them any more, and days of heartbeats tell nobody anything."""
        for post in self.posts.values():
            post.charger.online = False
            post.cut()

    def _decide(self) -> None:
        self.decided += self.staff.decide_all()

    # Putting it in place

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, {KEY_ENV: KEY}))
            for place, name, other in replaced(self):
                stack.callback(setattr, place, name, getattr(place, name))
                setattr(place, name, other)
            stack.enter_context(self.ears.listening())
            stack.enter_context(self.coverage.watching())
            self._database.restore()
            stack.callback(self._take_down)
            self._furnish()
            self._database.connection.hooks = self.disk
            try:
                yield
            finally:
                self._database.connection.hooks = None

    def _furnish(self) -> None:
        rng, terminal = self.rng, self.plan.terminal
        around = Surroundings(self.network, self.orders, random.Random(f"{self.plan.seed}/till"), self.true_time)
        for host in site.TILLS:
            if terminal == "payproxy":
                Line.tills[host] = self.tills[host] = Till(host, self.scheduler, self.orders, rng, self.true_time)
            else:
                till = self.tills[host] = TILLS[terminal](host, around)
                site.connect(host, self.dialect, till.record)
        for identity in site.POSTS:
            charger = site.charger(identity)
            self.posts[identity] = Post(charger, site.KEY, self.scheduler, self.box, self.orders, rng, self.true_time)

    def _take_down(self) -> None:
        for process in [*self.box.processes.values(), self.people]:
            self.scheduler.kill(process)
        self.loose = self.scheduler.loose  # before the end makes more of them
        self.scheduler.end()


def _is_over(strand: Strand) -> bool:
    return strand.ended.is_set


def _may_wait() -> None:
    if connection.in_atomic_block:
        raise AssertionError("a transaction is open while the product waits for something else")
