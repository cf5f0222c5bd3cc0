"""The admin's pages about devices and what they reported."""

from hardware.admin import chargers, history, terminals

__all__ = ["chargers", "history", "terminals"]
