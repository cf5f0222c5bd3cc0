"""How a fault looks on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from hardware.terminal.opi.framing import frame
from hardware.terminal.opi.messages import Response, write_response
from hardware.terminal.opi.simulator.wire import MAPPING
from hardware.terminal.simulator.faults import Fault, Kind

_REFUSALS: Mapping[StrEnum, str] = {
    Kind.BUSY: "Busy",
    Kind.REPRINT_REQUIRED: "PrintLastTicket",
    Kind.LOGGED_OUT: "LoggedOut",
    Kind.INOPERABLE: "DeviceUnavailable",
}


class Crash(Exception):
    """The terminal crashes now."""


class Cut(Exception):
    """The connection ends here; ``abruptly``: with a reset."""

    def __init__(self, *, abruptly: bool) -> None:
        super().__init__()
        self.abruptly = abruptly


def before_work(fault: Fault | None) -> str:
    """Play the faults that keep the work from being done: the result that refuses it, or none. Raises Crash or Cut."""
    match fault:
        case Fault(kind=Kind.CUT_BEFORE_COMPLETE):
            raise Cut(abruptly=True)
        case Fault(kind=Kind.LOST_BEFORE):
            raise Cut(abruptly=False)
        case Fault(kind=Kind.CRASH, after=False):
            raise Crash
        case Fault(kind=kind):
            return _REFUSALS.get(kind, "")
    return ""


async def after_work(fault: Fault | None, answer: Response) -> bytes:
    """Play the faults that happen to the answer, and return what is written of it. Raises Crash or Cut."""
    match fault:
        case Fault(kind=Kind.LOST_ANSWER):
            raise Cut(abruptly=True)
        case Fault(kind=Kind.CRASH):
            raise Crash
        case Fault(kind=Kind.SLOW):
            await asyncio.sleep(fault.seconds)
        case Fault(kind=Kind.GARBLED):
            body = write_response(answer, MAPPING)
            return frame(body[: len(body) // 2])
        case Fault(kind=Kind.ANSWER_CUT):
            whole = _framed(answer)
            return whole[: len(whole) - len(whole) // 4]
        case Fault(kind=Kind.ANSWERED_TWICE):
            return _framed(answer) * 2
        case Fault(kind=Kind.OTHER_REQUEST_ID):
            return _framed(replace(answer, request_id=str(int(answer.request_id) % 999_999_999 + 1)))
    return _framed(answer)


def _framed(answer: Response) -> bytes:
    return frame(write_response(answer, MAPPING))
