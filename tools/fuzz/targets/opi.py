"""OPI: frames, and the messages of both channels in both directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from moneyed import Money

from hardware.terminal.opi.device import (
    DeviceRequest,
    DeviceResponse,
    Entry,
    Input,
    Output,
    Reply,
    read_device_request,
    read_device_response,
    write_device_request,
    write_device_response,
)
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.framing import Frames, frame
from hardware.terminal.opi.mapping import Inferred
from hardware.terminal.opi.messages import (
    Request,
    Response,
    Values,
    read_request,
    read_response,
    write_request,
    write_response,
)
from hardware.terminal.opi.words import Kind
from tools.fuzz.targets.target import Target

_MAPPING = Inferred()
_NOW = datetime(2026, 11, 22, 14, 35, tzinfo=UTC)
_WHO = ("CardPreAuthorisation", "700011", "KIOSK-1")

_REQUESTS = [
    write_request(each, _MAPPING)
    for each in (
        Request(Kind.CARD, *_WHO, at=_NOW, language="nl", amount=Money("50.00", "EUR"), wants_token=True),
        Request(Kind.CARD, *_WHO, amount=Money(0, "EUR"), reference="0231", reason_code="25"),
        Request(Kind.SERVICE, "GetStatus", "700012", "KIOSK-1"),
    )
]
_RESPONSES = [
    write_response(each, _MAPPING)
    for each in (
        Response(
            Kind.CARD,
            *_WHO,
            "Success",
            Values(
                terminal_id="12345678", stan="42", amount="50.00", currency="EUR", circuit="VISA", approval="99abcd"
            ),
        ),
        Response(Kind.SERVICE, "GetStatus", "700012", "KIOSK-1", "Success", Values(state="Activated")),
    )
]
_ASKED = [
    write_device_request(each)
    for each in (
        DeviceRequest("Output", "700011.1", "KIOSK-1", (Output("CustomerDisplay", ("Present card",)),)),
        DeviceRequest("Output", "700011.2", "KIOSK-1", (Output("E-Journal", entry=Entry("50.00", "EUR", "VISA")),)),
        DeviceRequest("Input", "700011.3", "KIOSK-1", inputs=(Input("CashierKeyboard", "GetConfirmation"),)),
    )
]
_ANSWERED = [
    write_device_response(
        DeviceResponse(
            "Input", "700011.3", "KIOSK-1", "Success", inputs=(Reply("CashierKeyboard", "Success", confirmed=True),)
        )
    )
]

#: XML that is worth the most memory for its size, and XML that asks for more.
_WIDE = [
    b"<a>" + piece * (size // len(piece)) + b"</a>"
    for size in (190_000, 250_000)
    for piece in (b"<b/>", b"<b c=''/>", b"&lt;", b"t\n", b"<b>")
] + [
    b"<a " + b" ".join(b"b%d='c'" % each for each in range(20_000)) + b"/>",
    b"<!DOCTYPE a [<!ENTITY b 'bbbbbbbb'>]><a>&b;</a>",
    b"<a xmlns:b='urn:b' b:c='d'/>",
]


def _frames(raw: bytes) -> None:
    frames = Frames()
    size = 1 + (raw[-1] if raw else 0)
    for at in range(0, len(raw), size):
        for body in frames.feed(raw[at : at + size]):
            assert frame(body)[4:] == body


def _mapped(read: Callable[[bytes, Inferred], object]) -> Callable[[bytes], object]:
    return lambda raw: read(raw, _MAPPING)


TARGETS: Sequence[Target] = (
    Target("opi frames", _frames, [frame(each) for each in (*_REQUESTS, *_WIDE)], (OpiError,)),
    Target("opi request", _mapped(read_request), [*_REQUESTS, *_WIDE], (OpiError,)),
    Target("opi response", _mapped(read_response), [*_RESPONSES, *_WIDE], (OpiError,)),
    Target("opi device asks", read_device_request, [*_ASKED, *_WIDE], (OpiError,)),
    Target("opi device answers", read_device_response, [*_ANSWERED, *_WIDE], (OpiError,)),
)
