"""The private Valkey keeps its wake-ups over a restart, and its file to itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from evsite import valkey
from tests.environment import VAR_DIR


def test_what_it_was_told_survives_a_restart(tmp_path: Path) -> None:
    socket = VAR_DIR / "kept.sock"
    for expected in (None, b"payments.sweep"):
        with valkey.running(socket, tmp_path), redis.Redis(unix_socket_path=str(socket)) as client:
            assert client.get("wake-up") == expected
            client.set("wake-up", "payments.sweep")


def test_nobody_answers_where_nothing_runs() -> None:
    assert not valkey.answers(VAR_DIR / "nobody.sock")


def test_a_socket_path_that_systems_would_cut_short_is_refused() -> None:
    with pytest.raises(ValueError, match="may have 100 characters, not 120"):
        valkey.command(Path("/" + "x" * 119), None)


def test_a_valkey_that_cannot_start_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RuntimeError, match="did not start"), valkey.running(tmp_path / "v.sock", tmp_path / "file"):
        pass
