"""``python -m bench [--write] [--only money,sweep]``: measure, print tables, and write docs/benchmarks.md when asked."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from time import monotonic

from bench.document import DOCUMENT, document
from bench.report import figures, memory_table, money_table, result_table
from bench.runs import PARTS, Plan, everything


def main(arguments: list[str] | None = None) -> int:
    """0 whether the aims are met or not: a benchmark tells, it does not judge. ``--strict``: 1 for a missed aim."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Benchmarks against real processes.")
    plan = Plan()
    parser.add_argument("--write", action="store_true", help="write the result to docs/benchmarks.md")
    parser.add_argument("--strict", action="store_true", help="end with 1 when an aim is missed")
    parser.add_argument("--visits", type=int, default=plan.visits, help="visits of the journey (%(default)s)")
    parser.add_argument("--sessions", type=int, default=plan.sessions, help="sessions that charge (%(default)s)")
    parser.add_argument("--seconds", type=float, default=plan.meter_seconds, help="how long they do (%(default)s)")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas (%(default)s)")
    chosen = parser.parse_args(arguments)
    parts = tuple(chosen.only.split(","))
    if not set(parts) <= set(PARTS):
        parser.error(f"--only takes some of {','.join(PARTS)}")
    if chosen.write and set(parts) != set(PARTS):
        parser.error("--write needs everything to be measured")
    started = monotonic()
    plan = Plan(parts=parts, visits=chosen.visits, sessions=chosen.sessions, meter_seconds=chosen.seconds)
    results = everything(plan)
    tables = (results.machine, result_table(results), money_table(results), memory_table(results))
    print("\n" + "\n\n".join(text for text in tables if text) + "\n")
    print(f"Measured in {monotonic() - started:.0f} s.")
    if chosen.write:
        DOCUMENT.write_text(document(results, datetime.now(UTC).date()), encoding="utf-8")
        print(f"Written to {DOCUMENT.name}.")
    return 1 if chosen.strict and any(figure.met is False for figure in figures(results)) else 0


if __name__ == "__main__":
    sys.exit(main())
