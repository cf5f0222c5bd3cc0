"""Which driver speaks for which URL. Adding a driver is adding a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from hardware.terminal.ccv.driver import CcvTerminal
from hardware.terminal.ccv.hints import read_hint as read_ccv_hint
from hardware.terminal.ccv.record import read_profile as read_ccv_profile
from hardware.terminal.ccv.record import read_url as read_ccv_url
from hardware.terminal.interface import PaymentTerminal, Trace
from hardware.terminal.opi.driver import OpiTerminal
from hardware.terminal.opi.record import read_profile as read_opi_profile
from hardware.terminal.opi.record import read_url as read_opi_url
from hardware.terminal.payproxy.driver import PayProxyTerminal
from hardware.terminal.payproxy.record import read_profile
from hardware.terminal.payproxy.statement import PayProxyStatement
from hardware.terminal.statements import StatementSource
from hardware.terminal.zvt.opening import open_zvt

Factory = Callable[[str, Mapping[str, object], Trace | None], PaymentTerminal]
StatementFactory = Callable[[str, Mapping[str, object]], StatementSource | None]


def open_terminal(url: str, profile: Mapping[str, object], trace: Trace | None = None) -> PaymentTerminal:
    """Return the driver for ``url`` (``payproxy+http://10.0.0.5:8080``), set up by the device record's JSON.

    ``trace`` is told the dialogue in clear text, for a technician. Nothing is connected yet. Raises ValueError with a
    text for the installer when URL or profile cannot be used.
    """
    scheme = url.partition("://")[0]
    if scheme not in _FACTORIES:
        raise ValueError(
            f"terminal URL must start with one of {', '.join(f'{each}://' for each in supported_schemes())}"
        )
    return _FACTORIES[scheme](url, profile, trace)


def open_statement(url: str, profile: Mapping[str, object]) -> StatementSource | None:
    """Return the list of what happened at the terminal behind ``url``, or None where it offers none.

    Nothing is connected yet. Raises ValueError for a profile that cannot be used.
    """
    factory = _STATEMENTS.get(url.partition("://")[0])
    return factory(url, profile) if factory else None


def is_hint(url: str, body: bytes) -> bool:
    """Return whether ``body`` could be a hint about the terminal behind ``url`` (hints.py)."""
    reader = _HINTS.get(url.partition("://")[0])
    return reader is not None and reader(body) is not None


def supported_schemes() -> tuple[str, ...]:
    """Return the URL schemes that have a driver."""
    return tuple(_FACTORIES)


def _payproxy(url: str, profile: Mapping[str, object], trace: Trace | None) -> PaymentTerminal:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("terminal URL needs a host and may have a port from 1 to 65535")
    if "@" in parts.netloc:
        raise ValueError("terminal URL may not hold a password: put it in the profile's headers")
    if parts.query or parts.fragment or any(each.isspace() for each in url):
        raise ValueError("terminal URL may not have a query, a fragment or blanks")
    return PayProxyTerminal(url.removeprefix("payproxy+"), read_profile(profile), trace)


def _opi(url: str, profile: Mapping[str, object], trace: Trace | None) -> PaymentTerminal:
    return OpiTerminal(*read_opi_url(url), read_opi_profile(profile), trace)


def _ccv(url: str, profile: Mapping[str, object], trace: Trace | None) -> PaymentTerminal:
    return CcvTerminal(read_ccv_url(url), read_ccv_profile(profile), trace)


_FACTORIES: Mapping[str, Factory] = {
    "ccv+http": _ccv,
    "ccv+https": _ccv,
    "opi+tcp": _opi,
    "payproxy+http": _payproxy,
    "payproxy+https": _payproxy,
    "zvt+serial": open_zvt,
    "zvt+tcp": open_zvt,
}


def _payproxy_statement(url: str, record: Mapping[str, object]) -> StatementSource | None:
    profile = read_profile(record)
    return PayProxyStatement(url.removeprefix("payproxy+"), profile) if profile.paths.statement else None


_STATEMENTS: Mapping[str, StatementFactory] = {
    "payproxy+http": _payproxy_statement,
    "payproxy+https": _payproxy_statement,
}

_HINTS: Mapping[str, Callable[[bytes], str | None]] = {"ccv+http": read_ccv_hint, "ccv+https": read_ccv_hint}
