"""The hands and eyes of whoever drives the virtual terminal: ``/sim/...``, for the page, for tests and for curl."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web
from babel.numbers import format_currency

from hardware.terminal.amounts import from_minor
from hardware.terminal.simulator import book, screens
from hardware.terminal.simulator.ask import Operation
from hardware.terminal.simulator.cards import CARDS, SimCard
from hardware.terminal.simulator.device import Device
from hardware.terminal.simulator.faults import Kind
from hardware.terminal.simulator.terminal import Screen, Tap

_PINS = ("ok", "wrong", "ask")


class Control:
    """Answers ``/sim/...``. What it does not understand gets a 400 with ``error`` and, where it helps, ``valid``."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def routes(self) -> list[web.RouteDef]:
        """Return the control routes."""
        return [
            web.get("/healthz", self.healthz),
            web.post("/sim/card", self.card),
            web.post("/sim/pin", self.pin),
            web.post("/sim/cancel", self.cancel),
            web.get("/sim/faults", self.faults),
            web.post("/sim/faults", self.add_fault),
            web.delete("/sim/faults", self.clear_faults),
            web.get("/sim/book", self.book),
            web.get("/sim/state", self.state),
            web.get("/sim/traffic", self.traffic),
        ]

    async def healthz(self, request: web.Request) -> web.Response:
        """Say that the simulator runs."""
        return web.json_response({"status": "ok", "terminal_id": self._device.settings.terminal_id})

    async def card(self, request: web.Request) -> web.Response:
        """Present a card: ``{"card": "visa-1", "pin": "ok" | "wrong" | "ask"}`` (``ask``: ``/sim/pin`` follows)."""
        order = await _order(request, "card", "pin")
        name, pin = order.get("card"), order.get("pin", "ok")
        if not isinstance(name, str) or name not in CARDS:
            raise _bad(f"unknown card {name!r}", CARDS)
        if pin not in _PINS:
            raise _bad(f"unknown pin {pin!r}", _PINS)
        terminal = self._device.terminal
        doing = terminal.doing
        if terminal.present(Tap(CARDS[name], str(pin))):
            return web.json_response({"presented": True, "operation": doing.operation if doing else None})
        return web.json_response({"presented": False, "remembered_for_seconds": terminal.remember})

    async def pin(self, request: web.Request) -> web.Response:
        """Type the PIN that the screen asks for: ``{"pin": "ok" | "wrong"}``; 409 when it asks for none."""
        pin = (await _order(request, "pin")).get("pin")
        if pin not in _PINS[:2]:
            raise _bad(f"unknown pin {pin!r}", _PINS[:2])
        if not self._device.terminal.enter_pin(str(pin)):
            return web.json_response({"error": "no PIN is being asked for"}, status=409)
        return web.json_response({"entered": True})

    async def cancel(self, request: web.Request) -> web.Response:
        """Press the cancel key; ``cancelled`` says whether there was anything to cancel."""
        return web.json_response({"cancelled": self._device.terminal.cancel()})

    async def faults(self, request: web.Request) -> web.Response:
        """List the faults that are still to happen, and what could be ordered."""
        return web.json_response(
            {
                "faults": self._device.faults.as_json(),
                "operations": list(Operation),
                "kinds": list(self._device.faults.kinds),
            }
        )

    async def add_fault(self, request: web.Request) -> web.Response:
        """Order a fault; a refused connection happens at once, the others to the next operations of their kind."""
        try:
            fault = self._device.faults.read(await _order(request))
        except ValueError as error:
            raise _bad(str(error)) from None
        if fault.kind is Kind.CONNECTION_REFUSED:
            await self._device.listener.go_away(fault.seconds)
        else:
            self._device.faults.add(fault)
        return web.json_response({"faults": self._device.faults.as_json()})

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Forget the faults that are still to happen."""
        self._device.faults.clear()
        return web.json_response({"faults": []})

    async def book(self, request: web.Request) -> web.Response:
        """Return what the bank did (``?since=...&until=...``: in that time), and what became of each authorisation."""
        since, until = (_moment(request.query.get(name, "")) for name in ("since", "until"))
        if since and until:
            entries = self._device.book.entries(since, until)
            return web.json_response({"transactions": [book.as_json(entry) for entry in entries]})
        return web.json_response(
            {
                "transactions": [book.as_json(entry) for entry in self._device.book.entries()],
                "totals": [book.totals_as_json(totals) for totals in self._device.book.totals()],
            }
        )

    async def state(self, request: web.Request) -> web.Response:
        """Return what the screen shows and what the terminal waits for."""
        terminal = self._device.terminal
        screen, doing, remembered = terminal.screen, terminal.doing, terminal.remembered
        return web.json_response(
            {
                "screen": {
                    "text_id": screen.text_id,
                    "text": screens.text(screen.text_id, screen.language),
                    "language": screens.spoken(screen.language).upper(),
                },
                "amount": _amount(screen),
                "operation": doing.operation if doing else None,
                "request_id": doing.request_id if doing else None,
                "waiting_for": terminal.waiting_for,
                "seconds_left": terminal.seconds_left,
                "remembered_card": remembered.name if remembered else None,
                "cards": [_face(card) for card in CARDS.values()],
                "faults": self._device.faults.as_json(),
                "terminal_id": self._device.settings.terminal_id,
            }
        )

    async def traffic(self, request: web.Request) -> web.Response:
        """Return the latest exchanges of the protocol with their times."""
        return web.json_response({"exchanges": [exchange.as_json() for exchange in self._device.traffic]})


def _face(card: SimCard) -> Mapping[str, object]:
    return {
        "id": card.name,
        "label": card.label,
        "circuit": card.circuit,
        "kind": card.kind,
        "last_four": card.last_four,
        "note": card.note,
    }


def _amount(screen: Screen) -> Mapping[str, object] | None:
    if not screen.currency:
        return None
    money = from_minor(screen.amount, screen.currency)
    text = format_currency(money.amount, screen.currency, locale=screens.spoken(screen.language))
    return {"minor": screen.amount, "currency": screen.currency, "text": text}


def _moment(text: str) -> str:
    """``text`` as the book writes times; an empty text when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment.tzinfo else ""


async def _order(request: web.Request, *known: str) -> Mapping[str, object]:
    try:
        order = json.loads(await request.text())
    except (ValueError, RecursionError):
        raise _bad("the body is not JSON") from None
    if not isinstance(order, dict):
        raise _bad("the body is not a JSON object")
    unknown = set(order) - set(known) if known else set()
    if unknown:
        raise _bad(f"unknown key {min(unknown)!r}", known)
    return order


def _bad(error: str, valid: object = None) -> web.HTTPBadRequest:
    body = {"error": error} | ({"valid": list(valid)} if isinstance(valid, dict | tuple) else {})
    return web.HTTPBadRequest(text=json.dumps(body), content_type="application/json")
