"""The admin's pages about sites, kiosks, tariffs, sessions and people."""

from kiosk.admin import audit, kiosks, receipts, sessions, sites, tariffs

__all__ = ["audit", "kiosks", "receipts", "sessions", "sites", "tariffs"]
