"""APDUs out of a TCP stream, however the network cuts it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.terminal.zvt.apdu import CLASSES, join
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.stream import ApduStream

apdus = st.builds(
    lambda first, second, data, extended: join(first << 8 | second, data, extended=extended),
    st.sampled_from(sorted(CLASSES)),
    st.integers(0, 255),
    st.binary(max_size=40) | st.just(bytes(254)) | st.just(bytes(255)) | st.just(bytes(4096)),
    st.booleans(),
)


@settings(deadline=None, max_examples=50)
@given(st.lists(apdus, max_size=6), st.lists(st.integers(1, 300), min_size=1))
def test_every_apdu_comes_out_once_however_the_stream_is_cut(sent: list[bytes], cuts: list[int]) -> None:
    stream, raw, at, found = ApduStream(), b"".join(sent), 0, []
    for size in cuts * (len(raw) + 1):
        if at >= len(raw):
            break
        found += stream.receive(raw[at : at + size])
        at += size
    assert found == sent
    assert stream.pending == 0


def test_half_an_apdu_is_kept_and_told() -> None:
    stream = ApduStream()
    assert stream.receive(bytes.fromhex("80000004ff01")) == [bytes.fromhex("800000")]
    assert stream.pending == 3
    assert stream.receive(b"\x0a") == [bytes.fromhex("04ff010a")]


def test_what_is_no_zvt_is_refused_at_once() -> None:
    with pytest.raises(ZvtError, match="serial protocol"):
        ApduStream().receive(bytes.fromhex("150369"))
    with pytest.raises(ZvtError, match="serial protocol"):
        ApduStream().receive(bytes.fromhex("1002800000"))
    with pytest.raises(ZvtError, match="does not speak ZVT"):
        ApduStream().receive(b"HTTP/1.1 400")


def test_garbage_behind_an_apdu_is_refused_after_it() -> None:
    stream = ApduStream()
    assert stream.receive(bytes.fromhex("8000000102")) == [bytes.fromhex("800000")]
    with pytest.raises(ZvtError):
        stream.receive(b"\x03")
