"""``python -m hardware.terminal.zvt``."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hardware.terminal.zvt.__main__ import LONGEST_LINE, main

_ROOT = Path(__file__).resolve().parents[4]


def _run(*arguments: str, given: str = "") -> tuple[int, list[str]]:
    out = io.StringIO()
    status = main(arguments, lines=io.StringIO(given), out=out)
    return status, out.getvalue().splitlines()


def _object(*arguments: str) -> tuple[int, dict[str, Any]]:
    status, lines = _run(*arguments)
    (line,) = lines
    return status, json.loads(line)


def test_an_apdu_is_shown_with_names_meanings_amount_and_lines() -> None:
    status, shown = _object("decode", "040f0b27050400000000250006 00")
    assert status == 0
    assert shown["name"] == "status information"
    assert shown["result"] == {"code": "05", "meaning": "declined"}
    assert shown["amount"] == 2500
    assert ["04", "amount", 2500] in shown["fields"]
    assert _object("decode", "06d103004869")[1]["lines"] == ["Hi"]
    assert _object("decode", "04ff010a")[1]["status"] == {"code": "0a", "meaning": "present card"}
    assert _object("decode", "849c00")[1]["name"] == "not finished, ask again"
    assert _object("decode", "843700")[1]["name"] == "refused"
    assert _object("decode", "0a0b00")[1]["name"] == "unknown command"


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("zz", 0),
        ("06 0x", 4),
        ("060", 2),
        ("06", 1),
        ("060f", 2),
        ("8000000102", 3),
        ("040f06000102", 6),
        ("ä", 0),
    ],
)
def test_garbage_is_an_error_with_its_place(text: str, offset: int) -> None:
    status, shown = _object("decode", text)
    assert status == 1
    assert isinstance(shown["error"], str)
    assert shown["offset"] == offset


def test_an_apdu_that_is_cut_off_says_what_is_known() -> None:
    status, shown = _object("decode", "061e04b8")
    assert status == 1
    assert shown == {
        "class": "06",
        "instr": "1e",
        "length": 4,
        "incomplete": True,
        "error": "the APDU is cut off",
        "offset": 4,
    }


@pytest.mark.parametrize(
    ("block", "offset"),
    [
        ("800000", 0),
        ("1002800000", 5),
        ("10028000001003f5", 8),
        ("10028000001003f51e", 7),
        ("10028000001003f51f00", 9),
        ("100280100000", 3),
    ],
)
def test_a_broken_serial_block_is_an_error_with_its_place(block: str, offset: int) -> None:
    status, shown = _object("decode", "--serial", block)
    assert (status, shown["offset"]) == (1, offset)


def test_lines_are_read_one_by_one_and_a_bad_one_does_not_end_it() -> None:
    status, lines = _run("decode", "-", given="800000\n\nnothing\n060f00\n" + "0" * (2 * LONGEST_LINE + 5) + "\n800000")
    shown = [json.loads(each) for each in lines]
    assert status == 1
    assert [each.get("name") for each in shown] == ["acknowledged", None, "completion", None, "acknowledged"]
    assert [each.get("error") for each in shown if "error" in each] == ["not a hex digit", "too long"]
    assert _run("decode", "-", given="800000\n")[0] == 0


def test_what_was_decoded_is_encoded_to_the_same_bytes() -> None:
    raw = "040fff0c00" + "27000681080801421f0000c5aa"  # three odd lengths, an unknown BMP
    raw = "040fff0d00" + raw[10:]
    status, (shown,) = _run("decode", raw)
    assert status == 0
    assert json.loads(shown)["exact"] == raw
    assert _run("encode", shown) == (0, [raw])
    assert _run("encode", "-", given=shown + "\n") == (0, [raw])


def test_the_exact_bytes_do_not_silently_win_over_a_changed_field() -> None:
    shown = _object("decode", "040fff02002705")[1]
    shown["bmp"] = [["27", "00"]]
    status, (answer,) = _run("encode", json.dumps(shown))
    assert status == 1
    assert "leave it out" in json.loads(answer)["error"]
    del shown["exact"]
    assert _run("encode", json.dumps(shown)) == (0, ["040f022700"])


def test_a_block_is_encoded_for_the_serial_line() -> None:
    assert _run("encode", "--serial", '{"class": "80", "instr": "00"}') == (0, ["10028000001003f51f"])


@pytest.mark.parametrize(
    "form",
    [
        "nonsense",
        "[]",
        "{}",
        "null",
        "[" * 20_000,
        "[" * 40_000,
        '{"class": "06"}',
        '{"class": "0601", "instr": "01"}',
        '{"class": "06", "instr": "1"}',
        '{"class": 6, "instr": 1}',
        '{"class": "06", "instr": "01", "bmp": {}}',
        '{"class": "06", "instr": "01", "bmp": [["04"]]}',
        '{"class": "06", "instr": "01", "bmp": [["04", "00"]]}',
        '{"class": "06", "instr": "01", "bmp": [["04", null]]}',
        '{"class": "06", "instr": "01", "bmp": [["c5", "00"]]}',
        '{"class": "06", "instr": "01", "bmp": [["04", []]]}',
        '{"class": "06", "instr": "01", "bmp": [["06", [["0714", "00"]]]]}',
        '{"class": "06", "instr": "01", "bmp": [["06", [["07", []]]]]}',
        '{"class": "06", "instr": "01", "bmp": [["06", [["", []]]]]}',
        '{"class": "06", "instr": "01", "positional": []}',
        '{"class": "06", "instr": "01", "positional": {"password": "123456"}}',
        '{"class": "06", "instr": "00", "positional": {"password": "1234", "config_byte": "00"}}',
        '{"class": "06", "instr": "0f", "positional": {"sw_version": "\\u20ac", "terminal_status": "00"}}',
        '{"class": "06", "instr": "d1", "attribute": 256}',
        '{"class": "06", "instr": "d1", "attribute": true}',
        '{"class": "06", "instr": "0f", "incomplete": true}',
        '{"class": "80", "instr": "00", "exact": "80"}',
        '{"class": "06", "instr": "01", "bmp": [["06", ' + '[["e9", ' * 30 + '""' + "]]" * 30 + "]]}",
        '{"class": "06", "instr": "01", "rest": "' + "00" * 65536 + '"}',
    ],
)
def test_json_that_is_no_apdu_is_an_error(form: str) -> None:
    status, shown = _object("encode", form)
    assert status == 1
    assert set(shown) == {"error", "offset"}


def test_it_is_a_program() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "hardware.terminal.zvt", "decode", "-"],
        cwd=_ROOT,
        input="061e016c\n06\n",
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert json.loads(ran.stdout.splitlines()[0])["result"]["meaning"] == "timeout or stop key"
    assert "error" in json.loads(ran.stdout.splitlines()[1])
