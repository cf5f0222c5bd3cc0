"""docs/benchmarks.md."""

from __future__ import annotations

from datetime import date

from bench.report import HOPS, memory_table, money_table, result_table
from bench.runs import Results
from evsite.processes import ROOT

DOCUMENT = ROOT / "docs" / "benchmarks.md"

_TEXT = """\
# Benchmarks

`make bench` measures the real processes (web, worker, beat, Valkey) on the loopback, with SQLite as on site (WAL,
`synchronous=FULL`), beside bare peers in the same run, and then durable money on SQLite and PostgreSQL. It takes about
six minutes and leaves nothing behind; `python -m bench --only money,sweep,journal` measures only some of it.
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

## Where the time of a money operation goes

{money}

Medians. *Statements* and *commits* are counted in the same run: three times the disk is waited for, because a crash
between any two of intent, claim and answer must leave a row that says how far it came. The rest is the statements, which
lock what is judged, look at it as it is now, and write the journal; and most of that is Django putting the SQL
together. In a profile of the processor's time SQLite's own work, triggers and constraints included, was a few per cent.

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

**Durable money operation.** An authorisation, a capture or a refund, {money_visits} of each, one after the other: its intent
(`authorise()`, `capture()`, `refund()`), the worker's claim, and the recording of an approval with the journal, the
triggers, the constraints and the kiosk's listeners. Wake-ups go to a queue in memory. What the terminal needs for its
answer is not in it. PostgreSQL waits for the disk (`fsync` and `synchronous_commit` on), as SQLite does. **The same rows
by bare SQL:** after each visit, every row that the product inserted or updated is inserted through the database's
driver, with as many commits, into tables of the same shape that have no key, no index and no rule.

**Sweep.** A round of `payments.sweep.sweep` in a fleet of 100 terminals that are all due to be asked how they are, over
{open:,} open authorisations: due and to be woken, waiting for later, in doubt and to be asked about, in doubt with a person,
held, near their deadline. First these alone, then beside {finished:,} finished ones (each with its settlement and
its newest journal entry; copied by the database, on SQLite under every constraint and trigger, on PostgreSQL under the
constraints only, because its triggers and foreign keys would take minutes). The aim is that finished ones do not count.

**verify_journal.** The whole check, which must find nothing, of about {entries:,} entries in chains of four, their
authorisations and a seal. **Rows read, bytes hashed** is the bound: the rows that the check reads and the bytes that it
hashes, prepared beforehand, and nothing is looked at. The difference is spelling each entry as the text that is hashed.

**Overhead of an authorisation.** {authorisations} over each protocol, one after the other: the driver beside the simulator
in a process of its own, as in `make run`, with the card there already and without a delay. From calling the driver to
its result, less the median of **the virtual terminal alone**: reader, bank, and a durable line in the book, asked
without a wire. On the serial line, a pseudo-terminal, bytes take no time; at 9600 baud each takes a millisecond more. The
cloud is looked at every 10 ms here; by default the first look comes after half a second, or at a webhook.

All times are of the clock that the processes of one machine share.
"""


def document(results: Results, day: date) -> str:
    """The page."""
    plan = results.plan
    [sweep, *_] = [each.sweep for each in results.durable if each.sweep]
    return _TEXT.format(
        day=day.isoformat(),
        machine=results.machine,
        results=result_table(results),
        memory=memory_table(results),
        money=money_table(results),
        money_visits=plan.amounts.visits,
        open=sweep.open,
        finished=sweep.finished,
        entries=plan.amounts.entries,
        idle=plan.idle_seconds,
        visits=plan.visits,
        sessions=plan.sessions,
        screens=plan.screens,
        hops=HOPS,
        authorisations=plan.authorisations,
    )
