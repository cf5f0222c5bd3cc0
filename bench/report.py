"""The results as tables, for the terminal and for docs/benchmarks.md."""

from __future__ import annotations

from bench.durable import Durable, Kind
from bench.figures import HEADINGS, Figure, Times, below, percentile, reference, table, within_hops
from bench.memory import SIMULATORS, Process
from bench.overhead import overhead_figures
from bench.runs import Plan, Results, SiteResults
from bench.zvt import zvt_figures

HOPS = 6
JOURNEY_P99_MS = 100
SCREEN_P99_MS = 60
MEMORY_MB = 450
#: What a round of the sweep may cost beside what is finished, in rounds without that.
SWEEP_TIMES = 1.5
_MB = 1_000_000


def figures(results: Results) -> list[Figure]:
    """Every line of the table, with its aim."""
    site = _site_figures(results.site, results.plan) if results.site else []
    codec = zvt_figures(results.zvt) if results.zvt else []
    durable = [figure for database in results.durable for figure in _durable_figures(database)]
    return site + durable + codec + overhead_figures(results.overhead)


def _site_figures(results: SiteResults, plan: Plan) -> list[Figure]:
    visits, values = results.journeys, results.meters
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


def _durable_figures(results: Durable) -> list[Figure]:
    lines, database = [], results.database
    if results.money:
        ours = Times([seconds for kind in results.money for seconds in kind.times.seconds])
        bare = Times([seconds for kind in results.money for seconds in kind.bare])
        ratio = f"{ours.median_ms / bare.median_ms:.1f} × the same rows"
        lines += [
            Figure(f"durable money operation, {database}", f"{ours.count:,}", _paced(ours), ratio),
            Figure(f"  the same rows by bare SQL, {database}", f"{bare.count:,}", _paced(bare)),
        ]
    if sweep := results.sweep:
        beside, alone = Times(sweep.beside), Times(sweep.alone)
        times = beside.median_ms / alone.median_ms
        what, aim = f"sweep, {sweep.finished:,} finished, {database}", f"within {SWEEP_TIMES:g} times that"
        lines += [
            Figure(what, str(beside.count), str(beside), f"{times:.2f} × alone", aim, times <= SWEEP_TIMES),
            reference(f"  {sweep.open:,} open alone, {database}", alone),
        ]
    if journal := results.journal:
        speed, bound = journal.entries / journal.seconds, journal.entries / journal.bound
        count, ratio_text = f"{journal.entries:,}", f"{bound / speed:.1f} × the bound"
        lines += [
            Figure(f"verify_journal, {database}", count, f"{speed:,.0f} entries/s", ratio_text),
            Figure(f"  rows read, bytes hashed, {database}", count, f"{bound:,.0f} entries/s"),
        ]
    return lines


def _paced(times: Times) -> str:
    """Latencies, and how many fit into a second, one after the other."""
    return f"{times}, {times.count / sum(times.seconds):.0f}/s"


def money_table(results: Results) -> str:
    """Where the time of a money operation goes: one line a kind and database; empty when that was not measured."""
    headings = ("operation", "intent ms", "claim ms", "answer ms", "bare rows ms", "statements", "commits", "rows")
    rows = [_spent(kind, each.database) for each in results.durable for kind in each.money]
    return table(headings, rows, right=frozenset(range(1, 8))) if rows else ""


def _spent(kind: Kind, database: str) -> tuple[str, ...]:
    medians = (f"{percentile(seconds, 50) * 1000:.1f}" for seconds in (*kind.steps, kind.bare))
    return (f"{kind.name}, {database}", *medians, str(kind.statements), str(kind.commits), str(kind.rows))


def result_table(results: Results) -> str:
    """One line a figure."""
    return table(HEADINGS, [figure.row() for figure in figures(results)], right=frozenset({1}))


def memory_table(results: Results) -> str:
    """One line a process; empty when that was not measured."""
    if results.site is None:
        return ""
    busy = {each.name: each for each in results.site.busy}

    def cells(each: Process) -> tuple[str, ...]:
        after = busy.get(each.name)
        return (each.name, _mb(each.rss), _mb(each.pss), _mb(after.rss) if after else "")

    headings = ("process", "resident MB", "by share MB", "resident MB after the load")
    return table(headings, [cells(each) for each in results.site.idle], right=frozenset({1, 2, 3}))


def _mb(size: int) -> str:
    return f"{size / _MB:.1f}"
