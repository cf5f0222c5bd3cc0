"""What must never be in the database, and for each of it an attempt to put it there (docs/constraints.md)."""

from tests.payments.attacks.attack import Attack
from tests.payments.attacks.on_holds import HOLDS
from tests.payments.attacks.on_journal import JOURNAL
from tests.payments.attacks.on_operations import OPERATIONS
from tests.payments.attacks.on_refunds import REFUNDS
from tests.payments.attacks.on_sessions import SESSIONS

ATTACKS = [*HOLDS, *OPERATIONS, *REFUNDS, *JOURNAL, *SESSIONS]

__all__ = ["ATTACKS", "Attack"]
