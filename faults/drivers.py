"""The drivers: each a strand that looks at screens, taps cards and moves cables."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from faults.parts import Visit
from faults.plan import CARDS, OTHER_DEVICE
from faults.site import CONNECTORS
from hardware.models import Connector
from hardware.terminal.simulator.cards import CARDS as FACES
from hardware.terminal.simulator.terminal import Tap
from kiosk import visits
from kiosk.lifecycle import State
from kiosk.models import Kiosk, Session, StopAttempt
from payments.money import from_minor

if TYPE_CHECKING:
    from faults.world import World

_PAYING = (State.AUTHORISING, State.IN_DOUBT)
#: A page that has not come by then does not come any more.
_PATIENCE_S = 30.0


class Driver:
    """One visit, as a person goes through it."""

    def __init__(self, world: World, visit: Visit) -> None:
        self._world, self._visit = world, visit
        self._till = world.tills[visit.till]
        self._identity, self._number = CONNECTORS[visit.connector]
        self._post = world.posts[self._identity]
        self._plugged = False

    def run(self) -> None:
        """From arriving to leaving."""
        visit = self._visit
        if visit.plugs == "early":
            self._plug()
        for _ in range(1 + visit.again):
            session = self._begin()
            if session is not None:
                self._pay(session)
                if self._await(session, lambda state: state not in _PAYING, 240.0) in (State.STARTING, State.CHARGING):
                    self._charge(session)
                    break
            self._world.scheduler.sleep(15.0)
        if visit.ends != "forget":
            self._unplug()

    # The kiosk

    def _begin(self) -> Session | None:
        clicks = [self._ask(self._pick, "begin") for _ in range(self._visit.clicks)]
        for flag in clicks:
            self._world.scheduler.wait(flag, _PATIENCE_S)
        mine = Session.objects.filter(
            kiosk__terminal__name=self._visit.till,
            connector__charge_point__identity=self._identity,
            connector__number=self._number,
            state=State.AUTHORISING,
        )
        return mine.first()  # whatever the page said: the screen shows it

    def _pick(self) -> Session:
        kiosk = Kiosk.objects.select_related("site", "terminal").get(terminal__name=self._visit.till)
        connector = Connector.objects.select_related("charge_point").get(
            charge_point__identity=self._identity, number=self._number
        )
        hold = from_minor(self._visit.hold_minor, kiosk.site.currency)
        return visits.begin(kiosk=kiosk, connector=connector, hold=hold, language="en", now=timezone.now())

    def _pay(self, session: Session) -> None:
        visit, terminal = self._visit, self._till.terminal
        if not self._terminal_asks(session):
            return
        if visit.pays == "leave":
            return
        self._world.scheduler.sleep(visit.taps_after)
        if visit.pays == "cancel_key":
            terminal.cancel()
        if visit.pays in ("cancel", "cancel_and_tap"):
            self._ask(partial(self._cancel, session.pk), "cancel")
        if visit.pays == "cancel_and_tap":
            self._world.orders.count("abort_crosses_approval")
            self._world.scheduler.sleep(self._world.rng.uniform(0.0, 0.3))
        if visit.pays in ("tap", "wrong_pin", "cancel_and_tap") and terminal.waiting_for == "card":
            terminal.present(Tap(FACES[visit.card], "wrong" if visit.pays == "wrong_pin" else "ok"))

    def _cancel(self, session: int) -> bool:
        return visits.cancel(Session.objects.select_related("authorisation").get(pk=session), now=timezone.now())

    def _terminal_asks(self, session: Session) -> bool:
        """Wait until the terminal asks for a card, or nobody waits for one any more."""
        for _ in range(50):
            if self._till.terminal.waiting_for == "card":
                return True
            self._world.scheduler.sleep(2.0)
            if self._state(session) not in _PAYING:
                return False
        return False

    # The car

    def _charge(self, session: Session) -> None:
        visit = self._visit
        if visit.plugs == "never":
            return
        if visit.plugs == "cancel":
            self._wait(self._ask(partial(self._cancel, session.pk), "cancel"))
            return
        if visit.plugs == "plug":
            self._world.scheduler.sleep(visit.plugs_after)
            if not self._plug():
                return
        if self._await(session, lambda state: state != State.STARTING, 300.0) != State.CHARGING:
            return
        self._world.scheduler.sleep(visit.stays)
        if visit.ends == "full":
            self._world.orders.count("car_full")
            self._post.full(self._number)
            self._world.scheduler.sleep(1500.0)
        elif visit.ends not in ("unplug", "forget"):
            self._stop_with_cards(session)

    def _stop_with_cards(self, session: Session) -> None:
        visit = self._visit
        right = OTHER_DEVICE.get(visit.card, visit.card) if visit.ends == "other_device" else visit.card
        wrong = next(card for card in CARDS if card not in (visit.card, OTHER_DEVICE.get(visit.card)))
        cards: list[str] = {"wrong_card": [wrong, right], "no_card": [""], "withdraw": ["-"]}.get(
            visit.ends, [right] * 3
        )
        for card in cards:
            if self._state(session) != State.CHARGING:
                return
            attempt = self._wait(self._ask(partial(self._ask_for_card, session.pk), "stop"))
            if card == "-":
                if isinstance(attempt, StopAttempt):
                    self._wait(self._ask(partial(self._withdraw, attempt.pk), "withdraw"))
            elif card and self._terminal_asks(session):
                self._world.scheduler.sleep(2.0)
                if self._till.terminal.waiting_for == "card":
                    self._till.terminal.present(Tap(FACES[card]))
            self._world.scheduler.sleep(15.0)

    def _ask_for_card(self, session: int) -> StopAttempt:
        kiosk = Kiosk.objects.select_related("site", "terminal").get(terminal__name=self._visit.till)
        charging = Session.objects.select_related("authorisation", "site").get(pk=session)
        return visits.ask_for_stop_card(charging, kiosk=kiosk, language="en", now=timezone.now())

    def _withdraw(self, attempt: int) -> None:
        found = StopAttempt.objects.select_related("operation").get(pk=attempt)
        visits.withdraw_stop_card(found, now=timezone.now())

    def _plug(self) -> bool:
        self._plugged = self._plugged or self._post.plug(self._number, self._visit.soc)
        return self._plugged

    def _unplug(self) -> None:
        if self._plugged:
            self._post.unplug(self._number)

    # Looking

    def _ask(self, work: Callable[[], Any], name: str) -> Any:
        return self._world.box.request(work, name)

    def _wait(self, flag: Any) -> Any:
        self._world.scheduler.wait(flag, _PATIENCE_S)
        return flag.value

    def _state(self, session: Session) -> State:
        return State(Session.objects.values_list("state", flat=True).get(pk=session.pk))

    def _await(self, session: Session, done: Callable[[State], bool], seconds: float) -> State:
        until = self._world.scheduler.now + seconds
        state = self._state(session)
        while not done(state) and self._world.scheduler.now < until:
            self._world.scheduler.sleep(8.0)
            state = self._state(session)
        return state
