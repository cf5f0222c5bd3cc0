"""docs/benchmarks.md."""

from __future__ import annotations

from datetime import date

from bench.report import HOPS, memory_table, result_table
from bench.runs import Results
from evsite.processes import ROOT

DOCUMENT = ROOT / "docs" / "benchmarks.md"

_TEXT = """\
# Benchmarks

`make bench` measures the real processes (web, worker, beat, Valkey) on the loopback, with SQLite as on site (WAL,
`synchronous=FULL`), beside bare peers in the same run. It takes about three minutes and leaves nothing behind.
This page is written by `python -m bench --write`.

Measured on {day}: {machine}. The load comes from the same cores.

{results}

Median and p99 are by nearest rank: values that were really measured. A line that is indented is a bare peer or a
bound, without an aim.

## Memory

{memory}

`make run` on free ports (`python -m evsite.run`), after one visit and {idle:g} idle seconds. *Resident* counts pages
that processes share in each of them; *by share* (PSS) divides those. The aim is about the resident size, which is the
stricter of the two. The last column is the resident size of the same processes in the other part of the run, after
{visits} visits and {sessions} sessions.

## How it was measured

**Approval to RemoteStartTransaction.** From the approval leaving the IM30 simulator (the real one, in its own process;
it notes when it answered) to the frame arriving at the charge point. Between the two: the answer is read and judged,
authorisation, operation, card and session are written, the command to the charge point is written, committed to the
disk and announced; the web process hears of it, takes the command (a second commit) and sends it.

**Stop card to capture request.** From the token of the stop card leaving the simulator to the capture arriving there.
The charge point answers RemoteStopTransaction at once with StopTransaction, and its own time counts. Between the two:
token written and matched, session stopped, command taken, sent and answered, stop written, cost computed, capture
written, woken over Celery, claimed and sent.

{visits} visits, one after the other, through the kiosk's own pages, with its live screen open. Before each visit one
**bare Celery hop**: a task that does nothing, on the same Valkey, with the settings and the kind of worker of the
product, from sending it until its body runs. The aim is a median within {hops} such hops. A **bare durable commit** is one
insert in a file of its own on the same disk.

**Meter value to screen.** {sessions} sessions, begun through the kiosk, each at a charge point of its own that sends
MeterValues every 4 to 6 seconds, twice as often as charge points are told to. {screens} of them are open in a browser,
and the first page of the kiosk too. A sample is the time from the frame leaving the charge point to the frame with that
value (or a newer one) arriving at the browser side: checked against the schema, written, committed, announced, rendered,
sent. Beside it, five times a second, a **bare websocket and pub/sub**: a frame into a server of twenty lines, through
the same Valkey, and out again. At 33 values a second, every session once in 1.5 s, the median was 40 ms and the p99
133 ms: one thread writes what charge points say, and values queue for it.

All times are of the clock that the processes of one machine share.
"""


def document(results: Results, day: date) -> str:
    """The page."""
    plan = results.plan
    return _TEXT.format(
        day=day.isoformat(),
        machine=results.machine,
        results=result_table(results),
        memory=memory_table(results),
        idle=plan.idle_seconds,
        visits=plan.visits,
        sessions=plan.sessions,
        screens=plan.screens,
        hops=HOPS,
    )
