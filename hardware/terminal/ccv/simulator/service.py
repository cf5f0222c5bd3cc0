"""The Payment API of the virtual cloud over HTTP (reference: ccv-interfaces.md, chapter 2)."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from aiohttp import BasicAuth, web

from hardware.terminal.ccv.simulator import accidents, wire
from hardware.terminal.ccv.simulator.accidents import answer
from hardware.terminal.ccv.simulator.cloud import Cloud
from hardware.terminal.ccv.simulator.wire import Fields, Order
from hardware.terminal.ccv.transactions import decode
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.device import Device
from hardware.terminal.simulator.faults import Fault, Kind
from hardware.terminal.simulator.http_faults import Crash

_ROOT = "/api/v1"
_PAGE = 20  # transactions in one answer
_KEY = re.compile(r"[lt]_[A-Za-z0-9_-]{8,200}")


class Service:
    """Answers ``/api/v1/...``: each request with the fault that was ordered for it."""

    def __init__(self, device: Device, key: str) -> None:
        self._device = device
        self._key = key
        self._cloud = Cloud(device)

    def routes(self) -> list[web.RouteDef]:
        """Return the API's routes."""
        return [
            *(web.post(f"{_ROOT}/{call}", self.create) for call in wire.CALLS),
            web.post(f"{_ROOT}/void", self.void),
            web.get(f"{_ROOT}/transaction", self.read),
        ]

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Make a transaction, or tell the one that the same request made before."""
        if (refused := self._refused(request)) is not None:
            return refused
        call = request.path.rpartition("/")[2]
        body = await request.read()
        operation = wire.CALLS[call][1]
        fields = _fields(body)
        named = str(fields.get("merchantOrderReference") or fields.get("description") or "")
        exchange = self._device.arrived(Ask(operation, named))
        fault = self._device.faults.take(operation)
        try:
            early = accidents.before_work(request, fault)
            if early is None:
                early = await self._answer(request, call, body, fields, fault)
            exchange.answered_at = time.time()
            return early
        except Crash:
            await self._device.crash(fault.seconds if fault else 0.0)
            return web.Response()

    async def void(self, request: web.Request) -> web.StreamResponse:
        """End the wait for a card (inferred)."""
        if (refused := self._refused(request)) is not None:
            return refused
        reference = str(_fields(await request.read()).get("reference"))
        if not self._cloud.void(reference):
            return answer(wire.error("rejected", "nothing waits for a card"), 400)
        return answer({"reference": reference, "status": "pending"})

    async def read(self, request: web.Request) -> web.StreamResponse:
        """Tell one transaction by its ``reference``, or list those that the filters let through."""
        if (refused := self._refused(request)) is not None:
            return refused
        if reference := request.query.get("reference", ""):
            record = self._cloud.find(reference)
            return answer(self._cloud.tell(record)) if record else answer(_unknown(), 404)
        operation = Operation.STATUS if "status" in request.query else Operation.RECOVER
        self._device.arrived(Ask(operation, ""))
        fault = self._device.faults.take(operation)
        try:
            early = accidents.before_work(request, fault)
            return early or await accidents.after_work(request, fault, self._list(request.query))
        except Crash:
            await self._device.crash(fault.seconds if fault else 0.0)
            return web.Response()

    async def _answer(
        self, request: web.Request, call: str, body: bytes, fields: Fields, fault: Fault | None
    ) -> web.StreamResponse:
        idempotency = request.headers.get("Idempotency-Reference", "")
        try:
            record = self._cloud.known(idempotency, body)
            order = self._order(call, fields)
        except ValueError as problem:
            return answer(wire.error("", f"not valid: {problem}", "validation_error"), 400)
        if record is None:
            if order is None:
                return answer(_unknown(), 404)
            if call in ("payment", "token") and self._cloud.is_busy:
                return answer(wire.error("terminal_busy", "the terminal serves somebody"), 400)
            record = await self._cloud.create(call, order, body, idempotency, fault)
        if fault and fault.kind is Kind.CRASH and self._cloud.crash_later(record, fault.seconds):
            fault = None
        test_system = fault is not None and fault.kind is Kind.TEST_SYSTEM
        return await accidents.after_work(request, fault, self._cloud.tell(record, test_system=test_system))

    def _order(self, call: str, fields: Fields) -> Order | None:
        """What a body asks for, None when it is about a transaction that there is not. Raises ValueError."""
        operation = wire.CALLS[call][1]
        if operation in (Operation.AUTHORISE, Operation.TOKEN):
            terminal_id = self._device.settings.terminal_id
            return wire.read_in_person(fields, terminal_id=terminal_id, with_amount=operation is Operation.AUTHORISE)
        found = self._cloud.hold_of(str(fields.get("reference")), operation)
        if found is None:
            return None
        return wire.read_settlement(fields, found[1].currency, with_amount=operation is not Operation.RELEASE)

    def _list(self, query: Mapping[str, str]) -> list[dict[str, object]]:
        after = query.get("referenceAfter", "")
        told = [self._cloud.tell(each, in_list=True) for each in self._cloud.all()]
        start = next((place + 1 for place, each in enumerate(told) if each["reference"] == after), 0) if after else 0
        return [each for each in told[start:] if _passes(each, query)][:_PAGE]

    def _refused(self, request: web.Request) -> web.Response | None:
        """Refuse a stranger, and a program that does not say what it is."""
        try:
            given = BasicAuth.decode(request.headers.get("Authorization", ""))
        except ValueError:
            given = BasicAuth("")
        known = given.login == self._key if self._key else _KEY.fullmatch(given.login)
        if not known or given.password:
            return answer(wire.error("bad_credentials", "unknown API key"), 401)
        if not request.headers.get("User-Agent"):
            return answer(wire.error("", "User-Agent is missing", "validation_error"), 400)
        return None


def _passes(told: Mapping[str, object], query: Mapping[str, str]) -> bool:
    named = {"merchantOrderReference": "merchantOrderReference", "type": "type", "status": "status"}
    if any(query[name] != told.get(field) for name, field in named.items() if name in query):
        return False
    if "originalReferences" in query and told.get("originalReference") not in query["originalReferences"].split(","):
        return False
    created = told["created"]
    before = int(query.get("createdBefore", created + 1 if isinstance(created, int) else 0))
    return isinstance(created, int) and int(query.get("createdAfter", 0)) < created < before


def _unknown() -> dict[str, object]:
    return wire.error("unknown_reference", "there is no such transaction")


def _fields(body: bytes) -> Fields:
    try:
        found = decode(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
