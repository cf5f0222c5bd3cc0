"""What OPI-NL brings to the virtual terminal: channel 0 on a port of its own, beside that of page and control."""

from __future__ import annotations

from hardware.terminal.opi.simulator.service import Service
from hardware.terminal.simulator.hosting import Wire
from hardware.terminal.simulator.servers import StreamServer


def opi_wire(port: int, till_port: int) -> Wire:
    """Listen on ``port`` (0 for any), and dial in to ``till_port`` of whoever asks."""
    return Wire(servers=lambda device: (StreamServer(Service(device, till_port).converse, device.settings.host, port),))
