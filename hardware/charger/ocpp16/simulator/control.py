"""The HTTP side of the simulated charge points: a page with the cars, and the same by requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from aiohttp import web

from hardware.charger.ocpp16.simulator.bay import Bay
from hardware.charger.ocpp16.simulator.car import Car
from hardware.charger.ocpp16.simulator.charger import Charger
from hardware.charger.ocpp16.simulator.link import Link

_PAGES = Path(__file__).with_name("page")
_FILES = {"/": "index.html", "/page.css": "page.css", "/page.js": "page.js"}
_CAR_ACTIONS = ("plug", "unplug", "full")
_CHARGER_ACTIONS = ("offline", "online", "reboot", "fault", "fault-clear", "behave")
#: The car that is plugged in unless the request says otherwise; it takes all that the cable gives.
_USUAL = {"battery_wh": 60_000, "soc": 20}
_LIMITS = {"battery_wh": (1, 1_000_000), "soc": (0, 100), "max_power_w": (1, 1_000_000)}


class Control:
    """The routes and what they do."""

    def __init__(self, links: Iterable[Link], speed: int) -> None:
        self._links = {link.charger.identity: link for link in links}
        self._speed = speed

    def application(self) -> web.Application:
        """What the HTTP server serves."""
        application = web.Application(middlewares=[_plain_errors])
        application.add_routes(
            [
                web.get("/healthz", self._health),
                web.get("/sim/chargers", self._chargers),
                web.post("/sim/cars/{identity}/{connector}/{action}", self._car),
                web.post("/sim/chargers/{identity}/{action}", self._charger),
                *(web.get(path, _file) for path in _FILES),
            ]
        )
        return application

    async def _health(self, request: web.Request) -> web.Response:
        waiting = [identity for identity, link in self._links.items() if not link.charger.booted]
        if waiting:
            return web.json_response({"status": "starting", "waiting_for": waiting}, status=503)
        return web.json_response({"status": "ok"})

    async def _chargers(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"speed": self._speed, "chargers": [_describe(link.charger) for link in self._links.values()]}
        )

    async def _car(self, request: web.Request) -> web.Response:
        link, action, now = self._link(request), request.match_info["action"], datetime.now(UTC)
        charger, number = link.charger, request.match_info["connector"]
        if not number.isdecimal() or int(number) not in charger.bays:
            raise LookupError(f"no connector {number}; {charger.identity} has {_list(charger.bays)}")
        if action not in _CAR_ACTIONS:
            raise LookupError(f"no action {action}; there are {_list(_CAR_ACTIONS)}")
        bay = charger.bays[int(number)]
        if action == "plug":
            charger.plug(bay, _car_of(_USUAL | {"max_power_w": bay.max_power_w} | await _body(request)), now)
        elif action == "unplug":
            charger.unplug(bay, now)
        else:
            charger.full(bay, now)
        link.touch()
        return web.json_response(_describe(charger))

    async def _charger(self, request: web.Request) -> web.Response:
        link, action, now = self._link(request), request.match_info["action"], datetime.now(UTC)
        charger, body = link.charger, await _body(request)
        if action == "fault":
            faulted = any(bay.faulted for bay in charger.bays.values())
            charger.fault(not (body.get("clear") or faulted), now)
        elif action == "fault-clear":
            charger.fault(False, now)
        elif action == "reboot":
            charger.restart("Reboot", now)
        elif action == "behave":
            charger.behaviour.ask(body)
        elif action in ("offline", "online"):
            charger.online = action == "online"
        else:
            raise LookupError(f"no action {action}; there are {_list(_CHARGER_ACTIONS)}")
        link.touch()
        return web.json_response(_describe(charger))

    def _link(self, request: web.Request) -> Link:
        identity = request.match_info["identity"]
        if identity not in self._links:
            raise LookupError(f"no charge point {identity}; there are {_list(self._links)}")
        return self._links[identity]


@web.middleware
async def _plain_errors(request: web.Request, handler: Any) -> web.StreamResponse:
    """Errors as JSON: 404 for what does not exist, 400 for what cannot be done."""
    try:
        response: web.StreamResponse = await handler(request)
        return response
    except LookupError as error:
        return web.json_response({"error": str(error.args[0])}, status=404)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)


async def _file(request: web.Request) -> web.FileResponse:
    return web.FileResponse(_PAGES / _FILES[request.path], headers={"Cache-Control": "no-cache"})


async def _body(request: web.Request) -> dict[str, Any]:
    if not await request.read():
        return {}
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        raise ValueError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise ValueError("the body is not a JSON object")
    return body


def _car_of(facts: dict[str, Any]) -> Car:
    for name, value in facts.items():
        if name not in _LIMITS:
            raise ValueError(f"no {name} in a car; there are {_list(_LIMITS)}")
        least, most = _LIMITS[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"{name} is a whole number from {least} to {most}")
    return Car.at(facts["soc"], facts["battery_wh"], facts["max_power_w"])


def _describe(charger: Charger) -> dict[str, Any]:
    return {
        "identity": charger.identity,
        "online": charger.online,
        "connected": charger.connected,
        "booted": charger.booted,
        "faulted": any(bay.faulted for bay in charger.bays.values()),
        "queue": len(charger.queue),
        "connectors": [_describe_bay(bay) for bay in charger.bays.values()],
    }


def _describe_bay(bay: Bay) -> dict[str, Any]:
    car, charging = bay.car, bay.charging
    return {
        "number": bay.number,
        "status": bay.status,
        "waiting_for_plug": bay.expected is not None,
        "energy_wh": bay.register_wh,
        "power_w": bay.power_w,
        "car": car
        and {"soc": car.soc, "battery_wh": car.battery_wh, "max_power_w": car.max_power_w, "full": car.is_full},
        "transaction": charging
        and {
            "id": charging.transaction_id,
            "id_tag": charging.tag,
            "energy_wh": bay.register_wh - charging.meter_start_wh,
            "seconds": charging.elapsed_ms // 1000,
            "started_at": charging.started_at.isoformat(),
        },
    }


def _list(names: Iterable[object]) -> str:
    return ", ".join(str(name) for name in names)
