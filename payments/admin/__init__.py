"""The admin's pages about money."""

from payments.admin import authorisations, cards, differences, reconciliation, refunds

__all__ = ["authorisations", "cards", "differences", "reconciliation", "refunds"]
