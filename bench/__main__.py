"""``python -m bench [--write]``: measure, print the table, and write docs/benchmarks.md when asked."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from time import monotonic

from bench.document import DOCUMENT, document
from bench.report import figures, memory_table, result_table
from bench.runs import Plan, everything


def main(arguments: list[str] | None = None) -> int:
    """0 whether the aims are met or not: a benchmark tells, it does not judge. ``--strict``: 1 for a missed aim."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Benchmarks against real processes.")
    plan = Plan()
    parser.add_argument("--write", action="store_true", help="write the result to docs/benchmarks.md")
    parser.add_argument("--strict", action="store_true", help="end with 1 when an aim is missed")
    parser.add_argument("--visits", type=int, default=plan.visits, help="visits of the journey (%(default)s)")
    parser.add_argument("--sessions", type=int, default=plan.sessions, help="sessions that charge (%(default)s)")
    parser.add_argument("--seconds", type=float, default=plan.meter_seconds, help="how long they do (%(default)s)")
    chosen = parser.parse_args(arguments)
    started = monotonic()
    results = asyncio.run(
        everything(Plan(visits=chosen.visits, sessions=chosen.sessions, meter_seconds=chosen.seconds))
    )
    print(f"\n{results.machine}\n\n{result_table(results)}\n\n{memory_table(results)}\n")
    print(f"Measured in {monotonic() - started:.0f} s.")
    if chosen.write:
        DOCUMENT.write_text(document(results, datetime.now(UTC).date()), encoding="utf-8")
        print(f"Written to {DOCUMENT.name}.")
    return 1 if chosen.strict and any(figure.met is False for figure in figures(results)) else 0


if __name__ == "__main__":
    sys.exit(main())
