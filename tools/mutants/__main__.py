"""Plants the mutants, runs the tests against each, and prints the score: ``make mutants``, ``ONLY=payments/money.py``."""

from __future__ import annotations

import os
import subprocess
import sys

from tools.mutants import COPY, NOT_ASKED, ROOT, TESTS
from tools.mutants.planting import plant
from tools.mutants.report import survivors, table

#: Nobody reads how a test failed, and to tell it takes longer than the test.
_NO_WORDS = ["--tb=native", "--assert=plain"]


def main() -> int:
    """1 when the tests could not be run at all."""
    os.chdir(ROOT)
    if "report" not in sys.argv:
        plan = plant()
        print(f"{sum(map(len, plan.values()))} mutants in {len(plan)} files")
        ignored = [f"--ignore={name}" for name in NOT_ASKED]
        plugins = [part for name in ("randomly", "xdist", "cacheprovider") for part in ("-p", f"no:{name}")]
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            *_NO_WORDS,
            "-p",
            "tools.mutants.loop",
            *plugins,
            *ignored,
            *TESTS,
        ]
        done = subprocess.run(
            command, cwd=COPY, env={**os.environ, "MUTANTS": str(COPY)}, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode not in (0, 1):
            return 1
    print(table())
    if "survivors" in sys.argv:
        print(*survivors(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
