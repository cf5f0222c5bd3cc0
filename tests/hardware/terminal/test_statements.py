"""What a bank's file says is read to the cent, or refused in words that say where and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moneyed import Money

from hardware.terminal.csv_layout import read_layout
from hardware.terminal.csv_statement import CsvStatement, unwrap
from hardware.terminal.interface import Outcome, Verb
from hardware.terminal.statements import StatementLine, StatementUnavailable

PAN = "4111111111111111"
HEADER = "Type,Status,Amount,Currency,Time,Request id,STAN,Card brand,Card number"
ROW = "capture,approved,12.34,EUR,2026-11-22T10:00:00+01:00,42,000042,VISA,************1234"
ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def statement(content: str | bytes, **layout: Any) -> CsvStatement:
    raw = content if isinstance(content, bytes) else content.encode()
    return CsvStatement("settlement.csv", raw, read_layout(layout))


def read(*rows: str, header: str = HEADER, **layout: Any) -> list[StatementLine]:
    return list(statement("\n".join((header, *rows)), **layout).statement(*ALWAYS))


def refusal(*rows: str, header: str = HEADER, **layout: Any) -> str:
    with pytest.raises(StatementUnavailable) as refused:
        read(*rows, header=header, **layout)
    assert refused.value.reason == "unreadable"
    return str(refused.value)


def test_a_row_becomes_a_line() -> None:
    (line,) = read(ROW)
    assert line == StatementLine(
        kind=Verb.CAPTURE,
        outcome=Outcome.APPROVED,
        amount=Money("12.34", "EUR"),
        at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        request_id=42,
        stan="000042",
        brand="VISA",
        last_four="1234",
        where="line 2",
    )


def test_a_german_file_is_read_with_a_layout() -> None:
    (line,) = read(
        'Zahlung;"1.234,56";22.11.2026 10:00;17',
        header="Art;Betrag;Datum;Referenz",
        columns={"kind": "Art", "amount": "Betrag", "at": "Datum", "request_id": "Referenz"},
        kinds={"Zahlung": "capture"},
        decimal=",",
        thousands=".",
        currency="EUR",
        time_format="%d.%m.%Y %H:%M",
        time_zone="Europe/Berlin",
    )
    assert (line.amount, line.at) == (Money("1234.56", "EUR"), datetime(2026, 11, 22, 9, 0, tzinfo=UTC))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_seen_from_the_header(delimiter: str) -> None:
    assert len(read(ROW.replace(",", delimiter), header=HEADER.replace(",", delimiter))) == 1


@pytest.mark.parametrize("content", [f"\ufeff{HEADER}\r\n\r\n{ROW}\r\n\r\n", f"\n{HEADER}\n,,,,,,,,\n{ROW}\n"])
def test_a_byte_order_mark_and_empty_rows_are_nothing(content: str) -> None:
    assert len(list(statement(content).statement(*ALWAYS))) == 1


def test_a_time_without_a_zone_is_of_the_layouts_zone() -> None:
    row = ROW.replace("+01:00", "")
    assert read(row, time_zone="Europe/Amsterdam")[0].at == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    assert read(row)[0].at == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_only_the_lines_of_the_period_are_handed_out() -> None:
    later = ROW.replace("T10", "T11")
    at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    handed = statement("\n".join((HEADER, ROW, later))).statement(at, at + timedelta(hours=1))
    assert [each.at for each in handed] == [at]


@pytest.mark.parametrize(
    ("cell", "layout", "amount"),
    [
        ("0.01", {}, "0.01"),
        ("12", {}, "12"),
        ("+12.30", {}, "12.30"),
        ("1234", {"minor_units": True}, "12.34"),
        ("999999999999.99", {}, "999999999999.99"),
        ("1'234.50", {"thousands": "'"}, "1234.50"),
        ("1 234 567.50", {"thousands": " "}, "1234567.50"),
    ],
)
def test_an_amount_is_exactly_what_is_written(cell: str, layout: dict[str, Any], amount: str) -> None:
    assert read(ROW.replace("12.34", cell), **layout)[0].amount == Money(amount, "EUR")


@pytest.mark.parametrize("cell", ["1.234", "12.345", "abc", "", "1e3", "1.2.3", "NaN", "12.34 EUR", "--1", "1 2"])
def test_an_amount_that_could_mean_something_else_is_refused(cell: str) -> None:
    text = refusal(ROW.replace("12.34", cell))
    assert text.startswith("settlement.csv, line 2, column 'Amount': ")
    assert ";" in text  # what to do


def test_a_comma_is_not_guessed_to_be_decimal() -> None:
    text = refusal(ROW.replace("12.34", '"12,34"'))
    assert "set decimal and thousands of the layout" in text


def test_a_negative_refund_gives_back_and_a_negative_capture_is_refused() -> None:
    assert read(ROW.replace("capture", "refund").replace("12.34", "-12.34"))[0].amount == Money("12.34", "EUR")
    assert "negative" in refusal(ROW.replace("12.34", "-12.34"))


def test_what_was_refused_moved_nothing() -> None:
    line = read(ROW.replace("approved", "Declined"))[0]
    assert (line.outcome, line.amount) == (Outcome.DECLINED, Money(0, "EUR"))


@pytest.mark.parametrize("column", range(len(HEADER.split(","))))
def test_a_card_number_in_any_column_is_cut_down_before_anybody_sees_it(column: int) -> None:
    cells = ROW.split(",")
    cells[column] = PAN
    try:
        shown = repr(read(",".join(cells)))
    except StatementUnavailable as refused:
        shown = str(refused)
    assert PAN not in shown
    assert PAN[:12] not in shown


def test_a_card_number_in_the_header_or_the_name_is_cut_down_too() -> None:
    with pytest.raises(StatementUnavailable) as refused:
        CsvStatement(f"{PAN}.csv", f"{PAN},x\n1,2".encode(), read_layout({}))
    assert PAN not in str(refused.value)


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "'=1", '"=HYPERLINK(""http://x"")"']
)
def test_a_cell_that_a_spreadsheet_would_run_is_harmless(cell: str) -> None:
    line = read(ROW.replace("VISA", cell))[0]
    assert line.brand[:1] not in set("=+-@'\t")


@pytest.mark.parametrize(
    ("cell", "text"), [('="0042"', "0042"), ("'42", "42"), (" 42 ", "42"), ("-1.00", "-1.00"), ("+1,00", "+1,00")]
)
def test_what_spreadsheets_wrap_around_a_value_is_taken_off(cell: str, text: str) -> None:
    assert unwrap(cell) == text


@pytest.mark.parametrize(
    ("rows", "header", "layout", "words"),
    [
        (
            [ROW.replace("capture", "gift")],
            HEADER,
            {},
            "column 'Type': 'gift' is not known; say what it means in kinds",
        ),
        ([ROW.replace("approved", "?")], HEADER, {}, "outcomes of the layout"),
        ([ROW.replace("EUR", "EURO")], HEADER, {}, "'EURO' is no currency"),
        ([ROW.replace("2026-11-22T10:00:00+01:00", "22.11.26")], HEADER, {}, "is no time; set time_format"),
        ([ROW.replace(",42,", ",A42,")], HEADER, {}, "is no terminal request id; choose another column"),
        ([ROW + ",1,2"], HEADER, {}, "more cells than the header; check the delimiter"),
        ([ROW, ROW.replace("VISA", '"VISA')], HEADER, {}, "line 3: not CSV"),
        ([ROW], HEADER.replace("Amount", "Sum"), {}, "no column for amount; set columns.amount"),
        ([ROW], HEADER.replace("Type", "Art"), {}, "no column for the kind"),
        ([ROW], HEADER.replace("Currency", "Money"), {}, "no column for the currency"),
        ([ROW], HEADER, {"columns": {"amount": "Brutto"}}, "there is no column 'Brutto'"),
        (["capture,1,EUR,2026-11-22"], "Type,Amount,Currency,Time", {}, "set columns.request_id or columns.stan"),
        ([], "", {}, "the file is empty"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(
    rows: list[str], header: str, layout: dict[str, Any], words: str
) -> None:
    text = refusal(*rows, header=header, **layout)
    assert words in text
    assert "settlement.csv, line " in text


def test_a_file_in_another_encoding_names_the_line() -> None:
    content = f"{HEADER}\n{ROW}\n".encode() + ROW.replace("VISA", "Größe").encode("cp1252")
    with pytest.raises(StatementUnavailable, match="line 3: not utf-8; set the encoding"):
        statement(content)
    assert len(list(statement(content, encoding="cp1252").statement(*ALWAYS))) == 2


def test_a_spreadsheet_is_not_taken_for_text() -> None:
    with pytest.raises(StatementUnavailable, match="not a text file"):
        statement(b"PK\x03\x04\x00\x00")


def test_rows_of_another_terminal_are_left_out() -> None:
    rows = [f"{ROW},T1", ROW.replace(",42,", ",43,") + ",T2"]
    assert [each.request_id for each in read(*rows, header=f"{HEADER},Terminal id", terminal_id="T2")] == [43]


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ({"colums": {}}, "unknown key colums"),
        ({"columns": ["amount"]}, "columns must be an object of texts"),
        ({"columns": {"amonut": "x"}}, "'amonut' is not one of"),
        ({"kinds": {"Zahlung": "pay"}}, "'pay' is not one of"),
        ({"outcomes": {"ok": "fine"}}, "'fine' is not one of"),
        ({"decimal": "."[:0]}, "decimal"),
        ({"decimal": ",", "thousands": ","}, "thousands"),
        ({"minor_units": 1}, "minor_units must be true or false"),
        ({"covers": ["money"]}, "covers must be a list of"),
        ({"time_zone": "Mars/North"}, "time_zone is not known"),
        ({"encoding": "morse"}, "encoding or time_zone is not known"),
    ],
)
def test_a_layout_that_cannot_be_meant_is_refused_by_name(layout: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match="layout: ") as refused:
        read_layout(layout)
    assert words in str(refused.value)
