"""Vectors of our own, written by hand from the rules: at least one for each. The same shape as the shared file's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Vector = dict[str, Any]


def _apdu(name: str, raw: str, **decoded: Any) -> Vector:
    raw = raw.replace(" ", "")
    data = len(raw) // 2 - (5 if raw[4:6] == "ff" else 3)
    head = {"class": raw[:2], "instr": raw[2:4], "length": data}
    return {"kind": "apdu", "name": name, "hex": raw, "decoded": head | decoded}


def _of(kind: str, name: str, raw: str, **fields: Any) -> Vector:
    return {"kind": kind, "name": name, "hex": raw.replace(" ", ""), "fields": fields}


def _wrong(kind: str, name: str, raw: str) -> Vector:
    return {"kind": kind, "name": name, "hex": raw, "fields": {}, "expect": "error"}


def own_vectors() -> Iterator[Vector]:
    """Every one."""
    yield from _commands()
    yield from _answers()
    yield from _refusals()
    yield from _fields()
    yield from _lines()
    yield from _smaller()


def _commands() -> Iterator[Vector]:
    pw = {"password": "123456"}
    yield _apdu("the shortest registration", "06 00 04 123456 08", positional={**pw, "config_byte": "08"})
    yield _apdu(
        "a registration whose currency could begin a BMP",
        "06 00 06 123456 08 0208",
        positional={**pw, "config_byte": "08", "cc": "0208"},
    )
    yield _apdu("a status enquiry with nothing", "05 01 00")
    yield _apdu("a status enquiry with service byte", "05 01 05 123456 03 02", positional=pw, bmp=[["03", "02"]])
    yield _apdu("a status enquiry without password", "05 01 06 06 04 1f72 01 01", bmp=[["06", [["1f72", "01"]]]])
    yield _apdu("a self test without password", "06 79 00")
    yield _apdu("a self test with password", "06 79 03 123456", positional=pw)
    yield _apdu(
        "read card: timeout, type, dialogue, token wanted",
        "06 c0 0c 0f 19 10 fc 02 06 05 1f15 02 d000",
        positional={"timeout": "0f"},
        bmp=[["19", "10"], ["fc", "02"], ["06", [["1f15", "d000"]]]],
    )
    yield _apdu("the pending enquiry", "06 23 03 87 ffff", bmp=[["87", "ffff"]])
    yield _apdu("the pending enquiry that takes a list", "06 23 05 87 ffff 06 00", bmp=[["87", "ffff"], ["06", []]])
    yield _apdu(
        "a reversal",
        "06 30 0a 123456 87 0042 19 40 03 01",
        positional=pw,
        bmp=[["87", "0042"], ["19", "40"], ["03", "01"]],
    )
    yield _apdu("reprint from one", "06 12 05 123456 0007", positional={**pw, "from": "0007"})
    yield _apdu("reprint a range", "06 12 07 123456 0007 0009", positional={**pw, "from": "0007", "to": "0009"})
    yield _apdu("the language", "08 30 01 02", positional={"language": "02"})
    yield _apdu("the baud rate", "08 40 01 07", positional={"baud_rate": "07"})
    yield _apdu(
        "set clock", "06 91 0b 123456 aa 261122 0c 143500", positional=pw, bmp=[["aa", "261122"], ["0c", "143500"]]
    )
    yield _apdu("abort", "06 b0 00")


def _answers() -> Iterator[Vector]:
    yield _apdu("a bare status of 06", "06 0f 01 06", positional={"terminal_status": "06"})
    yield _apdu(
        "a bare status and a container", "06 0f 03 9c 06 00", positional={"terminal_status": "9c"}, bmp=[["06", []]]
    )
    yield _apdu(
        "a bare status of 06 and a container",
        "06 0f 03 06 06 00",
        positional={"terminal_status": "06"},
        bmp=[["06", []]],
    )
    yield _apdu(
        "version, status and container",
        "06 0f 0c f0f0f3 312e30 51 06 03 08 01 42",
        positional={"sw_version": "1.0", "terminal_status": "51"},
        bmp=[["06", [["08", "42"]]]],
    )
    yield _apdu(
        "status without timeout before a container",
        "04 ff 07 ff 06 04 24 02 07 00",
        positional={"status": "ff"},
        bmp=[["06", [["24", [["07", ""]]]]]],
    )
    yield _apdu(
        "the sequence id is no timeout of six minutes",
        "04 ff 09 0a 06 06 1f73 03 000012",
        positional={"status": "0a"},
        bmp=[["06", [["1f73", "000012"]]]],
    )
    yield _apdu("a timeout of six minutes", "04 ff 02 0a 06", positional={"status": "0a", "timeout": "06"})
    yield _apdu(
        "a timeout of six minutes and a container",
        "04 ff 04 0a 06 06 00",
        positional={"status": "0a", "timeout": "06"},
        bmp=[["06", []]],
    )


def _refusals() -> Iterator[Vector]:
    yield _apdu("a wrong currency", "06 1e 03 6f 0978", positional={"result_code": "6f", "cc": "0978"})
    yield _apdu(
        "a wrong currency that could begin a BMP", "06 1e 03 6f 0208", positional={"result_code": "6f", "cc": "0208"}
    )
    yield _apdu(
        "a wrong currency that is not told", "06 1e 03 6f 06 00", positional={"result_code": "6f"}, bmp=[["06", []]]
    )
    yield _apdu("refused with the code in the data", "84 1e 01 7d", positional={"result_code": "7d"})
    yield _apdu("refused with a currency", "84 1e 03 6f 0978", positional={"result_code": "6f", "cc": "0978"})
    yield _apdu("refused without a code", "84 1e 00")


def _fields() -> Iterator[Vector]:
    yield _apdu("a part of the goods", "84 9d 07 04 000000000250", bmp=[["04", "000000000250"]])
    yield _apdu("a key", "80 00 01 0d", positional={"key_codes": "0d"})
    yield _apdu("a masked card number of odd length", "04 0f 06 22 f0f3 67eeef", bmp=[["22", "67eeef"]])
    yield _apdu("an unknown BMP keeps the rest", "04 0f 06 27 00 c5 0102 03", bmp=[["27", "00"]], rest="c5010203")
    yield _apdu("a longer length than needed", "04 0f ff0200 27 00", bmp=[["27", "00"]])
    yield _apdu("an empty LLVAR", "04 0f 03 8b f0f0", bmp=[["8b", ""]])
    yield _apdu("a field that is cut off", "04 0f 05 27 00 04 0000", bmp=[["27", "00"]], rest="040000")
    yield _apdu(
        "an unknown tag is kept and skipped",
        "04 0f 09 06 07 1f6e 01 aa 08 01 42",
        bmp=[["06", [["1f6e", "aa"], ["08", "42"]]]],
    )
    yield _apdu("a tag of three bytes", "04 0f 07 06 05 1f8001 01 aa", bmp=[["06", [["1f8001", "aa"]]]])
    yield _apdu(
        "an object that is cut off keeps those before it",
        "04 0f 08 06 06 08 01 42 1f14 09",
        bmp=[["06", [["08", "42"], ["", "1f1409"]]]],
    )
    yield _apdu(
        "applications in a list and outside it",
        "04 0f 0e 06 0c 62 05 60 03 43 01 a0 60 03 43 01 b0",
        bmp=[["06", [["62", [["60", [["43", "a0"]]]]], ["60", [["43", "b0"]]]]]],
    )
    yield _apdu("Feig's own tags hold no objects", "04 0f 06 06 04 ff40 01 07", bmp=[["06", [["ff40", "07"]]]])


def _lines() -> Iterator[Vector]:
    yield _apdu("a line", "06 d1 03 40 4869", attribute=0x40, text_hex="4869")
    yield _apdu(
        "a line and what card complete appends",
        "06 d1 09 00 4869 06 04 1f07 01 02",
        attribute=0,
        text_hex="486906041f070102",
    )
    yield _apdu("line feeds", "06 d1 02 ff 03", attribute=0xFF, text_hex="03")
    yield _apdu("no line at all", "06 d1 00")
    yield _apdu(
        "a block of lines",
        "06 d3 0d 06 0b 1f07 01 02 25 05 09 01 40 07 00",
        bmp=[["06", [["1f07", "02"], ["25", [["09", "40"], ["07", ""]]]]]],
    )
    payment = _apdu(
        "a payment of 110.00 with a doubled 10",
        "06 01 0a 04 000000011000 49 0978",
        bmp=[["04", "000000011000"], ["49", "0978"]],
    )
    block = "100206010a0400000001101000490978" + "1003f2ff"
    yield payment | {"kind": "serial", "hex": block, "apdu": payment["hex"]}


def _smaller() -> Iterator[Vector]:
    yield _of("bcd", "leading zeros", "000042", value="000042")
    yield _wrong("bcd", "a masked digit is none", "e1")
    yield _of("apdu-length", "the longest short one", "fe", value=254)
    yield _of("apdu-length", "the shortest long one", "ffff00", value=255)
    yield _of("tlv-length", "128", "8180", value=128)
    yield _of("tlv-length", "256, the high byte first", "820100", value=256)
    yield _wrong("tlv-length", "without an end", "80")
    yield _wrong("tlv-length", "three bytes", "83000001")
    yield _wrong("tlv-length", "cut off", "8201")
    yield _of("llvar-length", "any high nibble will do", "3132", value=12)
    yield _wrong("llvar-length", "a nibble that is no digit", "f0fa")
    yield _of("lllvar-length", "345", "f3f4f5", value=345)
    yield _wrong("lllvar-length", "cut off", "f0f0")
    yield _of("lllvar", "text", "f0f0f24869", value="4869")
    yield _of("tlv-tag", "two bytes", "1f14", tag="1f14", constructed=False, size=2)
    yield _of("tlv-tag", "three bytes", "1f8000", tag="1f8000", constructed=False, size=3)
    yield _of("tlv-tag", "Feig's own", "ff41", tag="ff41", constructed=False, size=2)
    yield _of("tlv-tag", "a container", "e9", tag="e9", constructed=True, size=1)
    yield _of("tlv-objects", "a container that holds none", "260107", **{"26": "07"})
    yield {
        "kind": "tlv",
        "name": "nested",
        "hex": "6203600143",
        "fields": {},
        "decoded": {"tlv": [["62", [["60", "43"]]]]},
    }
    yield _of("tlv-list", "two deep", "04e202de00", depth=2, leaf="de")
    yield {
        "kind": "bmp",
        "name": "two",
        "hex": "27008a2e",
        "fields": {},
        "decoded": {"bmp": [["27", "00"], ["8a", "2e"]]},
    }
    yield {"kind": "apdu-header", "name": "nothing", "hex": "06", "fields": {}, "expect": "not an APDU yet"}
    yield _of("apdu-header", "the low byte first", "06d3ff0102", length=0x0201)
    yield _of("data-block", "status and timeout", "0a03", status=10, timeout_bcd=3)
    yield _of("bitfield", "menu off", "01", menu_disabled=True, capitals=False)
    yield _of("bitfield", "print lines", "ba", print_lines=True)
    yield _of("apdu-stream", "glued", "80000004ff", result="positive", rest="04ff")
    yield {"kind": "apdu-stream", "name": "HTTP", "hex": "48545450", "fields": {}, "expect": "not ZVT"}
    raw = "3030303030303031" + "41" * 17 + "3532353235313131" + "382e30"
    yield _of(
        "vendor",
        "no battery",
        f"060f24{raw}",
        device_id="00000001",
        sw_version="A" * 17,
        terminal_id="52525111",
        temperature="8.0",
    )
