"""``python -m hardware.terminal.zvt decode|encode``: what an APDU says, and the reverse. Prints one JSON object a line.

Garbage is ``{"error": ..., "offset": ...}`` and exit status 1. The offset counts bytes of the APDU (of the frame with
``--serial``), or characters where the text itself is wrong. What is printed is not redacted.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TextIO

from hardware.terminal.zvt import json_form
from hardware.terminal.zvt.apdu import LONGEST_APDU, Incomplete
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.serial_frame import frame, unframe

#: Characters; longer lines are no APDU in any form.
LONGEST_LINE = 10 * LONGEST_APDU

#: So many lists and texts a JSON object may have at most: what it describes has to fit into one APDU.
_MOST_PARTS = {"[": 30_000, "{": 30_000, '"': 200_000}

_NOT_HEX = re.compile(r"[^0-9A-Fa-f]")


def decode_line(text: str, *, serial: bool = False) -> dict[str, Any]:
    """The JSON object for one hex string; blanks between bytes are fine."""
    try:
        raw = _unhex(text)
        return json_form.write(unframe(raw) if serial else raw)
    except Incomplete as error:
        return json_form.write_incomplete(error) | _failure(error)
    except ZvtError as error:
        return _failure(error)


def encode_line(text: str, *, serial: bool = False) -> dict[str, Any] | str:
    """The hex string for one JSON object, or the object that says what is wrong with it."""
    try:
        apdu = json_form.read(_unjson(text))
        return (frame(apdu) if serial else apdu).hex()
    except ZvtError as error:
        return _failure(error)


def main(arguments: Sequence[str] | None = None, *, lines: TextIO | None = None, out: TextIO | None = None) -> int:
    """1 when anything was garbage."""
    parser = argparse.ArgumentParser(prog="python -m hardware.terminal.zvt", description=__doc__.partition("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, takes in (("decode", "a hex string"), ("encode", "a JSON object as decode prints it")):
        each = verbs.add_parser(verb, help=f"{takes}, or - to read one a line")
        each.add_argument("what", help=f"{takes}; - reads one a line from the standard input")
        each.add_argument("--serial", action="store_true", help="as a block of the serial line")
    chosen = parser.parse_args(arguments)
    convert: Callable[..., dict[str, Any] | str] = decode_line if chosen.verb == "decode" else encode_line
    given = _lines(lines or sys.stdin) if chosen.what == "-" else [chosen.what]
    return _convert(given, lambda text: convert(text, serial=chosen.serial), out or sys.stdout)


def _convert(texts: Iterable[str], convert: Callable[[str], dict[str, Any] | str], out: TextIO) -> int:
    failed = False
    for text in texts:
        result = convert(text)
        failed |= isinstance(result, dict) and "error" in result
        out.write((result if isinstance(result, str) else json.dumps(result)) + "\n")
        out.flush()
    return 1 if failed else 0


def _lines(source: TextIO) -> Iterator[str]:
    """The lines that are not blank; of one that is too long only so much as shows that it is."""
    while line := source.readline(LONGEST_LINE + 1):
        whole = line
        while len(whole) > LONGEST_LINE and not whole.endswith("\n"):
            whole = source.readline(LONGEST_LINE + 1) or "\n"
        if line.strip():
            yield line


def _unhex(text: str) -> bytes:
    if len(text) > LONGEST_LINE:
        raise ZvtError("too long", LONGEST_LINE)
    digits = "".join(text.split())
    if wrong := _NOT_HEX.search(digits):
        raise ZvtError("not a hex digit", text.index(wrong.group()))
    if len(digits) % 2:
        raise ZvtError("half a byte", len(text.rstrip()) - 1)
    return bytes.fromhex(digits)


def _unjson(text: str) -> object:
    if len(text) > LONGEST_LINE:
        raise ZvtError("too long", LONGEST_LINE)
    if any(text.count(sign) > most for sign, most in _MOST_PARTS.items()):
        raise ZvtError("too many parts")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ZvtError("not JSON", error.pos) from None
    except (RecursionError, ValueError):
        raise ZvtError("not JSON that anybody wrote") from None


def _failure(error: ZvtError) -> dict[str, Any]:
    return {"error": error.text, "offset": error.offset}


if __name__ == "__main__":
    sys.exit(main())
