"""ZVT, the protocol of German payment terminals, over RS232 and TCP.

The lowest layers: ``message`` turns APDUs into fields and back, ``serial_link`` and ``stream`` frame them on a line,
``serial_port`` and ``tcp`` own the line. ``python -m hardware.terminal.zvt`` shows what an APDU says.
"""
