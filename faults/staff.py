"""What staff do, by mistake too; and the person who decides what is in doubt, by the bank's book."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from moneyed import Money

from faults.scheduler import Flag
from faults.site import AGENTS
from hardware.models import Connector, Terminal
from hardware.terminal.interface import Reason
from hardware.terminal.simulator.book import Entry
from kiosk import visits
from kiosk.lifecycle import State as SessionState
from kiosk.models import Session, Site, Tariff
from payments import authorisations, decisions, refunds
from payments.lifecycle import Event, State
from payments.models import Authorisation, Operation, Refund
from payments.money import from_minor

if TYPE_CHECKING:
    from faults.world import World

_PATIENCE_S = 60.0
#: What is in doubt once more so long after somebody decided it has come back; another agent may be a bit later.
_CAME_BACK_S = 100.0


class Staff:
    """Support agents, an operator and an installer, all in one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._left_to_terminal: dict[int, float] = {}
        self._chores: dict[str, Callable[[], object]] = {
            "refund": partial(self._refund, part=3),
            "refund_all": partial(self._refund, part=1),
            "refund_twice": partial(self._refund, part=2, same=True, clicks=2),
            "refund_by_two": partial(self._refund, part=2, clicks=2),
            "refund_stale": partial(self._refund, part=2, quoted_more=1),
            "refund_too_much": partial(self._refund, part=1, more=1),
            "stop": self._stop,
            "decide": self.decide_all,
            "settings": self._change_settings,
            "tariff": self._change_tariff,
            "terminal_off": self._switch_terminal,
            "connector_off": self._switch_connector,
            "deploy": world.deploy,
            "rotate_keys": self._rotate_keys,
            "release": self._release,
        }

    def do(self, what: str) -> None:
        """One chore."""
        self._world.orders.count(f"staff_{what}")
        self._chores[what]()

    # Refunds

    def _refund(self, *, part: int, clicks: int = 1, same: bool = False, more: int = 0, quoted_more: int = 0) -> None:
        row = Authorisation.objects.filter(state=State.CAPTURED).order_by("-created_at").first()
        if row is None:
            return
        quoted = row.refundable
        minor = max(1, int(quoted.amount * 100) // part + more)
        amount, quote = from_minor(minor, row.currency), quoted + from_minor(quoted_more, row.currency)
        key = uuid4()
        flags = [
            self._ask(partial(self._give, row.pk, amount, quote, key if same else uuid4(), AGENTS[each % 2]), "refund")
            for each in range(clicks)
        ]
        for flag in flags:
            self._world.scheduler.wait(flag, _PATIENCE_S)

    def _give(self, key: int, amount: Money, quoted: Money, refund_id: Any, agent: str) -> Refund:
        return refunds.refund(
            authorisation=Authorisation.objects.select_related("terminal").get(pk=key),
            amount=amount,
            quoted_refundable=quoted,
            reason="cable too short",
            user=get_user_model().objects.get(username=agent),
            refund_id=refund_id,
            now=timezone.now(),
        )

    # Sessions and records

    def _stop(self) -> None:
        session = Session.objects.filter(state=SessionState.CHARGING).first()
        if session is not None:
            self._wait(self._ask(partial(self._stop_one, session.pk), "staff stop"))

    def _stop_one(self, key: int) -> None:
        user = get_user_model().objects.get(username=AGENTS[0])
        session = Session.objects.select_related("site", "transaction").get(pk=key)
        visits.stop_by_staff(session, user=user, note="asked by phone", now=timezone.now())

    def _release(self) -> None:
        """Somebody at a shell gives up a hold under a running session."""
        row = Authorisation.objects.filter(state=State.AUTHORISED).first()
        if row is not None:
            self._wait(self._ask(partial(self._release_one, row.pk), "release"))

    def _release_one(self, key: int) -> None:
        row = Authorisation.objects.select_related("terminal").get(pk=key)
        authorisations.release(row, reason=Reason.CHARGER_FAULT, now=timezone.now())

    def _change_settings(self) -> None:
        rng = self._world.rng
        Site.objects.update(
            stop_grace_s=rng.choice((5, 120)),
            full_after_s=rng.choice((0, 300, 900)),
            hold_minimum_minor=rng.choice((1000, 1800)),
            latency_s=rng.choice((0, 60)),
            maximum_duration_s=rng.choice((600, 14_400)),
        )

    def _change_tariff(self) -> None:
        for tariff in Tariff.objects.all():
            tariff.components.filter(dimension="ENERGY").update(price=self._world.rng.choice(("0.10", "9.99")))

    def _switch_terminal(self) -> None:
        self._switch(Terminal, name=self._world.rng.choice(list(self._world.tills)))

    def _switch_connector(self) -> None:
        self._switch(Connector, label="CP1-1")

    def _switch(self, model: type[Terminal] | type[Connector], **which: str) -> None:
        model.objects.filter(**which).update(enabled=False)
        self._world.scheduler.sleep(200.0)
        model.objects.filter(**which).update(enabled=True)

    def _rotate_keys(self) -> None:
        settings.FIELD_KEYS = ["another-field-key-of-a-simulation", *settings.FIELD_KEYS]
        settings.FINGERPRINT_KEYS = ["another-fingerprint-key-of-a-simulation", *settings.FINGERPRINT_KEYS]

    # Doubt

    def awaited(self) -> list[Authorisation | Refund]:
        """What only a person can settle: in doubt, and nobody asks the terminal about it any more."""
        doubtful = Operation.objects.filter(state=Operation.State.UNKNOWN, recovery_at__isnull=False)
        rows = Authorisation.objects.filter(state=State.IN_DOUBT)
        rows = rows.exclude(pk__in=doubtful.filter(refund__isnull=True).values("authorisation_id"))
        back = Refund.objects.filter(state=Refund.State.IN_DOUBT).exclude(
            pk__in=doubtful.values("refund_id").filter(refund__isnull=False)
        )
        return [*rows.select_related("terminal"), *back.select_related("authorisation__terminal")]

    def decide_all(self) -> int:
        """Decide all of it. Sometimes two agents do at once. Gives the number of things decided."""
        rows = self.awaited()
        for row in rows:
            work = self._decide_refund if isinstance(row, Refund) else self._decide
            twice = 1 + (self._world.rng.random() < 0.3)
            for flag in [self._ask(partial(work, row, AGENTS[each]), "decide") for each in range(twice)]:
                self._wait(flag)
        return len(rows)

    def _decide(self, row: Authorisation | Refund, agent: str) -> None:
        assert isinstance(row, Authorisation)
        event, minor = self._truth(row)
        decisions.decide(
            Authorisation.objects.get(pk=row.pk),
            event,
            amount=from_minor(minor, row.currency),
            user=get_user_model().objects.get(username=agent),
            note="by the bank's list",
            now=timezone.now(),
        )

    def _truth(self, row: Authorisation) -> tuple[Event, int]:
        """What the bank's list says, and the amount that it took.

        A hold that we cannot name is freed on the phone; so is one that the terminal does not know by our name for it,
        which shows when it comes back.
        """
        book = self._world.tills[row.terminal.name].book
        asked = row.operations.get(kind=Operation.Kind.AUTHORISE)
        entry = book.find(str(asked.request_id))
        if entry is None or entry.outcome in ("aborted", "timed_out"):
            return Event.FOUND_NOTHING, 0
        if entry.outcome == "declined":
            return Event.FOUND_DECLINED, 0
        totals = book.totals_of(entry.request_id)
        assert totals is not None
        if totals.captured_minor:
            return Event.FOUND_CAPTURED, totals.captured_minor
        now = self._world.scheduler.now
        if totals.held_minor and row.sealed_handle and now - self._left_to_terminal.get(row.pk, now) < _CAME_BACK_S:
            self._left_to_terminal.setdefault(row.pk, now)
            return Event.FOUND_HELD, 0
        if totals.held_minor:
            self._world.tills[row.terminal.name].bank.settle(f"phone-{row.pk}", entry.reference, 0, entry.currency)
        return Event.FOUND_RELEASED, 0

    def _decide_refund(self, row: Authorisation | Refund, agent: str) -> None:
        assert isinstance(row, Refund)
        entry = self._entry_of(row)
        decisions.decide_refund(
            Refund.objects.select_related("authorisation").get(pk=row.pk),
            done=entry is not None and entry.outcome == "approved",
            user=get_user_model().objects.get(username=agent),
            note="by the bank's list",
            now=timezone.now(),
        )

    def _entry_of(self, row: Refund) -> Entry | None:
        operation = row.operations.latest("created_at")
        return self._world.tills[row.authorisation.terminal.name].book.find(str(operation.request_id))

    def _ask(self, work: Callable[[], object], name: str) -> Flag:
        return self._world.box.request(work, name)

    def _wait(self, flag: Flag) -> None:
        self._world.scheduler.wait(flag, _PATIENCE_S)
