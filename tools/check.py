"""``make check``: everything about the code that needs no test to be known. Two steps at a time, reported in order."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from tools.messages import ROOT

BIN = Path(sys.executable).parent
PYTHON = sys.executable

#: What is checked, and the command. The slowest comes first, so that the others run beside it.
STEPS: tuple[tuple[str, list[str]], ...] = (
    ("Types: mypy --strict with Django's models", [PYTHON, "-m", "mypy", "--no-error-summary"]),
    ("Lint: ruff", [str(BIN / "ruff"), "check", "--quiet", "--output-format", "concise", "."]),
    ("Format: ruff", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
    ("Imports go one way: import-linter", [str(BIN / "lint-imports"), "--no-logo"]),
    ("Templates: djlint", [str(BIN / "djlint"), "templates", "--lint", "--quiet"]),
    ("House rules: length of files, no host in the requirements", [PYTHON, "-m", "tools.house"]),
    ("Django's own checks", [PYTHON, "manage.py", "check", "--fail-level", "WARNING"]),
    ("Migrations in step with the models", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("Diagrams in step with the lifecycles", [PYTHON, "-m", "tools.lifecycles", "--check"]),
    ("Translations in step with the sources", [PYTHON, "-m", "tools.messages", "check"]),
)


def _run(command: list[str]) -> tuple[int, str, float]:
    started = monotonic()
    environment = {**os.environ, "TAPCHARGE_DEMO": "1", "LOG_LEVEL": "WARNING"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, monotonic() - started


def main(run: Callable[[list[str]], tuple[int, str, float]] = _run) -> int:
    """1 when a step failed; every step runs, so that one run tells everything."""
    failed = []
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for (title, _), (code, output, seconds) in zip(STEPS, pool.map(run, [each for _, each in STEPS]), strict=True):
            print(f"{'FAILED' if code else 'ok':<7}{seconds:5.1f} s  {title}", flush=True)
            if code:
                failed.append(title)
                print(output)
    print(f"Failed: {'; '.join(failed)}" if failed else "Everything is in order.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
