"""What CCV calls us with: a webhook or a notification, both only hints (chapter 2.9). Pure.

CCV does not say who it is. So a body is only looked at to tell a hint from rubbish; whoever gets one asks CCV.
"""

from __future__ import annotations

import json
import re

from hardware.terminal.hints import LARGEST_HINT

_REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,80}")


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
