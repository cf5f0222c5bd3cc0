"""What carries whole APDUs to one terminal and back: a serial line or a TCP connection. One thread uses it."""

from __future__ import annotations

from typing import Protocol


class Link(Protocol):
    """A line to a terminal. It opens by itself when something is sent; a broken one is opened anew.

    Raises :class:`hardware.terminal.interface.NotSent` and ``OutcomeUnknown`` and nothing else.
    """

    def send(self, apdu: bytes) -> None:
        """Hand one APDU to the terminal; on a serial line that ends with its ACK.

        Raises NotSent when the terminal provably never accepted it, OutcomeUnknown when it may have.
        """

    def receive(self, timeout: float) -> bytes | None:
        """The next APDU from the terminal, None when none is whole within ``timeout`` seconds (0: is here already).

        Raises OutcomeUnknown when the line is lost: what the terminal did after the last APDU cannot be told.
        """

    def rest(self) -> None:
        """Say that a procedure is over. A link that connects for each command closes now."""

    def close(self) -> None:
        """Give back the line. The next ``send`` opens it again."""
