"""``make mutants``: breaks the code that decides about money and sessions in every small way, and sees the tests fail.

The mutations are mutmut's; running them is ours, because mutmut starts pytest anew for each, and here that would build a
database each time. One pytest process collects the tests, builds a database and forks for each mutant: the child
copies the database, runs the tests that come by the mutated function, quickest first, and dies.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
#: The copy of the code with every mutant in it, and the results. Git does not see it. (Inside the copy: where it is.)
COPY = Path(os.environ.get("MUTANTS", ROOT / "mutants"))
PLAN, RESULTS, DURATIONS = COPY / "plan.json", COPY / "results.json", COPY / "tests.json"

#: What is mutated: functions and methods. What is decorated, and what a module does when it is imported, mutmut leaves alone.
TARGETS = [
    "payments/*.py",
    "payments/journal/*.py",
    "payments/reconciliation/*.py",
    "kiosk/lifecycle.py",
    "kiosk/pricing.py",
]
#: What is only run by a migration: tests/payments/test_constraints.py attacks it in the database.
NOT_MUTATED = ["payments/guards.py"]
#: Who is asked. Browsers and real processes are too slow, and know too little of single lines.
TESTS = ["tests/payments", "tests/kiosk"]
NOT_ASKED = ["tests/kiosk/web", "tests/kiosk/admin"]
#: What can become of a mutant. Whoever never ends is as good as dead.
KILLED, TIMED_OUT, SURVIVED, UNTESTED = "killed", "timed out", "survived", "untested"
#: Seconds; a test that takes longer, in real time, is not asked either.
SLOWEST = 3.0
#: Seconds of tests that a mutant has to live through.
ENOUGH = 15.0


def module_of(path: str) -> str:
    """``payments/money.py`` as Python imports it."""
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def read(path: Path) -> dict[str, Any]:
    """What a file of ours holds; nothing when it is not there yet."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def write(path: Path, content: dict[str, Any]) -> None:
    """In one step, so that breaking off spoils nothing."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(path)
