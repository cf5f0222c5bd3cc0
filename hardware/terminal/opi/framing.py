"""Frames of both channels: a 4-byte big-endian length, then that many bytes of XML. No I/O (reference: chapter 4.1)."""

from __future__ import annotations

from hardware.terminal.opi.errors import OpiError

#: Bytes of XML in one frame. Others accept megabytes; a long receipt is a few kilobytes.
LARGEST_FRAME = 256 * 1024

_HEAD = 4  # bytes


def frame(body: bytes) -> bytes:
    """Return ``body`` with its length in front. Raises OpiError for an empty or too large one."""
    if not 0 < len(body) <= LARGEST_FRAME:
        raise OpiError("a frame holds 1 byte to 256 KiB")
    return len(body).to_bytes(_HEAD, "big") + body


class Frames:
    """Cuts a stream of bytes into bodies, however they arrive: several at once, or one in pieces."""

    def __init__(self) -> None:
        self._kept = bytearray()

    @property
    def within(self) -> bool:
        """Whether the stream stands in the middle of a frame."""
        return bool(self._kept)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the bodies that ``data`` completed. Raises OpiError for a length that cannot be meant.

        After that error nothing that follows in the stream can be believed.
        """
        self._kept += data
        bodies = []
        while len(self._kept) >= _HEAD:
            length = int.from_bytes(self._kept[:_HEAD], "big")
            if not 0 < length <= LARGEST_FRAME:
                raise OpiError("not the length of a frame")
            if len(self._kept) < _HEAD + length:
                break
            bodies.append(bytes(self._kept[_HEAD : _HEAD + length]))
            del self._kept[: _HEAD + length]
        return bodies
