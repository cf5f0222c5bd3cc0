"""``python -m hardware.terminal.opi.simulator --port 8100 --opi-port 4100 --till-port 4102 --data var/im30``"""

from __future__ import annotations

import sys

from hardware.terminal.opi.simulator.server import opi_wire
from hardware.terminal.simulator import command


def main(arguments: list[str] | None = None) -> int:
    """Run the simulator until it is told to stop; 1 when a port is taken."""
    options = command.parser("A virtual CCV IM30 that speaks OPI-NL.")
    options.add_argument("--opi-port", type=int, default=4100, help="port of channel 0, 0 for any (%(default)s)")
    options.add_argument("--till-port", type=int, default=4102, help="port of channel 1 at the till (%(default)s)")
    given = options.parse_args(arguments)
    return command.run(command.settings(given), opi_wire(given.opi_port, given.till_port))


if __name__ == "__main__":
    sys.exit(main())
