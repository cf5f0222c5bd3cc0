"""Inputs: bytes of no sense, valid ones with a few changes, and short pieces repeated very often."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

#: Bytes; larger ones than any wire lets through.
LARGEST = 300_000

_Edit = tuple[int, int, bytes]


def inputs(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Inputs for a decoder to which ``seeds`` make sense."""
    edits = st.lists(st.tuples(st.integers(0, 1 << 12), st.integers(0, 6), st.binary(max_size=6)), max_size=6)
    edited = st.builds(_edited, st.sampled_from(seeds), edits)
    pieces = st.binary(min_size=1, max_size=8) | st.builds(_cut, st.sampled_from(seeds), st.integers(0, 1 << 12))
    repeated = st.builds(
        lambda head, piece, times, tail: (head + piece * times + tail)[:LARGEST],
        pieces | st.just(b""),
        pieces,
        st.integers(0, 60_000),
        pieces | st.just(b""),
    )
    return st.binary(max_size=300) | edited | edited | edited | repeated


def _edited(seed: bytes, edits: Sequence[_Edit]) -> bytes:
    """At each place so many bytes are taken out, and others put in."""
    for at, taken, given in edits:
        place = at % (len(seed) + 1)
        seed = seed[:place] + given + seed[place + taken :]
    return seed


def _cut(seed: bytes, at: int) -> bytes:
    place = at % len(seed)
    return seed[place : place + 8]
