"""The admin's pages about money."""

from payments.admin import authorisations, cards, refunds

__all__ = ["authorisations", "cards", "refunds"]
