"""``python -m tools.fuzz [--seconds N] [--only NAME] [--seed N]``: prints a table, and the shortest inputs that failed."""

from __future__ import annotations

import argparse
import logging
import random
import sys
from collections.abc import Sequence

from tools.fuzz.running import Explored, explore
from tools.fuzz.targets import TARGETS, Target

_LONGEST_SHOWN = 400  # bytes of an input


def main(arguments: Sequence[str] | None = None, targets: Sequence[Target] = TARGETS) -> int:
    """1 when anything was found."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.fuzz", description="Bytes that nobody wrote, for every decoder."
    )
    parser.add_argument("--seconds", type=float, default=15, help="for each decoder (%(default)s)")
    parser.add_argument("--only", default="", help="only decoders whose name has this in it")
    parser.add_argument("--seed", type=int, default=None, help="to try the same inputs again")
    chosen = parser.parse_args(arguments)
    wanted = [each for each in targets if chosen.only in each.name]
    if not wanted:
        parser.error(f"--only takes a part of: {', '.join(each.name for each in targets)}")
    number = random.SystemRandom().getrandbits(32) if chosen.seed is None else chosen.seed
    chance = random.Random(number)  # noqa: S311  # to be repeated
    print(f"{'decoder':<20} {'inputs':>9}  finding (seed {number})", flush=True)
    explored = []
    for target in wanted:
        explored.append(explore(target, chosen.seconds, chance))
        print(_line(explored[-1]), flush=True)
    return 1 if any(each.finding for each in explored) else 0


def _line(result: Explored) -> str:
    finding = result.finding
    if finding is None:
        return f"{result.name:<20} {result.tried:>9,}  none"
    shown = finding.raw[:_LONGEST_SHOWN].hex() + ("..." if len(finding.raw) > _LONGEST_SHOWN else "")
    return f"{result.name:<20} {result.tried:>9,}  {finding.what}\n  {len(finding.raw)} bytes: {shown}"


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    sys.exit(main())
