"""What CCV calls us with: a hint that something may have changed, and nothing that is believed (chapter 2.9). Pure.

CCV does not say who it is. So a body is only looked at to tell a hint from rubbish; whoever gets one asks CCV.
"""

from __future__ import annotations

import json
import re
from typing import Protocol, runtime_checkable

#: Bytes that a webhook or a notification may have.
LARGEST_HINT = 4096

_REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,80}")


@runtime_checkable
class TakesHints(Protocol):
    """A driver that looks at once when it is told that something may have changed."""

    def hint(self) -> None:
        """Something may have changed: look now rather than later."""


def read_hint(body: bytes) -> str | None:
    """Return the transaction that a body names, or None for anything that CCV would not send."""
    if len(body) > LARGEST_HINT:
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    reference = found.get("id") if isinstance(found, dict) else None
    return reference if isinstance(reference, str) and _REFERENCE.fullmatch(reference) else None
