"""Card numbers are taken out of whatever is stored, logged or shown, and nothing else is."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.logs import Redact
from hardware.redaction import redact, redact_all
from tests.support.planted import pans, with_check_digit

PAN = "4111 1111 1111 1111"
_WORDS = st.text(st.characters(exclude_categories=["Nd", "Zs", "Pd", "Cs"]), max_size=10)


def test_a_check_digit_makes_a_card_number() -> None:
    assert with_check_digit("411111111111111") == "4111111111111111"
    assert with_check_digit("550000555555555") == "5500005555555559"


@given(_WORDS, pans(), _WORDS)
def test_a_card_number_leaves_its_last_four_digits_wherever_it_stands(before: str, pan: str, after: str) -> None:
    last_four = "".join(filter(str.isdigit, pan))[-4:]
    assert redact(f"{before}{pan}{after}") == f"{before}****{last_four}{after}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345678901",
        "2026-05-04 09:00:00",
        "EUR 12.30 of 40.00",
        "TERMINAL 12345678\nSTAN 000042",
        "10.100.200.101",
    ],
)
def test_anything_else_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("between", ["\t", "\u00a0", " - ", "–", "   "])
def test_whatever_stands_between_the_digits_of_a_card_number_does_not_hide_it(between: str) -> None:
    assert redact(between.join(["4111", "1111", "1111", "1111"])) == "****1111"


def test_json_is_redacted_in_its_keys_its_texts_and_its_long_numbers() -> None:
    said = {PAN: ["x", 4111111111111111, 12, True, None], "deep": {"text": f"card {PAN}"}}
    assert redact_all(said) == {"****1111": ["x", "****1111", 12, True, None], "deep": {"text": "card ****1111"}}


def logged(*args: Any, **more: Any) -> str:
    record = logging.getLogger("test").makeRecord("test", logging.ERROR, __file__, 1, *args, **more)
    assert Redact().filter(record)
    return logging.Formatter().format(record)


def test_a_log_line_has_no_card_number_in_its_message_or_arguments() -> None:
    assert logged(f"{PAN} and %s", (PAN,), None) == "****1111 and ****1111"


def test_a_traceback_has_no_card_number_in_what_its_exceptions_say() -> None:
    try:
        raise ValueError(f"not {PAN}")
    except ValueError as error:
        written = logged("failed", (), (type(error), error, error.__traceback__))
    assert written.startswith("failed\nTraceback")
    assert written.endswith("ValueError: not ****1111")


def test_a_traceback_that_was_written_before_is_redacted_too() -> None:
    record = logging.makeLogRecord({"msg": "failed", "exc_text": f"not {PAN}", "stack_info": f"at {PAN}"})
    Redact().filter(record)
    assert (record.exc_text, record.stack_info) == ("not ****1111", "at ****1111")
