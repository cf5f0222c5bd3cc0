"""Where the terminal is, out of its URL: ``zvt+serial:///dev/ttyS0?baud=115200`` or ``zvt+tcp://10.0.0.5:20007``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

SERIAL = "zvt+serial"
TCP = "zvt+tcp"

BAUD_RATES = (9600, 19200, 57600, 115200)
DEFAULT_TCP_PORT = 20007


@dataclass(frozen=True, slots=True)
class SerialAddress:
    """A serial device and its settings: 8 data bits, no parity. A ``/dev/serial/by-id/...`` path survives replugging.

    ``t1_ms`` is the longest gap inside a block. The standard says 200; USB adapters need more.
    """

    path: str
    baud: int = 9600
    stop_bits: int = 2
    t1_ms: int = 1000


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A host and a port. ``each_command``: a connection for each procedure, for terminals that drop idle ones."""

    host: str
    port: int = DEFAULT_TCP_PORT
    each_command: bool = False


def read_address(url: str) -> SerialAddress | TcpAddress:
    """Read a terminal's URL. Raises ValueError with a text for the installer."""
    try:
        parts = urlsplit(url)
        port = parts.port
        options = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
    except ValueError:
        raise ValueError("terminal URL cannot be read: check the port and what follows the question mark") from None
    if parts.fragment or any(each.isspace() for each in url) or not url.isprintable():
        raise ValueError("terminal URL may not have a fragment or blanks")
    if "@" in parts.netloc:
        raise ValueError("terminal URL may not hold a password")
    if parts.scheme == SERIAL:
        return _serial(parts.netloc, unquote(parts.path), options)
    if parts.scheme == TCP:
        return _tcp(parts.hostname, port, parts.path, options)
    raise ValueError(f"terminal URL must start with {SERIAL}:// or {TCP}://")


def _serial(host: str, path: str, options: Mapping[str, str]) -> SerialAddress:
    if host or not path.startswith("/") or path.endswith("/"):
        raise ValueError(f"terminal URL must name a device, with three slashes: {SERIAL}:///dev/ttyS0")
    numbers = _numbers(options, {"baud": BAUD_RATES, "stopbits": (1, 2), "t1": range(50, 5001)})
    return SerialAddress(path, numbers.get("baud", 9600), numbers.get("stopbits", 2), numbers.get("t1", 1000))


def _tcp(host: str | None, port: int | None, path: str, options: Mapping[str, str]) -> TcpAddress:
    if not host or port == 0 or path not in ("", "/"):
        raise ValueError("terminal URL needs a host and may have a port from 1 to 65535, and nothing behind it")
    each_command = options.get("connect", "once")
    if each_command not in ("once", "each") or set(options) - {"connect"}:
        raise ValueError("terminal URL may only end in ?connect=once or ?connect=each")
    return TcpAddress(host, DEFAULT_TCP_PORT if port is None else port, each_command == "each")


def _numbers(options: Mapping[str, str], allowed: Mapping[str, tuple[int, ...] | range]) -> dict[str, int]:
    found = {}
    for name, value in options.items():
        number = int(value) if value.isascii() and value.isdigit() and len(value) <= 6 else 0
        if number not in allowed.get(name, ()):
            raise ValueError(f"terminal URL takes {_listed(allowed)}")
        found[name] = number
    return found


def _listed(allowed: Mapping[str, tuple[int, ...] | range]) -> str:
    return ", ".join(
        f"{name} from {numbers[0]} to {numbers[-1]}"
        if isinstance(numbers, range)
        else f"{name}={'|'.join(map(str, numbers))}"
        for name, numbers in allowed.items()
    )
