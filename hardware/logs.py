"""The filter that keeps card digits out of every log line."""

from __future__ import annotations

import logging

from hardware.redaction import redact


class Redact(logging.Filter):
    """Redacts the finished message, so arguments and exceptions' texts are covered too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite ``record`` in place; every record passes."""
        record.msg, record.args = redact(record.getMessage()), None
        return True
