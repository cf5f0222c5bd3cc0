"""Runs one decoder on many inputs, each within its bounds of time and memory."""

from __future__ import annotations

import random
import signal
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from types import FrameType

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky

from tools.fuzz.inputs import inputs
from tools.fuzz.targets import Target

#: Seconds of processor time for one input; counting its memory makes it a few times slower than it is.
LONGEST = 3.0
MOST_MEMORY = 10_000_000  # bytes

_BATCH = 250


class Finding(Exception):
    """An input that a decoder did not take well."""

    def __init__(self, what: str, raw: bytes) -> None:
        super().__init__(what)
        self.what = what
        self.raw = raw


class _Hang(BaseException):
    """Not an Exception, so that no decoder catches it."""


@dataclass(frozen=True)
class Explored:
    """What came of it; ``finding`` has the shortest input that was found."""

    name: str
    tried: int
    finding: Finding | None


def explore(target: Target, seconds: float, chance: random.Random) -> Explored:
    """Try inputs for about so many seconds, or until one is found that fails."""
    tried, last, until = len(target.seeds), None, monotonic() + seconds
    _quietly(target, target.seeds[0])  # what is loaded once is not charged to the first input
    for raw in target.seeds:
        try:
            check(target, raw)
        except Finding as finding:
            return Explored(target.name, target.seeds.index(raw) + 1, finding)
    while monotonic() < until:

        @seed(chance.getrandbits(32))
        @settings(
            max_examples=_BATCH,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
        )
        @given(inputs(target.seeds))
        def batch(raw: bytes) -> None:
            nonlocal tried, last
            if last is None and monotonic() > until:
                return
            tried += 1
            try:
                check(target, raw)
            except Finding as finding:
                last = finding
                raise

        try:
            batch()
        except Finding as finding:
            return Explored(target.name, tried, finding)
        except Flaky:
            return Explored(target.name, tried, last)
    return Explored(target.name, tried, None)


def check(target: Target, raw: bytes) -> None:
    """Raises Finding when the decoder takes too long or too much, or raises what is not its own error."""
    tracemalloc.start()
    try:
        with _limited():
            target.run(raw)
    except target.errors:
        pass
    except _Hang:
        raise Finding(f"takes more than {LONGEST:g} s", raw) from None
    except Exception as error:
        raise Finding(f"raises {type(error).__name__}: {error}", raw) from error
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    if peak > MOST_MEMORY:
        raise Finding(f"uses more than {MOST_MEMORY // 1_000_000} MB", raw)


def _quietly(target: Target, raw: bytes) -> None:
    try:
        target.run(raw)
    except target.errors:
        return


@contextmanager
def _limited() -> Iterator[None]:
    before = signal.signal(signal.SIGVTALRM, _give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _give_up(number: int, frame: FrameType | None) -> None:
    raise _Hang
