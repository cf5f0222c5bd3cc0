"""The device records of payment terminals, put to use: open the driver, hand out request ids, note the status."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

from django.db import transaction

from hardware import bus
from hardware.models import Terminal
from hardware.redaction import redact
from hardware.terminal.interface import REQUIRED_CAPABILITIES, Capability, PaymentTerminal, Readiness, Status
from hardware.terminal.registry import open_terminal

#: A terminal takes request ids of at most 9 digits.
LARGEST_REQUEST_ID = 999_999_999
_REQUEST_IDS_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)

_open: dict[tuple[int, str, str], PaymentTerminal] = {}
_lock = threading.Lock()


def driver(terminal: Terminal) -> PaymentTerminal:
    """The driver of ``terminal``, opened once a process and anew when its record was changed."""
    key = (terminal.pk, terminal.url, json.dumps(terminal.profile, sort_keys=True))
    with _lock:
        if key not in _open:
            for old in [other for other in _open if other[0] == terminal.pk]:
                del _open[old]  # not closed: another thread may be in the middle of a verb
            _open[key] = open_terminal(terminal.url, terminal.profile)
        return _open[key]


def missing_capabilities(terminal: Terminal) -> list[Capability]:
    """What ``terminal`` cannot do and a kiosk needs; a kiosk with such a terminal does not open."""
    return sorted(REQUIRED_CAPABILITIES - driver(terminal).capabilities)


def recovers_only_the_last(terminal: Terminal) -> bool:
    """Whether ``terminal`` forgets what became of a request as soon as it is asked something else."""
    try:
        return driver(terminal).recovers_only_the_last
    except ValueError:  # it cannot be asked anything
        return False


def next_request_id(terminal: Terminal, now: datetime) -> int:
    """A request id that ``terminal`` has not seen. Call inside a transaction.

    One more than the last, and never behind the clock. No terminal serves one request a second for long, so a database
    that came out of a backup, and knows nothing of the ids used since, does not use one of them again: the answer to
    the old request would be taken for one to the new. Nine digits of seconds last 31 years, and then begin anew.
    """
    row = Terminal.objects.select_for_update().only("last_request_id").get(pk=terminal.pk)
    following = row.last_request_id % LARGEST_REQUEST_ID + 1
    by_the_clock = (now - _REQUEST_IDS_BEGAN) // timedelta(seconds=1) % LARGEST_REQUEST_ID + 1
    ahead = (by_the_clock - following) % LARGEST_REQUEST_ID
    request_id: int = by_the_clock if ahead < LARGEST_REQUEST_ID // 2 or not row.last_request_id else following
    Terminal.objects.filter(pk=terminal.pk).update(last_request_id=request_id)
    return request_id


def record_status(terminal: Terminal, status: Status, now: datetime) -> bool:
    """Note what ``terminal`` said of itself; True when its readiness changed."""
    state, detail = Terminal.State(status.readiness), redact(status.detail)[:120]
    with transaction.atomic():
        changed = (
            Terminal.objects.filter(pk=terminal.pk)
            .exclude(state=state, state_detail=detail)
            .update(state=state, state_detail=detail, state_at=now)
        )
        if not changed:
            Terminal.objects.filter(pk=terminal.pk).update(state_at=now)
        else:
            bus.publish("terminal", terminal.pk)
    return bool(changed)


def is_usable(terminal: Terminal) -> bool:
    """Whether a driver may be asked for a card there now."""
    return terminal.enabled and terminal.state in {Readiness.READY, Readiness.BUSY, Terminal.State.UNKNOWN}
