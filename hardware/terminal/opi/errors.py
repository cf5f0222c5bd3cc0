"""What cannot be read or written raises this. Its text never quotes the message: that may hold a token."""

from __future__ import annotations


class OpiError(ValueError):
    """Bytes that are no OPI message, or a message that OPI cannot carry."""
