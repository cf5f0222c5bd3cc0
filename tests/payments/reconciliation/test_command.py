"""``manage.py reconcile``: what it prints, and how it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from hardware.models import Terminal
from payments.models import Difference, Reconciliation
from tests.hardware.terminal.simulated import Simulator
from tests.payments.cashdesk import CashDesk
from tests.payments.reconciliation.nights import book

TODAY = {"since": (datetime.now(UTC) - timedelta(days=2)).isoformat(), "until": "2099-01-01T12:00"}


def reconcile(*arguments: str, **options: Any) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("reconcile", *arguments, stdout=out, no_color=True, **options)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def bank_file(path: Path, desk: CashDesk, *rows: str) -> Path:
    file = path / "bank.csv"
    file.write_text("\n".join(("Type;Amount;Currency;Time;Request id", *rows)))
    return file


def row(desk: CashDesk, amount: str, request_id: int) -> str:
    return f"sale;{amount};EUR;{datetime.now(UTC).isoformat()};{request_id}"


def test_an_honest_day_ends_with_zero_and_shows_both_sides(desk: CashDesk, simulator: Simulator) -> None:
    desk.captured(simulator)
    code, text = reconcile(**TODAY)
    assert code == 0
    assert "agrees" in text
    (line,) = [each.split() for each in text.splitlines() if each.strip().startswith("capture")]
    assert line == ["capture", "1", "€12.34", "1", "€12.34"]


def test_a_difference_ends_with_one_and_says_what_where_and_what_to_do(desk: CashDesk, simulator: Simulator) -> None:
    held = desk.captured(simulator)
    book(simulator, "UPDATE transactions SET amount_minor = 1235 WHERE kind = 'capture'")
    code, text = reconcile("--terminal", "IM30", **TODAY)
    assert code == 1
    assert f"amount differs: capture, {held.reference}" in text
    assert "Here: carried out, €12.34. There: carried out, €12.35." in text
    assert "Ask the bank which amount it booked." in text


def test_a_terminal_that_is_away_ends_with_one(terminal: Terminal) -> None:
    Terminal.objects.update(url="payproxy+http://127.0.0.1:1")
    code, text = reconcile(**TODAY)
    assert code == 1
    assert "(refused)" in text


def test_without_options_it_is_yesterday(terminal: Terminal) -> None:
    reconcile()
    run = Reconciliation.objects.get()
    assert 23 <= (run.until - run.since).total_seconds() / 3600 <= 25


def test_a_file_of_the_bank_is_compared_by_what_it_covers(desk: CashDesk, simulator: Simulator, tmp_path: Path) -> None:
    request_id = desk.captured(simulator).operations.get(kind="capture").request_id
    file = bank_file(tmp_path, desk, row(desk, "12.34", request_id))

    assert reconcile("--csv", str(file), **TODAY)[0] == 0

    file = bank_file(tmp_path, desk, row(desk, "12.34", request_id), row(desk, "5.00", 999))
    code, text = reconcile("--csv", str(file), **TODAY)
    assert code == 1
    assert "missing here: capture, no payment of ours" in text
    assert Difference.objects.get().source == "file"
    assert Reconciliation.objects.latest("pk").origin == "bank.csv"


def test_the_layout_comes_from_the_terminals_record_or_from_the_command_line(
    desk: CashDesk, simulator: Simulator, tmp_path: Path
) -> None:
    request_id = desk.captured(simulator).operations.get(kind="capture").request_id
    file = bank_file(tmp_path, desk, row(desk, "12,34", request_id))
    with pytest.raises(CommandError, match=r"bank.csv, line 2, column 'Amount': .*set decimal"):
        reconcile("--csv", str(file), **TODAY)
    assert reconcile("--csv", str(file), "--layout", json.dumps({"decimal": ","}), **TODAY)[0] == 0
    Terminal.objects.update(statement_layout={"decimal": ","})
    assert reconcile("--csv", str(file), **TODAY)[0] == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"terminal": "IM99"}, "there is no terminal IM99; there are: IM30"),
        ({"since": "yesterday"}, "no day and no time; write"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "ends before it begins"),
        ({"csv": Path("nowhere.csv")}, "nowhere.csv cannot be read: No such file"),
        ({"csv": Path("manage.py"), "layout": "{"}, "not JSON"),
        ({"csv": Path("manage.py"), "layout": '{"x": 1}'}, "unknown key x"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(terminal: Terminal, options: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        reconcile(**options)
    assert not Reconciliation.objects.exists()


@pytest.mark.parametrize("name", [None, "IM30"])
def test_a_terminal_without_a_list_is_named(terminal: Terminal, name: str | None) -> None:
    Terminal.objects.update(profile={})
    with pytest.raises(CommandError, match="--csv"):
        reconcile(terminal=name)


def test_whose_file_it_is_must_be_said_where_there_are_several(terminal: Terminal, tmp_path: Path) -> None:
    Terminal.objects.create(name="Other", url="payproxy+http://127.0.0.1:9")
    with pytest.raises(CommandError, match="--terminal"):
        reconcile(csv=tmp_path / "x.csv")
