"""``python -m hardware.terminal.ccv.simulator --port 8100 --data var/im30``"""

from __future__ import annotations

import sys
from pathlib import Path

from hardware.terminal.ccv.simulator.server import wire
from hardware.terminal.simulator import command


def main(arguments: list[str] | None = None) -> int:
    """Run the simulator until it is told to stop; 1 when its port is taken."""
    options = command.parser("A virtual CCV IM30 behind a virtual CCV cloud.")
    options.add_argument("--key-file", type=Path, help="file with the only API key it takes (any t_... or l_...)")
    given = options.parse_args(arguments)
    key = given.key_file.read_text(encoding="ascii").strip() if given.key_file else ""
    return command.run(command.settings(given), wire(key))


if __name__ == "__main__":
    sys.exit(main())
