"""The admin's pages about money."""

from payments.admin import authorisations, cards, differences, journal, reconciliation, refunds

__all__ = ["authorisations", "cards", "differences", "journal", "reconciliation", "refunds"]
