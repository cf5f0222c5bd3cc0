"""The numbers that operations have at their terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hardware.models import Terminal
from hardware.terminals import LARGEST_REQUEST_ID, next_request_id

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def terminal(db: None) -> Terminal:
    return Terminal.objects.create(name="IM30", url="payproxy+http://127.0.0.1:1")


def test_the_same_second_gives_different_ones(terminal: Terminal) -> None:
    first, second = next_request_id(terminal, NOON), next_request_id(terminal, NOON)
    assert second == first + 1


def test_a_database_out_of_a_backup_uses_none_again(terminal: Terminal) -> None:
    next_request_id(terminal, NOON)
    backup = Terminal.objects.get().last_request_id
    used = {next_request_id(terminal, NOON + timedelta(seconds=2 * step)) for step in range(1, 50)}
    Terminal.objects.update(last_request_id=backup)
    later = NOON + timedelta(minutes=5)
    assert not used & {next_request_id(terminal, later) for _ in range(50)}


def test_a_clock_that_goes_back_uses_none_again(terminal: Terminal) -> None:
    first = next_request_id(terminal, NOON)
    assert next_request_id(terminal, NOON - timedelta(days=900)) == first + 1


def test_after_nine_digits_they_begin_anew(terminal: Terminal) -> None:
    Terminal.objects.update(last_request_id=LARGEST_REQUEST_ID)
    wrapped = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=LARGEST_REQUEST_ID)
    assert next_request_id(terminal, wrapped - timedelta(hours=1)) == 1
    assert next_request_id(terminal, wrapped + timedelta(seconds=9)) == 10


@pytest.mark.parametrize("year", [2024, 2026, 2050, 2080])
def test_they_have_at_most_nine_digits(terminal: Terminal, year: int) -> None:
    assert 1 <= next_request_id(terminal, NOON.replace(year=year)) <= LARGEST_REQUEST_ID
