"""Beside a worker that asks for a card: the screen is told what the terminal says, and the terminal what the driver wants.

Both are up to the process that talks to the terminal: a serial line has one owner, and most terminals tell their texts
to nobody else. The rows say which text is shown and whether the driver has changed their mind, so that any process
reads the one and writes the other; a wake-up makes that faster where it happens to come to the right process.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import DatabaseError, connection

from hardware.redaction import redact
from hardware.terminal.interface import Capability, PaymentTerminal
from payments import operations, terminals
from payments.models import Operation

logger = logging.getLogger(__name__)

#: Seconds between two looks.
PAUSE = 0.5
#: Longer numbers than an amount or a time of day mean nothing to a driver, and may be what nobody else should read.
_NUMBER = re.compile(r"\d{5,}")
_LONGEST_TEXT = 120

_here: dict[UUID, tuple[Operation, PaymentTerminal]] = {}


def attended_here() -> frozenset[UUID]:
    """The operations for which this process has a terminal wait for a card."""
    return frozenset(_here)


@contextmanager
def attended(operation: Operation, terminal: PaymentTerminal) -> Iterator[None]:
    """Attend to ``operation``, if it asks for a card, until the block ends."""
    if operation.kind not in Operation.AT_THE_TERMINAL:
        yield
        return
    _here[operation.pk] = (operation, terminal)
    ended = threading.Event()
    attendant = threading.Thread(
        target=_attend, args=(operation, terminal, ended), name=f"attendant-{operation.request_id}", daemon=True
    )
    attendant.start()
    try:
        yield
    finally:
        del _here[operation.pk]
        ended.set()
        attendant.join()


def hear(operation_id: UUID) -> None:
    """Have the terminal stop waiting for a card, if this process waits with it and the driver wants that. Once a wish."""
    attended = _here.get(operation_id)
    if attended is not None and operations.take_abort(operation_id):
        operation, terminal = attended
        terminals.stop(terminal, operation)


def dismiss_here() -> None:
    """Have every terminal that waits for a card because this process asked it stop waiting, whatever the driver wants."""
    for operation, terminal in list(_here.values()):
        logger.warning("%s: the worker ends, the terminal is asked to stop waiting for a card", operation)
        terminals.stop(terminal, operation)


def for_the_screen(text: str) -> str:
    """``text`` of a terminal as drivers may read it: one short line without long numbers."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return _NUMBER.sub("****", redact(line))[:_LONGEST_TEXT]


def _attend(operation: Operation, terminal: PaymentTerminal, ended: threading.Event) -> None:
    shown, tells = "", Capability.DISPLAY_TEXT in terminal.capabilities
    try:
        while not ended.wait(PAUSE):
            try:
                hear(operation.pk)
                text = for_the_screen(terminal.display_text(language=operation.language)) if tells else ""
                if text != shown:
                    operations.show(operation, text)
                    shown = text
            except DatabaseError as error:  # the next look may succeed
                logger.warning("%s could not be attended to: %s", operation, type(error).__name__)
            except Exception as defect:
                tells = False
                logger.error("%s: the driver failed at display_text with %s", operation, type(defect).__name__)
    finally:
        connection.close()  # this thread's own
