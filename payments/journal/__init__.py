"""The journal: every change to money, by whom and why, chained by hash, sealed, and checked (docs/decisions/0012)."""

from payments.journal.sealing import seal
from payments.journal.verifying import Finding, Verdict, verify
from payments.journal.writing import TRACKED, because, write

__all__ = ["TRACKED", "Finding", "Verdict", "because", "seal", "verify", "write"]
