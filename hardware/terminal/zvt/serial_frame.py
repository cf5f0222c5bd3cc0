"""A block of the serial line: ``10 02``, the APDU with every 10 doubled, ``10 03``, two bytes of checksum as they are."""

from __future__ import annotations

from hardware.terminal.zvt.errors import ZvtError

DLE, STX, ETX = 0x10, 0x02, 0x03
ACK, NAK = 0x06, 0x15

_POLYNOMIAL = 0x8408


def _table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _table()


def checksum(apdu: bytes) -> bytes:
    """CRC-16/KERMIT over the APDU and one ETX, the low byte first."""
    return crc(apdu + bytes([ETX])).to_bytes(2, "little")


def crc(data: bytes) -> int:
    """CRC-16/KERMIT: 2189 for the text 123456789."""
    found = 0
    for byte in data:
        found = found >> 8 ^ _TABLE[(found ^ byte) & 0xFF]
    return found


def frame(apdu: bytes) -> bytes:
    """The block as it goes on the line."""
    return bytes([DLE, STX]) + apdu.replace(b"\x10", b"\x10\x10") + bytes([DLE, ETX]) + checksum(apdu)


def unframe(block: bytes) -> bytes:
    """The APDU of exactly one block. Raises ZvtError for anything else."""
    if block[:2] != bytes([DLE, STX]):
        raise ZvtError("a block begins with 10 02")
    apdu = bytearray()
    at = 2
    while at < len(block):
        if block[at] != DLE:
            apdu.append(block[at])
            at += 1
            continue
        following = block[at + 1 : at + 2]
        if following == bytes([ETX]):
            return _checked(bytes(apdu), block, at + 2)
        if following != bytes([DLE]):
            raise ZvtError("a single 10 inside the block", at)
        apdu.append(DLE)
        at += 2
    raise ZvtError("the block has no end", len(block))


def _checked(apdu: bytes, block: bytes, at: int) -> bytes:
    found = block[at:]
    if len(found) < 2:
        raise ZvtError("the checksum is cut off", len(block))
    if len(found) > 2:
        raise ZvtError("more bytes than the block has", at + 2)
    if found != checksum(apdu):
        raise ZvtError("the checksum is wrong", at)
    return apdu
