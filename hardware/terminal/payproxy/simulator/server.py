"""What PayProxy brings to the virtual terminal: its API, on the port of page and control."""

from __future__ import annotations

from hardware.terminal.payproxy.simulator.accidents import HttpKind
from hardware.terminal.payproxy.simulator.service import Service
from hardware.terminal.simulator.faults import Kind
from hardware.terminal.simulator.hosting import Wire

WIRE = Wire(kinds=(*Kind, *HttpKind), routes=lambda device: Service(device).routes())
