"""What the Payment API brings to the virtual terminal: its cloud, on the port of page and control."""

from __future__ import annotations

from hardware.terminal.ccv.simulator.accidents import KINDS, SECONDS
from hardware.terminal.ccv.simulator.service import Service
from hardware.terminal.simulator.hosting import Wire


def wire(key: str = "") -> Wire:
    """Return the cloud that takes ``key``, or any that looks like a key of CCV."""
    return Wire(kinds=KINDS, seconds=SECONDS, routes=lambda device: Service(device, key).routes())


WIRE = wire()
