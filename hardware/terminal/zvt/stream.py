"""APDUs out of a TCP stream: bare, one after the other, split and glued as the network likes. No I/O."""

from __future__ import annotations

from hardware.terminal.zvt.apdu import CLASSES, read_header
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.serial_frame import DLE, NAK


class ApduStream:
    """The receiving half of a connection. It never holds more than one APDU and what was read with it."""

    def __init__(self) -> None:
        self._pending = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of an APDU that is not whole yet: more than none at a timeout, and the procedure is over."""
        return len(self._pending)

    def receive(self, data: bytes) -> list[bytes]:
        """Every APDU that became whole with ``data``.

        Raises ZvtError for what is no ZVT, after the APDUs before it were handed out: then the stream cannot be trusted
        any more and is to be closed.
        """
        self._pending += data
        found: list[bytes] = []
        at = 0
        while at < len(self._pending) and self._pending[at] in CLASSES:
            header = read_header(bytes(self._pending[at : at + 5]))
            if header is None or at + header.total > len(self._pending):
                break
            found.append(bytes(self._pending[at : at + header.total]))
            at += header.total
        del self._pending[:at]
        if self._pending and not found:
            _check(self._pending[0])
        return found


def _check(first: int) -> None:
    if first in (DLE, NAK):
        raise ZvtError("the other side speaks the serial protocol on this port")
    if first not in CLASSES:
        raise ZvtError("the other side does not speak ZVT")
