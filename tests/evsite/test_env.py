"""Readers of environment variables: what they accept, and that what they refuse is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from evsite import env


def test_a_value_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOOR", raising=False)
    with pytest.raises(ImproperlyConfigured, match=r"^DOOR is not set"):
        env.text("DOOR")
    assert env.text("DOOR", "open") == "open"


def test_a_value_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "door").write_text("ajar\n", encoding="utf-8")
    monkeypatch.setenv("DOOR_FILE", str(tmp_path / "door"))
    monkeypatch.setenv("DOOR", "open")
    assert env.text("DOOR") == "ajar"


def test_a_file_that_cannot_be_read_is_named_without_its_content(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOOR_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match=r"^DOOR_FILE names a file that cannot be read: No such file"):
        env.text("DOOR")


@pytest.mark.parametrize(("value", "meaning"), [("1", True), ("yes", True), ("ON", True), ("0", False), ("", False)])
def test_a_flag_is_a_yes_or_a_no(monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool) -> None:
    monkeypatch.setenv("LIGHT", value)
    assert env.flag("LIGHT") is meaning


def test_anything_else_is_no_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHT", "maybe")
    with pytest.raises(ImproperlyConfigured, match="LIGHT must be 1 or 0, not 'maybe'"):
        env.flag("LIGHT")


def test_a_number_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.number("STEPS", 3) == 3
    monkeypatch.setenv("STEPS", "2.5")
    with pytest.raises(ImproperlyConfigured, match=r"STEPS must be a whole number, not '2.5'"):
        env.number("STEPS", 3)


def test_words_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", " a.example, ,b.example ")
    assert env.words("HOSTS") == ["a.example", "b.example"]


def test_keys_are_long_and_not_those_of_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = "n" * 32, "o" * 40
    monkeypatch.setenv("KEY", f"{new},{old}")
    assert env.secrets("KEY", None) == [new, old]
    monkeypatch.setenv("KEY", f"{new},short")
    with pytest.raises(ImproperlyConfigured, match="KEY holds a key of 5 characters; 32 or more") as refused:
        env.secrets("KEY", None)
    assert "short" not in str(refused.value)
    monkeypatch.setenv("KEY", "demo-" + "x" * 40)
    with pytest.raises(ImproperlyConfigured, match="KEY holds the key of the demo"):
        env.secrets("KEY", None)
    monkeypatch.setenv("KEY", " , ")
    with pytest.raises(ImproperlyConfigured, match="KEY is empty"):
        env.secrets("KEY", None)
