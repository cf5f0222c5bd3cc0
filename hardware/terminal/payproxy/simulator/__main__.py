"""``python -m hardware.terminal.payproxy.simulator --port 8100 --data var/im30``"""

from __future__ import annotations

import sys

from hardware.terminal.payproxy.simulator.server import WIRE
from hardware.terminal.simulator import command


def main(arguments: list[str] | None = None) -> int:
    """Run the simulator until it is told to stop; 1 when its port is taken."""
    options = command.parser("A virtual CCV IM30 with PayProxy.")
    return command.run(command.settings(options.parse_args(arguments)), WIRE)


if __name__ == "__main__":
    sys.exit(main())
