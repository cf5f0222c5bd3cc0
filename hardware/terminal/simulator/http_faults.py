"""How a fault looks over HTTP, whatever the simulated interface says in its bodies."""

from __future__ import annotations

import asyncio

from aiohttp import web

from hardware.terminal.simulator.faults import Fault, Kind


class Crash(Exception):
    """The terminal crashes now."""


def before_work(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
    """Play the faults that keep the work from being done; None when it is to be done. Raises Crash."""
    match fault:
        case Fault(kind=Kind.CUT_BEFORE_COMPLETE):
            return _cut(request, abruptly=True)
        case Fault(kind=Kind.LOST_BEFORE):
            return _cut(request, abruptly=False)
        case Fault(kind=Kind.CRASH, after=False):
            raise Crash
    return None


async def after_work(request: web.Request, fault: Fault | None, body: bytes) -> web.StreamResponse:
    """Play the faults that happen to an answer; the answer itself when there is none. Raises Crash."""
    match fault:
        case Fault(kind=Kind.LOST_ANSWER):
            return _cut(request, abruptly=True)
        case Fault(kind=Kind.CRASH):
            raise Crash
        case Fault(kind=Kind.SLOW):
            await asyncio.sleep(fault.seconds)
        case Fault(kind=Kind.GARBLED):
            return _whole(body[: len(body) // 2])
        case Fault(kind=Kind.ANSWER_CUT):
            raw = _raw(body)
            return _write(request, raw[: len(raw) - len(raw) // 4])
        case Fault(kind=Kind.ANSWERED_TWICE):
            return _write(request, _raw(body) * 2)
    return _whole(body)


def _whole(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _cut(request: web.Request, *, abruptly: bool) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort() if abruptly else request.transport.close()
    return web.Response()  # nobody will read it


def _write(request: web.Request, raw: bytes) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.write(raw)
        request.transport.close()
    return web.Response()


def _raw(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
