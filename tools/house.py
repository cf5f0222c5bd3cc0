"""House rules that no other tool knows: files stay readable, requirements name no host."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.messages import ROOT

#: Lines; aim for half of it. Migrations are generated.
LONGEST_FILE = 300


def faults(root: Path, names: list[str]) -> Iterator[str]:
    """What is wrong with the files ``names`` under ``root``, one line each."""
    for name in names:
        path = root / name
        if not path.is_file():
            continue
        if path.suffix == ".py" and "migrations" not in path.parts:
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > LONGEST_FILE:
                yield f"{name} has {lines} lines; {LONGEST_FILE} is the limit, say one thing a file"
        if path.parent.name == "requirements" and "://" in path.read_text(encoding="utf-8"):
            yield f"{name} names a host; whoever installs chooses the index"


def main() -> int:
    """1 when a file breaks a rule."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S607
    wrong = list(faults(ROOT, listed.stdout.splitlines()))
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
