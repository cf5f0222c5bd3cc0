"""A simulated charge point without I/O: what it does with cars, calls and time, and what it wants to say next.

Messages about a transaction wait in a durable queue and go out in order, each one answered before the next, across
any number of lost connections. What a connector's status is follows from its state; whenever it differs from what was
last reported, a StatusNotification goes out, but none is kept while offline.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from hardware.charger.ocpp16.simulator import messages
from hardware.charger.ocpp16.simulator.bay import Bay
from hardware.charger.ocpp16.simulator.behaviour import Behaviour
from hardware.charger.ocpp16.simulator.car import Car
from hardware.charger.ocpp16.simulator.messages import Json, Message
from hardware.charger.ocpp16.simulator.settings import Configuration

#: However fast time runs inside a transaction, no more than two samples a second of real time.
_QUICKEST_SAMPLE = timedelta(milliseconds=500)
_BOOT_AGAIN = timedelta(seconds=10)


class Charger:
    """``online``: it tries to be connected. ``connected`` and ``booted`` are kept by whoever owns the socket."""

    def __init__(self, identity: str, connectors: int, speed: int, *, max_power_w: int = 11_000) -> None:
        self.identity = identity
        self.speed = speed
        self.bays = {number: Bay(number, max_power_w) for number in range(1, connectors + 1)}
        self.settings = Configuration(connectors)
        self.behaviour = Behaviour()
        self.queue: deque[Message] = deque()
        self.online, self.connected, self.booted, self.accepted = True, False, False, False
        self.restart_wanted = False
        self._reported: dict[int, str] = {}
        self._not_before: datetime | None = None
        self._speak_again: datetime | None = None
        self._heartbeat = timedelta(seconds=self.settings.number("HeartbeatInterval"))
        self._wanted: deque[Message] = deque()  # asked for by TriggerMessage

    # Time

    def tick(self, now: datetime) -> None:
        """Let time pass: energy flows, samples are taken, a start that got no cable is given up."""
        for bay in self.bays.values():
            bay.advance(now, self.speed)
            if bay.expected and now >= bay.expected.until:
                bay.expected = None
            if bay.charging and now >= bay.charging.next_sample_at:
                bay.charging.next_sample_at = now + self._sample_after()
                if not self.behaviour.takes("meter", "silent"):
                    self.measure(bay, self.behaviour.next("meter"))

    def _sample_after(self) -> timedelta:
        """The sampling interval in real time."""
        interval = timedelta(seconds=max(1, self.settings.number("MeterValueSampleInterval")))
        return max(interval / self.speed, _QUICKEST_SAMPLE)

    # The driver

    def plug(self, bay: Bay, car: Car, now: datetime) -> None:
        """A car is plugged in; a start that waited for it begins. Raises ValueError when there is one already."""
        if bay.car:
            raise ValueError("there is a car already; unplug it first")
        bay.car, bay.ended = car, False
        if bay.expected and not bay.faulted:
            self.begin(bay, bay.expected.tag, now)

    def unplug(self, bay: Bay, now: datetime) -> None:
        """The cable is taken out, which ends the transaction. Raises ValueError when there is no car."""
        if bay.car is None:
            raise ValueError("there is no car")
        self.end(bay, "EVDisconnected", now)
        bay.unplug()

    def full(self, bay: Bay, now: datetime) -> None:
        """The car's battery is full from now on. Raises ValueError when there is no car."""
        if bay.car is None:
            raise ValueError("there is no car")
        bay.advance(now, self.speed)
        bay.car.fill()

    def fault(self, faulted: bool, now: datetime) -> None:
        """A ground fault ends everything until it is cleared."""
        for bay in self.bays.values():
            if faulted:
                self.end(bay, "Other", now)
            bay.faulted = faulted

    def restart(self, reason: str, now: datetime) -> None:
        """End transactions and boot again on a new connection."""
        for bay in self.bays.values():
            self.end(bay, reason, now)
        self.booted = self.accepted = False
        self.restart_wanted, self._speak_again = True, None

    # Transactions

    def begin(self, bay: Bay, tag: str, now: datetime) -> None:
        """Switch on and report it."""
        self.queue.append(messages.start(bay, bay.begin(tag, now, self._sample_after())))

    def end(self, bay: Bay, reason: str, now: datetime) -> None:
        """Switch off and report it; nothing happens without a transaction."""
        bay.advance(now, self.speed)
        self._switch_off(bay, reason)

    def power_failed(self, bay: Bay) -> None:
        """The power was gone during a transaction: what the meter showed last is all there is."""
        self._switch_off(bay, "PowerLoss")

    def _switch_off(self, bay: Bay, reason: str) -> None:
        if charging := bay.end():
            self.queue.append(messages.stop(bay, charging, reason))
            if self.behaviour.takes("stop", "duplicate"):
                self.queue.append(messages.stop(bay, charging, "UnlockCommand"))

    def measure(self, bay: Bay, how: str = "", context: str = "Sample.Periodic") -> None:
        """Report the meter; nothing happens without a transaction."""
        if bay.charging:
            self.queue.append(messages.meter_values(bay, bay.charging, how, context))

    def charging_as(self, transaction_id: int) -> Bay | None:
        """The connector on which that transaction is under way."""
        for bay in self.bays.values():
            if bay.charging and bay.charging.transaction_id == transaction_id:
                return bay
        return None

    # What it says

    def report(self, number: int) -> None:
        """Tell the state of a connector (again)."""
        self._reported.pop(number, None)

    def send(self, message: Message) -> None:
        """Send something that is about no transaction, as soon as there is a connection."""
        self._wanted.append(message)

    def hang_up(self) -> None:
        """The connection is gone."""
        self.connected = False
        self._wanted.clear()

    def next_message(self, now: datetime) -> Message | None:
        """What to send next, when nothing is outstanding: boot, states, what was asked for, transactions, heartbeat."""
        if not self.accepted:
            return messages.boot(self.identity) if self._speak_again is None or now >= self._speak_again else None
        for number, bay in self.bays.items():
            if self._reported.get(number) != bay.status:
                self._reported[number] = bay.status
                return messages.status(number, bay.status, now)
        if self._wanted:
            return self._wanted.popleft()
        if self.queue and (self._not_before is None or now >= self._not_before):
            return self.queue[0]
        if self._speak_again is None or now >= self._speak_again:
            self._speak_again = now + self._heartbeat
            return Message("Heartbeat", {})
        return None

    def answered(self, message: Message, payload: Json, now: datetime) -> None:
        """The central system answered."""
        if message.action == "BootNotification":
            self._booted(payload, now)
        if not message.key:
            return
        self._not_before = None
        if self.queue and self.queue[0].message_id == message.message_id:
            self.queue.popleft()
        if message.action == "StartTransaction":
            self._learn(message, payload, now)

    def unanswered(self, message: Message, now: datetime) -> None:
        """The central system answered with an error or not at all: a transaction message is tried some times more."""
        if message.action == "BootNotification":
            self._speak_again = now + _BOOT_AGAIN
        if message.key and self.queue and self.queue[0].message_id == message.message_id:
            message.tries += 1
            pause = self.settings.number("TransactionMessageRetryInterval") * message.tries
            self._not_before = now + timedelta(seconds=pause)
            if message.tries >= self.settings.number("TransactionMessageAttempts"):
                self.queue.popleft()
                self._not_before = None

    def _booted(self, payload: Json, now: datetime) -> None:
        self.accepted = self.booted = payload["status"] == "Accepted"
        seconds = timedelta(seconds=max(1, payload["interval"]))
        self._heartbeat, self._speak_again = seconds, now + seconds
        self._reported.clear()

    def _learn(self, message: Message, payload: Json, now: datetime) -> None:
        """The transaction has a number now, and may be refused."""
        number = payload["transactionId"]
        for waiting in self.queue:
            if waiting.key == message.key:
                waiting.payload["transactionId"] = number
        for bay in self.bays.values():
            if bay.charging and bay.charging.key == message.key:
                bay.charging.transaction_id = number
                if payload["idTagInfo"]["status"] != "Accepted":
                    self.end(bay, "DeAuthorized", now)
