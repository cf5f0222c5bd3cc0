"""Every decoder that reads what a device sends. A new one is a line in its protocol's file; a new protocol, one here."""

from __future__ import annotations

from collections.abc import Sequence

from tools.fuzz.targets import ccv, ocpp, opi, payproxy, zvt
from tools.fuzz.targets.target import Target

__all__ = ["TARGETS", "Target"]

TARGETS: Sequence[Target] = (*zvt.TARGETS, *opi.TARGETS, *payproxy.TARGETS, *ccv.TARGETS, *ocpp.TARGETS)
