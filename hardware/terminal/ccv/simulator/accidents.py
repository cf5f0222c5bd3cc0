"""How a fault looks on CCV's wire."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import StrEnum

from aiohttp import web

from hardware.terminal.ccv.bodies import encode
from hardware.terminal.ccv.simulator import wire
from hardware.terminal.simulator.faults import Fault, Kind


class CloudKind(StrEnum):
    """What else can happen between a kiosk and CCV's cloud."""

    ERROR_500 = "error_500"  # "after": whether the work was done
    TOO_MANY = "too_many"  # HTTP 429
    KEY_REFUSED = "key_refused"  # HTTP 401
    UNKNOWN_FAILURE = "unknown_failure"  # the transaction fails with "reason" as its failure code
    NEEDS_TERMINAL = "needs_terminal"  # the card must be presented again
    MANUAL_INTERVENTION = "manual_intervention"  # done, but the cloud only says so "seconds" later
    HOOK_LATE = "hook_late"  # the webhook comes "seconds" after the change
    HOOK_TWICE = "hook_twice"
    HOOK_STRANGER = "hook_stranger"  # and another one, for a transaction that is none
    HOOK_NEVER = "hook_never"


#: The kinds of every wire that make sense here: a cloud has no ticket to reprint, and nobody logs in to it.
KINDS = (*(each for each in Kind if each not in (Kind.REPRINT_REQUIRED, Kind.LOGGED_OUT)), *CloudKind)
SECONDS: Mapping[str, float] = {CloudKind.MANUAL_INTERVENTION: 600.0, CloudKind.HOOK_LATE: 5.0}

_ERRORS: Mapping[StrEnum, tuple[int, str]] = {
    Kind.BUSY: (400, "terminal_busy"),
    Kind.INOPERABLE: (400, "terminal_unavailable"),
    CloudKind.TOO_MANY: (429, ""),
    CloudKind.KEY_REFUSED: (401, "bad_credentials"),
}


class Crash(Exception):
    """The terminal and its cloud crash now."""


def answer(fields: object, status: int = 200) -> web.Response:
    """Return JSON, decimals exact."""
    return web.Response(body=encode(fields), status=status, content_type="application/json")


def before_work(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
    """Play the faults that keep the work from being done; None when it is to be done. Raises Crash."""
    match fault:
        case Fault(kind=Kind.CUT_BEFORE_COMPLETE | Kind.LOST_BEFORE as kind):
            return _cut(request, abruptly=kind is Kind.CUT_BEFORE_COMPLETE)
        case Fault(kind=CloudKind.ERROR_500, after=False):
            return answer(wire.error("processing_error", "something went wrong"), 500)
        case Fault(kind=Kind.CRASH, after=False):
            raise Crash
        case Fault(kind=kind) if kind in _ERRORS:
            status, code = _ERRORS[kind]
            return answer(wire.error(code, str(kind)), status)
    return None


async def after_work(request: web.Request, fault: Fault | None, fields: object) -> web.StreamResponse:
    """Play the faults that happen to the answer; the answer itself when there is none. Raises Crash."""
    match fault:
        case Fault(kind=Kind.LOST_ANSWER):
            return _cut(request, abruptly=True)
        case Fault(kind=CloudKind.ERROR_500):
            return answer(wire.error("processing_error", "something went wrong"), 500)
        case Fault(kind=Kind.CRASH):
            raise Crash
        case Fault(kind=Kind.SLOW):
            await asyncio.sleep(fault.seconds)
        case Fault(kind=Kind.GARBLED):
            body = encode(fields)
            return web.Response(body=body[: len(body) // 2], content_type="application/json")
        case Fault(kind=Kind.ANSWER_CUT):
            whole = _raw(fields)
            return _write(request, whole[: len(whole) - len(whole) // 4])
        case Fault(kind=Kind.ANSWERED_TWICE):
            return _write(request, _raw(fields) * 2)
        case Fault(kind=Kind.OTHER_REQUEST_ID) if isinstance(fields, dict):
            others = dict.fromkeys(("merchantOrderReference", "originalReference", "description"), "another")
            return answer({**fields, **{name: other for name, other in others.items() if name in fields}})
    return answer(fields)


def _cut(request: web.Request, *, abruptly: bool) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort() if abruptly else request.transport.close()
    return web.Response()  # nobody will read it


def _write(request: web.Request, raw: bytes) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.write(raw)
        request.transport.close()
    return web.Response()


def _raw(fields: object) -> bytes:
    body = encode(fields)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
