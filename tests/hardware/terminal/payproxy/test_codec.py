"""Amounts, receipts and JSON of the PayProxy API, without any terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from hardware.terminal.amounts import from_minor, to_minor, to_number
from hardware.terminal.payproxy import codec

minors = st.integers(min_value=0, max_value=10**11)
currencies = st.sampled_from(["EUR", "GBP", "CHF", "JPY", "TND"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None)
@given(minors, currencies)
def test_an_amount_survives_the_wire_as_number_and_as_text(minor: int, currency: str) -> None:
    money = from_minor(minor, currency)
    number = to_number(money)
    sent = codec.decode(codec.encode({"amount": number}))
    assert codec.to_money(sent["amount"], currency) == money
    assert codec.to_money(f"{number:f}", currency) == money
    assert to_minor(money) == minor


@settings(deadline=None)
@given(minors)
def test_euros_are_written_with_exactly_two_decimals(minor: int) -> None:
    body = codec.encode({"amount": to_number(from_minor(minor, "EUR"))})
    assert body == f'{{"amount": {minor // 100}.{minor % 100:02d}}}'.encode()


def test_an_amount_finer_than_its_currency_is_never_rounded() -> None:
    with pytest.raises(ValueError, match="at most 2 decimals"):
        to_number(Money("10.005", "EUR"))
    with pytest.raises(ValueError, match="at most 2 decimals"):
        codec.to_money("10.005", "EUR")


@pytest.mark.parametrize("text", ["50.00", " 50.00", "50", "50.0", "50.0000"])
def test_an_amount_is_read_from_any_plain_text(text: str) -> None:
    assert codec.to_money(text, "EUR") == Money("50.00", "EUR")


@pytest.mark.parametrize(
    "value",
    [
        *("", "-1", "+1", "1e2", "1,00", "1 000", "NaN", "Infinity", "٥", "0x10", "1" * 13, "50.00\n1"),
        *(None, True, [], {}, -1, Decimal("-1.00"), Decimal("1E+900000"), Decimal("NaN"), 10**400, 50.0),
    ],
)
def test_what_is_not_plainly_an_amount_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        codec.to_money(value, "EUR")


@settings(deadline=None)
@given(
    st.lists(st.text(alphabet=st.characters(exclude_categories=["Nd", "Cs", "Cc"])).map(codec.printable), max_size=50)
)
def test_receipt_lines_survive_the_wire(lines: list[str]) -> None:
    assert codec.decode_lines(codec.encode_lines(lines)) == tuple(lines)


@settings(deadline=None)
@given(anything | anything.map(json.dumps))
def test_a_receipt_of_any_shape_is_read_without_an_error(value: object) -> None:
    assert all(isinstance(line, str) for line in codec.decode_lines(value))


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ('["one", "", "two"]', ("one", "", "two")),
        ("one\n\ntwo", ("one", "", "two")),
        (["one", None, "two"], ("one", "", "two")),
        (None, ()),
        ("", ()),
        (7, ()),
        ({"line": "one"}, ()),
        ('{"line": "one"}', ('{"line": "one"}',)),
        ("[" * 100_000, ("[" * 100_000,)),
    ],
)
def test_receipts_come_in_several_shapes(value: object, lines: tuple[str, ...]) -> None:
    assert codec.decode_lines(value) == lines


@pytest.mark.parametrize("shape", [str, lambda line: json.dumps([line]), lambda line: [line]])
def test_card_digits_never_get_through_a_receipt(shape: object) -> None:
    assert callable(shape)
    assert codec.decode_lines(shape("Card 4012 8888 8888 1881 ok")) == ("Card ****1881 ok",)


@settings(deadline=None)
@given(st.binary())
def test_a_body_of_any_bytes_is_an_object_or_a_value_error(body: bytes) -> None:
    try:
        assert isinstance(codec.decode(body), dict)
    except ValueError:
        return


@pytest.mark.parametrize("body", [b"", b"[]", b'"text"', b"null", b'{"a": NaN}', b'{"a"', b"[" * 200_000, b"\xff{}"])
def test_what_is_no_json_object_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(not JSON|not a JSON object|nested too deeply)$"):
        codec.decode(body)


def test_numbers_stay_exact_and_a_byte_order_mark_is_no_error() -> None:
    assert codec.decode(b'\xef\xbb\xbf{"amount": 0.10}') == {"amount": Decimal("0.10")}


def test_text_that_no_database_can_hold_never_gets_through() -> None:
    fields = codec.decode(rb'{"token": "99\ud800", "reference": "a\u0000", "ok": "H4sI\nAA"}')
    assert [codec.pick_text(fields, name) for name in fields] == ["", "", "H4sI\nAA"]
    assert codec.decode_lines(["a\0b\ud800c"]) == ("a b c",)


def test_a_currency_that_does_not_exist_is_no_amount() -> None:
    with pytest.raises(ValueError, match="not a currency"):
        codec.to_money("1.00", "AAA")


def test_a_dotted_name_reaches_into_objects() -> None:
    fields = {"eJournal": {"CardNumber": "****1001", "count": 3, "flag": True}}
    assert codec.pick_text(fields, "eJournal.CardNumber") == "****1001"
    assert codec.pick_text(fields, "eJournal.count") == "3"
    for name in ("eJournal.flag", "eJournal.missing", "eJournal.CardNumber.deeper", "eJournal", "none.at.all"):
        assert codec.pick_text(fields, name) == ""


@pytest.mark.parametrize(
    ("masked", "digits"),
    [
        ("************1001", "1001"),
        ("XXXX XXXX XXXX 1001 ", "1001"),
        ("401288******", ""),
        ("****101", ""),
        ("", ""),
        ("4012888888881881", "1881"),
    ],
)
def test_the_last_four_digits_are_read_from_a_masked_number(masked: str, digits: str) -> None:
    assert codec.last_four(masked) == digits


def test_a_time_without_an_offset_or_sense_is_no_time() -> None:
    assert codec.to_moment("2026-03-02T09:15:07.000+01:00") == datetime(2026, 3, 2, 8, 15, 7, tzinfo=UTC)
    for value in ("2026-03-02T09:15:07", "yesterday", "", None, 1_772_442_907):
        assert codec.to_moment(value) is None


def test_an_answer_or_receipt_that_no_terminal_prints_is_not_taken_apart() -> None:
    with pytest.raises(ValueError, match="too large"):
        codec.decode(b"{" + b" " * codec.LARGEST + b"}")
    assert codec.decode_lines("\n" * 200_000) == ()
