"""``make faults``, or ``python -m faults --histories 50 --seed 1``; one history as it happened: ``--seed 7 --histories 1``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from faults import hands, plan, shrinking
from faults.coverage import rows
from faults.dialects import DIALECTS
from faults.regressions import regressions
from faults.report import Totals, findings, story

#: Histories that are dealt out together.
_HAND = 5
_TELL_EVERY_S = 15.0
#: Failing histories that are shrunk and told; the others are only named.
_TOLD = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run the histories; 0 when all is as it must be."""
    options = _options(argv)
    began = time.monotonic()
    told = began
    totals = Totals(rows())
    seeds = [(options.seed + number, options.terminal) for number in range(options.histories)]
    if options.histories > 1 and not options.terminal:
        seeds = [*((known.seed, known.terminal) for known in regressions()), *seeds]
    print(f"{len(seeds)} histories from seed {options.seed} on {options.processes} processes", flush=True)
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        for result in pool.map(hands.run, seeds, chunksize=min(_HAND, 1 + len(seeds) // 10)):
            totals.add(result)
            if result.verdict.failed:
                print(f"seed {result.seed} on {result.terminal}: {'; '.join(findings(result))[:300]}", flush=True)
            if time.monotonic() - told > _TELL_EVERY_S:
                told = time.monotonic()
                print(f"{totals.histories} histories, {totals.faults} faults, {len(totals.failed)} failed", flush=True)
    for failed in totals.failed[:_TOLD]:
        _tell(failed.seed, failed.terminal)
    if options.histories == 1 and not totals.failed:
        _tell(options.seed, options.terminal)
    for line in totals.summary(time.monotonic() - began):
        print(line)
    return 1 if totals.failed else 0


def _tell(seed: int, terminal: str) -> None:
    """Print one history; one that fails without whatever is not needed for that."""
    result, left = shrinking.shrink(hands.simulation(), plan.make(seed, terminal))
    again = f"make faults SEED={seed} HISTORIES=1 TERMINAL={result.terminal}"
    print(f"\nseed {seed}, with these of its parts ({again} tells it again):")
    for part in left:
        print(f"  {part}")
    for line in story(result):
        print(line)
    for line in findings(result):
        print(f"==> {line}")


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="faults", description="Histories full of faults, and what became of the money."
    )
    parser.add_argument("--histories", type=int, default=50, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first (%(default)s); the others follow")
    parser.add_argument("--terminal", default="", choices=list(DIALECTS), help="of all (as the seed has it)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="at once (%(default)s)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
