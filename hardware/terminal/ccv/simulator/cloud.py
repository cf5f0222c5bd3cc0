"""The virtual cloud without HTTP: makes transactions, has terminal and bank carry them out, and tells how they are."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from enum import StrEnum

from hardware.terminal.ccv.simulator import hooks, wire
from hardware.terminal.ccv.simulator.accidents import CloudKind
from hardware.terminal.ccv.simulator.hooks import Hooks
from hardware.terminal.ccv.simulator.ledger import Ledger, Record
from hardware.terminal.ccv.simulator.wire import Order
from hardware.terminal.simulator import screens
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.book import Entry
from hardware.terminal.simulator.cards import CARDS
from hardware.terminal.simulator.device import Device
from hardware.terminal.simulator.faults import Fault, Kind
from hardware.terminal.simulator.terminal import Ended, PowerCut, Screen

#: What a merchant may give back of a capture, by default (chapter 2.6).
REFUND_PERCENT = 120

_IN_PERSON = frozenset({Operation.AUTHORISE, Operation.TOKEN})
_NOT_DONE: Mapping[StrEnum, str] = {CloudKind.NEEDS_TERMINAL: "terminal_required"}


class Cloud:
    """Keeps every transaction. One that waits for a card is lost with the power; the others are in ledger and book."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._ledger = Ledger(device.settings.data)
        self._hooks = Hooks()
        self._open: dict[str, asyncio.Task[None]] = {}
        self._manual_until: dict[str, float] = {}
        self._crashes: dict[str, float] = {}
        device.bank.refund_percent = REFUND_PERCENT
        device.terminal.on_screen = self._screen_changed

    @property
    def is_busy(self) -> bool:
        """Whether the terminal serves somebody."""
        return bool(self._open) or self._device.terminal.doing is not None

    def known(self, idempotency: str, body: bytes) -> Record | None:
        """Return what the same request made before. Raises ValueError when that was another request."""
        record = self._ledger.by_idempotency(idempotency) if idempotency else None
        if record is not None:
            if record.digest != _digest(record.type, body):
                raise ValueError("this Idempotency-Reference was used for another request")
            self._device.book.repeated(record.line)
        return record

    def hold_of(self, reference: str, operation: Operation) -> tuple[Record, Entry] | None:
        """Return the transaction that a settlement names, and the hold that it is about."""
        record = self._ledger.find(reference)
        wanted = "capture" if operation is Operation.REFUND else "authorise"
        entry = self._device.book.find(record.line) if record and record.type == wanted else None
        hold = self._device.book.find(entry.of) if entry and entry.of else entry
        return (record, hold) if record and hold else None

    async def create(self, call: str, order: Order, body: bytes, idempotency: str, fault: Fault | None) -> Record:
        """Make a transaction and begin with it. Only one may be in person at a time: see ``is_busy``."""
        kind, operation = wire.CALLS[call]
        record = Record(
            reference=f"TL{len(self._ledger.all()) + 1:08d}",
            original=order.original,
            type=kind,
            line=self._line(order.name),
            idempotency=idempotency or None,
            digest=_digest(kind, body),
            body=body.decode(),
            created=int(time.time() * 1000),
        )
        self._ledger.add(record)
        if fault and fault.kind is CloudKind.MANUAL_INTERVENTION:
            self._manual_until[record.reference] = time.monotonic() + fault.seconds
        if fault and fault.kind in (CloudKind.UNKNOWN_FAILURE, CloudKind.NEEDS_TERMINAL):
            self._end(record, failed=_NOT_DONE.get(fault.kind, fault.reason))
            self._hooks.tell(record, hooks.STATUS_CHANGED, fault)
        elif operation in _IN_PERSON:
            ask = Ask(operation, record.line, order.language, order.amount or 0, order.currency)
            self._open[record.reference] = asyncio.create_task(self._serve(record, ask, fault))
            await asyncio.sleep(0)  # a card that was presented before is taken at once
        else:
            self._settle(record, operation, order, fault)
            self._hooks.tell(record, hooks.STATUS_CHANGED, fault)
        return record

    def crash_later(self, record: Record, seconds: float) -> bool:
        """Crash once ``record`` has ended; False when it has."""
        if record.reference in self._open:
            self._crashes[record.reference] = seconds
        return record.reference in self._crashes

    def void(self, reference: str) -> bool:
        """End the wait for a card; False when it does not wait."""
        return reference in self._open and self._device.terminal.cancel("aborted by the kiosk")

    def find(self, reference: str) -> Record | None:
        """Return a transaction."""
        return self._ledger.find(reference)

    def all(self) -> list[Record]:
        """Return every transaction, oldest first."""
        return self._ledger.all()

    def tell(self, record: Record, *, in_list: bool = False, test_system: bool = False) -> dict[str, object]:
        """Return how a transaction is, in the API's words."""
        record = self._ledger.find(record.reference) or record
        entry = self._device.book.find(record.line) if record.type != "token" else None
        answer = wire.base(record, "pending")
        if record.reference in self._open:
            return self._pending(record, answer)
        if time.monotonic() < self._manual_until.get(record.reference, 0.0):
            return {**answer, "status": "manualintervention"}
        if entry is not None:
            lines = wire.receipt(entry, self._device.settings.terminal_id, test_system=test_system)
            return wire.booked(answer, entry, receipts=None if in_list else lines)
        ended = json.loads(record.ended) if record.ended else {}
        if "card" in ended:
            return wire.with_card(answer, CARDS[ended["card"]], ended["at"])
        return wire.failed(answer, ended.get("failed", "processing_error"), ended.get("at", record.created))

    def _pending(self, record: Record, answer: dict[str, object]) -> dict[str, object]:
        screen, details = self._device.terminal.screen, answer["details"]
        assert isinstance(details, dict)
        text = screens.text(screen.text_id, screen.language)
        pay_url = f"http://{self._device.settings.host}/terminal/poll?reference={record.reference}"
        return {**answer, "payUrl": pay_url, "details": {**details, "terminalMessage": text}}

    async def _serve(self, record: Record, ask: Ask, fault: Fault | None) -> None:
        terminal = self._device.terminal
        try:
            with terminal.occupied(ask):
                if ask.operation is Operation.AUTHORISE:
                    await terminal.authorise(ask, fault)
                else:
                    self._end(record, card=(await terminal.read_token(ask, fault)).name)
        except Ended as end:
            self._end(record, failed=end.reason)
        except PowerCut:
            return
        finally:
            del self._open[record.reference]
        self._hooks.tell(record, hooks.STATUS_CHANGED, fault)
        if record.reference in self._crashes:
            await self._device.crash(self._crashes.pop(record.reference))

    def _settle(self, record: Record, operation: Operation, order: Order, fault: Fault | None) -> None:
        found = self.hold_of(order.original, operation)
        assert found is not None
        _, hold = found
        bank = self._device.bank
        totals = self._device.book.totals_of(hold.request_id)
        declines = fault.reason if fault and fault.kind is Kind.DECLINED else ""
        if operation is Operation.REFUND:
            left = totals.captured_minor - totals.refunded_minor if totals else 0
            asked = left if order.amount is None else order.amount
            bank.refund(record.line, hold.reference, asked, hold.currency, declines=declines)
        else:
            whole = totals.held_minor if totals and operation is Operation.CAPTURE else 0
            asked = whole if order.amount is None else order.amount
            bank.settle(record.line, hold.reference, asked, hold.currency, declines=declines)

    def _end(self, record: Record, **how: str) -> None:
        self._ledger.end(record.reference, json.dumps({**how, "at": int(time.time() * 1000)}))

    def _line(self, name: str) -> str:
        """The book's name for it: the kiosk's own request id, where it is new and can be seen in the kiosk's words."""
        line = name.removeprefix(f"{self._device.settings.terminal_id}-R")
        taken = self._ledger.has_line(line) or self._device.book.find(line) is not None
        return f"TL line {len(self._ledger.all()) + 1}" if taken else line

    def _screen_changed(self, screen: Screen) -> None:
        for reference in self._open:
            record = self._ledger.find(reference)
            assert record is not None
            self._hooks.tell(record, hooks.TERMINAL_MESSAGE)


def _digest(kind: str, body: bytes) -> str:
    return hashlib.sha256(kind.encode() + b" " + body).hexdigest()
