"""The bytes of each wire as units with names: what a moment can be named after. No I/O.

Every byte that goes in comes out again, in its unit, as soon as that is whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from hardware.terminal.opi.framing import Frames, frame
from hardware.terminal.opi.markup import parse
from hardware.terminal.zvt.serial_frame import ACK, DLE, ETX, NAK, unframe
from hardware.terminal.zvt.stream import ApduStream

_LENGTH = re.compile(rb"(?i)^content-length: *(\d+)", re.MULTILINE)
_STATUS = re.compile(rb'"status": *"(\w+)"')
_END_OF_HEAD = b"\r\n\r\n"


class Units(Protocol):
    """One direction of one connection."""

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """The units that ``data`` completed, each with its name."""


class TcpApdus:
    """ZVT over TCP: an APDU, named after class and instruction in hex."""

    def __init__(self) -> None:
        self._stream = ApduStream()

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        for apdu in self._stream.receive(data):
            yield apdu[:2].hex(), apdu


class SerialBlocks:
    """ZVT over a serial line: a block, named after its APDU, or the ``ack`` or ``nak`` of one."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        self._kept += data
        while size := self._size():
            unit = bytes(self._kept[:size])
            del self._kept[:size]
            yield {ACK: "ack", NAK: "nak"}.get(unit[0]) or unframe(unit)[:2].hex(), unit

    def _size(self) -> int:
        """Of the first unit; 0 while it is not whole."""
        if not self._kept or self._kept[0] != DLE:
            return min(1, len(self._kept))
        at = self._kept.find(DLE, 2)
        while 0 <= at < len(self._kept) - 1:
            if self._kept[at + 1] == ETX:
                return at + 4 if len(self._kept) >= at + 4 else 0
            at = self._kept.find(DLE, at + 2)
        return 0


class OpiFrames:
    """OPI: a frame, named after its root and what that is about (``DeviceRequest Printer``)."""

    def __init__(self) -> None:
        self._frames = Frames()

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        for body in self._frames.feed(data):
            root = parse(body)
            about = next((each.attributes.get("OutDeviceTarget", "") for each in root.all("Output")), "")
            yield f"{root.name} {about}".strip(), frame(body)


class HttpMessages:
    """HTTP: a request, named after method and call (``POST payment``), or an answer with the status in its body."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        self._kept += data
        while (head := self._kept.find(_END_OF_HEAD)) >= 0:
            length = _LENGTH.search(self._kept[:head])
            size = head + len(_END_OF_HEAD) + (int(length[1]) if length else 0)
            if len(self._kept) < size:
                return
            unit, self._kept = self._kept[:size], self._kept[size:]
            yield _http_name(unit, head), unit


def head_of(unit: bytes) -> int:
    """How long the head of an HTTP message is, with the empty line behind it."""
    return unit.find(_END_OF_HEAD) + len(_END_OF_HEAD)


def _http_name(unit: bytes, head: int) -> str:
    method, path, *_ = unit.split(b" ", 2)
    if method.startswith(b"HTTP/"):
        status = _STATUS.search(unit, head)
        return f"answer {status[1].decode().lower()}" if status else "answer"
    return f"{method.decode()} {path.partition(b'?')[0].rpartition(b'/')[2].decode()}"
