"""The verbs with their usual arguments, and what a terminal says to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moneyed import Money

from hardware.terminal.interface import Handle, Reason, Result, Verb
from hardware.terminal.zvt import build
from hardware.terminal.zvt.bmp import Bmp
from hardware.terminal.zvt.driver import ZvtTerminal
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.opening import open_zvt
from hardware.terminal.zvt.tlv import Tlv
from tests.hardware.terminal.zvt.peer import DONE, OK, Peer, PtyEnd, Says, TcpEnd

ID, HOLD, COST = 700_011, Money("40.00", "EUR"), Money("18.40", "EUR")
TOKEN = bytes.fromhex("3F56A32065CC4DBE8330C37609F91996")
HANDLE = Handle(700_001, "0231:000042:4131423243330000:4000:EUR", version="zvt1", stan="000042")
QUICK = {"answer": 0.3, "completion": 0.4, "hard": 0.6, "acknowledge": 0.3}

Talking = Callable[..., tuple[ZvtTerminal, Peer]]


def start(
    script: Mapping[str, list[Says]], *, serial: bool = False, record: Mapping[str, Any] | None = None, **more: Any
) -> tuple[ZvtTerminal, Peer]:
    """A peer that plays ``script``, and the driver that talks to it."""
    peer = Peer(PtyEnd() if serial else TcpEnd(), script)
    return open_zvt(peer.url, record or {}, **more), peer


def talks() -> Iterator[Talking]:
    """A factory of both, for a fixture."""
    started: list[tuple[ZvtTerminal, Peer]] = []

    def begin(script: Mapping[str, list[Says]], **more: Any) -> tuple[ZvtTerminal, Peer]:
        started.append(start(script, **more))
        return started[-1]

    yield begin
    for terminal, peer in started:
        terminal.close()
        peer.close()


def told(
    *,
    code: int | None = 0,
    amount: int | None = 4000,
    currency: str = "978",
    receipt: str = "0231",
    trace: str = "000042",
    original: str = "",
    reference: str = "",
    token: bytes | None = TOKEN,
    at: datetime | None = None,
    text: str = "",
    objects: tuple[Tlv, ...] = (),
) -> str:
    """A status information in hex."""
    moment = at or datetime.now(UTC)
    bmps: list[Bmp] = [] if code is None else [build.byte(0x27, code)]
    bmps += [] if amount is None else [build.amount(amount)]
    for tag, digits in ((0x49, currency), (0x87, receipt), (0x0B, trace), (0x37, original)):
        bmps += [build.digits(tag, digits)] if digits else []
    bmps += [build.digits(0x0C, f"{moment:%H%M%S}"), build.digits(0x0D, f"{moment:%m%d}"), build.byte(0x8A, 10)]
    bmps += [Bmp(0x3B, b"A1B2C3\0\0"), Bmp(0x22, bytes.fromhex("EEEEEEEEEEEE4771"))]
    bmps += [build.text(0x3C, text)] if text else []
    objects += () if token is None else (Tlv(0x1F14, token),)
    objects += (build.nested(0xE9, build.text_object(0x1F63, reference)),) if reference else ()
    return Message(0x040F, (), (*bmps, build.container(*objects))).encode().hex(" ")


def full(*says: str) -> Says:
    """An accepted command, what the terminal says, and the completion."""
    return (OK, *says, DONE)


def authorise(terminal: ZvtTerminal, request_id: int = ID) -> Result:
    return terminal.authorise(request_id=request_id, key=uuid4(), amount=HOLD, language="nl")


def capture(terminal: ZvtTerminal, amount: Money = COST, handle: Handle = HANDLE) -> Result:
    return terminal.capture(request_id=ID, key=uuid4(), amount=amount, handle=handle, reason=Reason.NORMAL_END)


def release(terminal: ZvtTerminal) -> Result:
    return terminal.release(request_id=ID, key=uuid4(), currency="EUR", handle=HANDLE, reason=Reason.NO_ENERGY)


def refund(terminal: ZvtTerminal) -> Result:
    return terminal.refund(request_id=ID, key=uuid4(), amount=COST, handle=HANDLE)


def recover(terminal: ZvtTerminal, verb: Verb, request_id: int = ID) -> Result | None:
    amount = HOLD if verb in (Verb.AUTHORISE, Verb.RELEASE) else COST
    return terminal.recover(request_id=request_id, verb=verb, amount=amount).result
