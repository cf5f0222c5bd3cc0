"""The filter that keeps card digits out of every log line."""

from __future__ import annotations

import logging

from hardware.redaction import redact

_formatter = logging.Formatter()


class Redact(logging.Filter):
    """Redacts the finished message with its arguments, and the traceback with what its exceptions say."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite ``record`` in place; every record passes."""
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)  # which is what every formatter prints
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
