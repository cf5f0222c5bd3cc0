"""The results as tables, for the terminal and for docs/benchmarks.md."""

from __future__ import annotations

from bench.figures import HEADINGS, Figure, below, reference, table, within_hops
from bench.memory import SIMULATORS, Process
from bench.runs import Results

HOPS = 6
JOURNEY_P99_MS = 100
SCREEN_P99_MS = 60
MEMORY_MB = 450
_MB = 1_000_000


def figures(results: Results) -> list[Figure]:
    """Every line of the table, with its aim."""
    visits, values, plan = results.journeys, results.meters, results.plan
    stack = [each for each in results.idle if each.name not in SIMULATORS]
    rss, pss = sum(each.rss for each in stack) / _MB, sum(each.pss for each in stack) / _MB
    return [
        within_hops("approval to RemoteStartTransaction", visits.start, visits.hop, hops=HOPS, p99_ms=JOURNEY_P99_MS),
        within_hops("stop card to capture request", visits.settle, visits.hop, hops=HOPS, p99_ms=JOURNEY_P99_MS),
        reference("  bare Celery hop", visits.hop),
        reference("  bare durable commit (SQLite)", results.commit),
        below(
            f"meter value to screen, {plan.sessions} sessions",
            values.screen,
            p99_ms=SCREEN_P99_MS,
            beside=f"{values.sent / values.seconds:.0f} values/s, {plan.screens + 1} screens",
        ),
        reference("  bare websocket and pub/sub", values.relay),
        Figure(
            "memory of make run, no simulators",
            f"{len(stack)} proc.",
            f"{rss:.0f} MB resident",
            f"{pss:.0f} MB by share",
            f"< {MEMORY_MB} MB",
            rss < MEMORY_MB,
        ),
    ]


def result_table(results: Results) -> str:
    """One line a figure."""
    return table(HEADINGS, [figure.row() for figure in figures(results)], right=frozenset({1}))


def memory_table(results: Results) -> str:
    """One line a process."""
    busy = {each.name: each for each in results.busy}

    def cells(each: Process) -> tuple[str, ...]:
        after = busy.get(each.name)
        return (each.name, _mb(each.rss), _mb(each.pss), _mb(after.rss) if after else "")

    headings = ("process", "resident MB", "by share MB", "resident MB after the load")
    return table(headings, [cells(each) for each in results.idle], right=frozenset({1, 2, 3}))


def _mb(size: int) -> str:
    return f"{size / _MB:.1f}"
