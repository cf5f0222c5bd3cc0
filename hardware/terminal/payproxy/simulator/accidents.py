"""How a fault looks on the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from enum import StrEnum

from aiohttp import web

from hardware.terminal.payproxy.simulator.wire import Fields, refused
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


class Crash(Exception):
    """The terminal crashes now."""


def before_work(request: web.Request, fault: Fault | None, request_id: str) -> web.StreamResponse | None:
    """Play the faults that keep the work from being done; None when it is to be done. Raises Crash."""
    match fault:
        case Fault(kind=Kind.CUT_BEFORE_COMPLETE):
            return _cut(request, abruptly=True)
        case Fault(kind=Kind.LOST_BEFORE):
            return _cut(request, abruptly=False)
        case Fault(kind=HttpKind.ERROR_500, after=False):
            return _error_500()
        case Fault(kind=Kind.CRASH, after=False):
            raise Crash
        case Fault(kind=kind) if kind in _REFUSALS:
            return web.json_response(refused(_REFUSALS[kind], request_id))
    return None


async def after_work(request: web.Request, fault: Fault | None, answer: Fields) -> web.StreamResponse:
    """Play the faults that happen to the answer; the answer itself when there is none. Raises Crash."""
    match fault:
        case Fault(kind=Kind.LOST_ANSWER):
            return _cut(request, abruptly=True)
        case Fault(kind=HttpKind.ERROR_500):
            return _error_500()
        case Fault(kind=Kind.CRASH):
            raise Crash
        case Fault(kind=Kind.SLOW):
            await asyncio.sleep(fault.seconds)
        case Fault(kind=Kind.GARBLED):
            body = json.dumps(answer)
            return web.Response(text=body[: len(body) // 2], content_type="application/json")
        case Fault(kind=Kind.ANSWER_CUT):
            whole = _raw(answer)
            return _write(request, whole[: len(whole) - len(whole) // 4])
        case Fault(kind=Kind.ANSWERED_TWICE):
            return _write(request, _raw(answer) * 2)
        case Fault(kind=Kind.OTHER_REQUEST_ID):
            other = str((int(str(answer.get("requestId") or "0")) + 1) % 1_000_000_000)
            return web.json_response(answer | {"requestId": other})
    return web.json_response(answer)


def _cut(request: web.Request, *, abruptly: bool) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort() if abruptly else request.transport.close()
    return web.Response()  # nobody will read it


def _write(request: web.Request, raw: bytes) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.write(raw)
        request.transport.close()
    return web.Response()


def _raw(answer: Fields) -> bytes:
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _error_500() -> web.Response:
    return web.Response(status=500, text="Internal Server Error")
