"""The admin's pages about money."""

from payments.admin import authorisations, cards, closings, differences, journal, reconciliation, refunds

__all__ = ["authorisations", "cards", "closings", "differences", "journal", "reconciliation", "refunds"]
