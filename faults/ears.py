"""What the product logs: kept, because nothing secret may be in it and no defect may hide there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError

#: Errors that are logged without an exception, and still say that the code is wrong.
_WORDS = ("driver failed", "a late answer says", "settled as")
#: Who says something when a client of a simulator hangs up.
_SIMULATORS = "aiohttp."


class Ears(logging.Handler):
    """Takes the place of the handlers of the root logger."""

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self.heard: list[str] = []
        self.defects: list[str] = []
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        text = record.getMessage()
        self.heard.append(text)
        self._note(f"   {record.levelname.lower()} {record.name}: {text}")
        if record.name.startswith(_SIMULATORS):
            return
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and record.levelno >= logging.ERROR and not isinstance(error, OperationalError):
            self.defects.append(f"{text}: {error!r} at {_where(error)}")
        elif record.levelno >= logging.ERROR and any(word in text for word in _WORDS):
            self.defects.append(text)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """For the length of the block, only these ears hear."""
        root = logging.getLogger()
        before, level = root.handlers[:], root.level
        root.handlers[:] = [self]
        root.setLevel(logging.INFO)
        try:
            yield
        finally:
            root.handlers[:] = before
            root.setLevel(level)


def _where(error: BaseException) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}" if frame else "?"
