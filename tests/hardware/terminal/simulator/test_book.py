"""The bank's book: what it refuses, and by which names a hold is found again."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hardware.terminal.simulator.bank import Bank
from hardware.terminal.simulator.book import Book, Entry
from hardware.terminal.simulator.cards import CARDS

HOLD = Entry("1", "authorise", "approved", 5000, 5000, "EUR", "00000001", "2026-03-02T09:15:07.000000+00:00")


def test_the_book_refuses_what_no_bank_would_do(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.add(HOLD)
    book.add(replace(HOLD, request_id="2", kind="capture", of="1"))
    for impossible in (
        HOLD,
        replace(HOLD, request_id="3", kind="capture", of="1"),
        replace(HOLD, request_id="3", kind="release", of="1"),
        replace(HOLD, request_id="3", kind="refund", of="99"),
        replace(HOLD, request_id="3", outcome="declined"),
        replace(HOLD, request_id="3", amount_minor=-1),
        replace(HOLD, request_id="3", kind="gift"),
    ):
        with pytest.raises(sqlite3.IntegrityError):
            book.add(impossible)
    assert book.count() == 2
    book.close()


def at_the_bank() -> tuple[Book, Bank]:
    book = Book(None)
    return book, Bank(book, lambda: datetime(2026, 3, 2, 9, 15, 7, tzinfo=UTC))


def test_a_hold_is_found_by_its_reference_its_stan_and_its_receipt_number() -> None:
    book, bank = at_the_bank()
    held = bank.authorise("1", CARDS["visa-1"], 5000, "EUR")
    assert (held.stan, held.receipt) == ("00000001", "0001")
    assert book.by_reference(held.reference) == book.by_stan(held.stan) == book.by_receipt(held.receipt) == held
    assert book.by_stan("00000002") is None
    assert book.by_receipt("0002") is None


def test_a_receipt_number_comes_round_again_and_never_hits_an_open_hold() -> None:
    book, bank = at_the_bank()
    first = bank.authorise("1", CARDS["visa-1"], 5000, "EUR")
    with book._db:
        book._db.executemany(
            "INSERT INTO transactions (request_id, kind, outcome, reason, asked_minor, amount_minor, currency, card,"
            " stan, reference, at) VALUES (?, 'authorise', 'declined', '', 1, 0, 'EUR', '', ?, '', '')",
            [(f"x{number}", f"x{number}") for number in range(9998)],
        )
    second = bank.authorise("2", CARDS["visa-1"], 5000, "EUR")
    assert (first.receipt, second.receipt) == ("0001", "0002")
    assert [each.request_id for each in book.open_holds()] == ["1", "2"]
    bank.settle("3", first.reference, 0, "EUR")
    assert [each.request_id for each in book.open_holds()] == ["2"]
    again = bank.authorise("4", CARDS["visa-1"], 5000, "EUR")
    assert again.receipt == "0003"
    assert book.by_receipt("0001") == first


def test_a_line_remembers_what_its_protocol_notes(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.add(HOLD)
    book.note("1", '{"turnover": 7}')
    book.close()
    again = Book(tmp_path)
    found = again.find("1")
    again.close()
    assert found is not None
    assert found.info == '{"turnover": 7}'


def test_a_book_of_an_older_simulator_is_read_on(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.add(HOLD)
    for column in ("receipt", "info"):
        book._db.execute(f"ALTER TABLE transactions DROP COLUMN {column}")
    book.close()
    again = Book(tmp_path)
    assert again.find("1") == HOLD
    again.add(replace(HOLD, request_id="2", info="{}"))
    again.close()
