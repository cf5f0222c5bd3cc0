"""A PayProxy terminal's own list of what the bank did.

CCV's PayProxy documents no such list. Its simulator keeps the bank's book and hands it out under ``/sim/book``, which is
why the path is a setting that is empty by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from moneyed import CURRENCIES

from hardware.redaction import redact
from hardware.terminal.amounts import from_minor
from hardware.terminal.interface import Outcome, TerminalError, Verb
from hardware.terminal.payproxy import codec
from hardware.terminal.payproxy.profile import Profile
from hardware.terminal.payproxy.transport import Transport
from hardware.terminal.statements import StatementLine, StatementUnavailable

#: What is asked for at once.
_PIECE = timedelta(days=1)


class PayProxyStatement:
    """The list below the terminal's URL, at the path ``paths.statement`` of its profile. A ``StatementSource``."""

    covers: AbstractSet[Verb] = frozenset(Verb)

    def __init__(self, base_url: str, profile: Profile) -> None:
        self._base_url, self._profile = base_url, profile

    @property
    def origin(self) -> str:
        """Host and path."""
        return urlsplit(self._base_url).netloc + self._profile.paths.statement

    def statement(self, since: datetime, until: datetime) -> Iterator[StatementLine]:
        """Ask day by day, because the transport takes no endless answers. Raises StatementUnavailable."""
        since, until = since.astimezone(UTC), until.astimezone(UTC)  # where every day is as long
        while since < until:
            end = min(since + _PIECE, until)
            yield from (each for each in self._fetch(since, end) if since <= each.at < end)
            since = end

    def _fetch(self, since: datetime, until: datetime) -> list[StatementLine]:
        period = urlencode({"since": since.isoformat(), "until": until.isoformat()})
        transport = Transport(self._base_url, self._profile)
        try:
            timeout = self._profile.read_timeouts.statement
            body = transport.get(f"{self._profile.paths.statement}?{period}", read_timeout=timeout)
        except TerminalError as error:
            raise StatementUnavailable(
                f"the terminal did not hand out its list: {error}", reason=error.reason
            ) from None
        finally:
            transport.close()
        try:
            rows = codec.decode(body, largest=codec.LARGEST_STATEMENT)["transactions"]
            if not isinstance(rows, list):
                raise ValueError("no list of transactions")
            return [read_line(row) for row in rows]
        except (KeyError, ValueError) as error:
            raise StatementUnavailable(f"the terminal's list cannot be read: {error}", reason="garbled") from None


def read_line(row: object) -> StatementLine:
    """One row of the book. Raises ValueError for anything that could be misunderstood."""
    if not isinstance(row, Mapping):
        raise ValueError("a row is not an object")
    at, currency, minor = codec.to_moment(row.get("at")), row.get("currency"), row.get("amount_minor")
    if at is None:
        raise ValueError("a row has no time")
    if not isinstance(currency, str) or currency not in CURRENCIES:
        raise ValueError("a row has no currency")
    if isinstance(minor, bool) or not isinstance(minor, int) or minor < 0:
        raise ValueError("a row has no amount")
    return StatementLine(
        kind=Verb(codec.pick_text(row, "kind")),
        outcome=Outcome(codec.pick_text(row, "outcome")),
        amount=from_minor(minor, currency),
        at=at,
        request_id=_request_id(row, "request_id"),
        of=_request_id(row, "of"),
        stan=redact(codec.pick_text(row, "stan"))[:20],
        where=f"request {_request_id(row, 'request_id') or '?'}",
    )


def _request_id(row: Mapping[str, object], name: str) -> int | None:
    text = codec.pick_text(row, name)
    return int(text) if text.isdecimal() and len(text) <= 9 else None
