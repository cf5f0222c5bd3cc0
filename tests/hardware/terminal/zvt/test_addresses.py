"""The URL of a ZVT terminal."""

from __future__ import annotations

import pytest

from hardware.terminal.zvt.addresses import SerialAddress, TcpAddress, read_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("zvt+serial:///dev/ttyS0", SerialAddress("/dev/ttyS0", 9600, 2, 1000)),
        (
            "zvt+serial:///dev/serial/by-id/usb-FTDI-if00?baud=115200&stopbits=1&t1=200",
            SerialAddress("/dev/serial/by-id/usb-FTDI-if00", 115200, 1, 200),
        ),
        ("zvt+tcp://10.0.0.5", TcpAddress("10.0.0.5", 20007)),
        ("zvt+tcp://[::1]:22000/?connect=each", TcpAddress("::1", 22000, each_command=True)),
        ("zvt+tcp://terminal.local:5001?connect=once", TcpAddress("terminal.local", 5001)),
    ],
)
def test_an_address_is_read(url: str, address: object) -> None:
    assert read_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "zvt+serial://ttyS0",
        "zvt+serial://host/dev/ttyS0",
        "zvt+serial:///dev/",
        "zvt+serial:///dev/ttyS0?baud=1200",
        "zvt+serial:///dev/ttyS0?baud=²",
        "zvt+serial:///dev/ttyS0?speed=9600",
        "zvt+serial:///dev/ttyS0?t1=1",
        "zvt+serial:///dev/ttyS0?stopbits",
        "zvt+serial:///dev/tty S0",
        "zvt+serial:///dev/ttyS0#1",
        "zvt+tcp://",
        "zvt+tcp://:20007",
        "zvt+tcp://host:0",
        "zvt+tcp://host:70000",
        "zvt+tcp://me:secret@host",
        "zvt+tcp://host/path",
        "zvt+tcp://host?connect=never",
        "zvt+tcp://host?baud=9600",
        "http://host",
        "zvt+tcp://[",
    ],
)
def test_what_is_no_address_is_refused_in_words(url: str) -> None:
    with pytest.raises(ValueError, match="terminal URL") as refused:
        read_address(url)
    assert "secret" not in str(refused.value)
