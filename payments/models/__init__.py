"""Money: what was asked of a terminal, what became of it, and whose card it was."""

from payments.models.authorisation import Authorisation
from payments.models.card import CardToken
from payments.models.closing import DayClosing
from payments.models.decision import Decision
from payments.models.journal import Actor, JournalEntry, JournalSeal
from payments.models.operation import Operation
from payments.models.reconciliation import Difference, Evidence, Reconciliation
from payments.models.refund import Refund

__all__ = [
    "Actor",
    "Authorisation",
    "CardToken",
    "DayClosing",
    "Decision",
    "Difference",
    "Evidence",
    "JournalEntry",
    "JournalSeal",
    "Operation",
    "Reconciliation",
    "Refund",
]
