"""The harness that gives decoders bytes that nobody wrote: it finds what is planted, and nothing in what we have."""

from __future__ import annotations

import random
from typing import NoReturn

import pytest

from tools.fuzz import running
from tools.fuzz.__main__ import main
from tools.fuzz.running import Finding, check, explore
from tools.fuzz.targets import TARGETS, Target


def _refuse(raw: bytes) -> None:
    raise ValueError("not mine")


def _break_at_a_bang(raw: bytes) -> None:
    if b"!" in raw:
        raise KeyError("what")


def _hang(raw: bytes) -> NoReturn:
    while True:
        pass


def _hoard(raw: bytes) -> int:
    return len([bytes(1000) for _ in range(11_000)])


def test_a_decoder_may_raise_its_own_error() -> None:
    check(Target("own", _refuse, [b"a"], (ValueError,)), b"a")
    with pytest.raises(Finding, match="raises ValueError"):
        check(Target("foreign", _refuse, [b"a"], (KeyError,)), b"a")


def test_a_hang_and_a_hoard_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LONGEST", 0.05)
    with pytest.raises(Finding, match="takes more than"):
        check(Target("hang", _hang, [b"a"]), b"a")
    monkeypatch.setattr(running, "LONGEST", 5.0)
    with pytest.raises(Finding, match="uses more than 10 MB"):
        check(Target("hoard", _hoard, [b"a"]), b"a")


def test_the_shortest_input_that_fails_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    target = Target("bang", _break_at_a_bang, [b"one two", b"three? four"])
    assert main(["--seconds", "20", "--seed", "1"], [target]) == 1
    assert "1 bytes: 21" in capsys.readouterr().out


def test_only_what_is_asked_for_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    fine = Target("fine", len, [b"a"])
    assert main(["--only", "fine", "--seconds", "0"], [fine, Target("bad", _refuse, [b"a"])]) == 0
    assert "bad" not in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--only", "nothing"], [fine])


def test_a_broken_seed_is_a_finding() -> None:
    explored = explore(Target("bad", _break_at_a_bang, [b"", b"!"]), 0, random.Random(1))
    assert (explored.tried, explored.finding and explored.finding.raw) == (2, b"!")


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_decoder_takes_its_smaller_seeds(target: Target) -> None:
    for raw in target.seeds:
        if len(raw) < 2000:
            check(target, raw)
