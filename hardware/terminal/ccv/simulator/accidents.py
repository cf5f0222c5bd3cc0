"""How a fault looks on CCV's wire, beside what happens over any HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from aiohttp import web

from hardware.terminal.ccv.bodies import encode
from hardware.terminal.ccv.simulator import wire
from hardware.terminal.simulator import http_faults
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


def answer(fields: object, status: int = 200) -> web.Response:
    """Return JSON, decimals exact."""
    return web.Response(body=encode(fields), status=status, content_type="application/json")


def before_work(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
    """Play the faults that keep the work from being done; None when it is to be done. Raises Crash."""
    match fault:
        case Fault(kind=CloudKind.ERROR_500, after=False):
            return _error_500()
        case Fault(kind=kind) if kind in _ERRORS:
            status, code = _ERRORS[kind]
            return answer(wire.error(code, str(kind)), status)
    return http_faults.before_work(request, fault)


async def after_work(request: web.Request, fault: Fault | None, fields: object) -> web.StreamResponse:
    """Play the faults that happen to the answer; the answer itself when there is none. Raises Crash."""
    match fault:
        case Fault(kind=CloudKind.ERROR_500):
            return _error_500()
        case Fault(kind=Kind.OTHER_REQUEST_ID) if isinstance(fields, dict):
            others = dict.fromkeys(("merchantOrderReference", "originalReference", "description"), "another")
            fields = {**fields, **{name: other for name, other in others.items() if name in fields}}
    return await http_faults.after_work(request, fault, encode(fields))


def _error_500() -> web.Response:
    return answer(wire.error("processing_error", "something went wrong"), 500)
