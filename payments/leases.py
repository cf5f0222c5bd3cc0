"""Proof of life: while a worker asks a terminal, a thread of its own renews the lease on the operation's row."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, connection

from payments import operations

logger = logging.getLogger(__name__)

#: Seconds; a third of the lease, so that one missed renewal kills nobody.
RENEWAL = operations.LEASE.total_seconds() / 3


@contextmanager
def kept(operation_id: UUID, clock: Callable[[], datetime]) -> Iterator[None]:
    """Renew the lease of ``operation_id`` until the block ends."""
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(operation_id, clock, ended), name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _keep(operation_id: UUID, clock: Callable[[], datetime], ended: threading.Event) -> None:
    try:
        while not ended.wait(RENEWAL):
            try:
                if not operations.renew(operation_id, clock()):
                    return
            except DatabaseError as error:  # the next renewal may be in time
                logger.warning("a lease could not be renewed: %s", type(error).__name__)
    finally:
        connection.close()  # this thread's own
