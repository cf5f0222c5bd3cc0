"""What is fuzzed, and JSON that is worth the most memory for its size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """``run`` takes any bytes and may raise nothing but ``errors``; ``seeds`` are inputs that make sense to it."""

    name: str
    run: Callable[[bytes], object]
    seeds: Sequence[bytes]
    errors: tuple[type[Exception], ...] = ()


WIDE = [
    b'{"status": [' + piece * (size // len(piece)) + b"0]}"
    for size in (190_000, 290_000)
    for piece in (b"[],", b"{},", b"1.1,", b'"ab",')
]
