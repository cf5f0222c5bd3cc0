"""How a fault looks on PayProxy's wire, beside what happens over any HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum

from aiohttp import web

from hardware.terminal.payproxy.simulator.wire import Fields, refused
from hardware.terminal.simulator import http_faults
from hardware.terminal.simulator.faults import Fault, Kind

_REFUSALS: Mapping[StrEnum, str] = {
    Kind.BUSY: "BUSY",
    Kind.REPRINT_REQUIRED: "PRINT_LAST_TICKET",
    Kind.LOGGED_OUT: "LOGGED_OUT",
    Kind.INOPERABLE: "INOPERABLE",
}


class HttpKind(StrEnum):
    """What else can happen over HTTP."""

    ERROR_500 = "error_500"  # "after": whether the work was done


def before_work(request: web.Request, fault: Fault | None, request_id: str) -> web.StreamResponse | None:
    """Play the faults that keep the work from being done; None when it is to be done. Raises Crash."""
    match fault:
        case Fault(kind=HttpKind.ERROR_500, after=False):
            return _error_500()
        case Fault(kind=kind) if kind in _REFUSALS:
            return web.json_response(refused(_REFUSALS[kind], request_id))
    return http_faults.before_work(request, fault)


async def after_work(request: web.Request, fault: Fault | None, answer: Fields) -> web.StreamResponse:
    """Play the faults that happen to the answer; the answer itself when there is none. Raises Crash."""
    match fault:
        case Fault(kind=HttpKind.ERROR_500):
            return _error_500()
        case Fault(kind=Kind.OTHER_REQUEST_ID):
            other = str((int(str(answer.get("requestId") or "0")) + 1) % 1_000_000_000)
            answer = answer | {"requestId": other}
    return await http_faults.after_work(request, fault, json.dumps(answer).encode())


def _error_500() -> web.Response:
    return web.Response(status=500, text="Internal Server Error")
