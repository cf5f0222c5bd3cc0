"""Seeds that found a defect once. They run first, always (regressions.json)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("regressions.json")


@dataclass(frozen=True, slots=True)
class Regression:
    """``plan``: the version of the plans that ``seed`` failed with; in a later one it is another history.

    ``terminal``: how the terminals were connected, which the seed may have otherwise.
    """

    seed: int
    plan: int
    found: str
    terminal: str = "payproxy"


def regressions() -> list[Regression]:
    """All of them, oldest first."""
    return [Regression(**each) for each in json.loads(_FILE.read_text(encoding="utf-8"))]
