"""What the kiosk hears from devices and money."""

from __future__ import annotations


def connect() -> None:
    """Register the receivers."""
