"""A terminal on a serial port, through pyserial. The rules are ``serial_link``; this owns the port and the clock."""

from __future__ import annotations

import contextlib
import errno
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import serial

from hardware.terminal.interface import IN_USE, NotSent, OutcomeUnknown
from hardware.terminal.zvt.addresses import SerialAddress
from hardware.terminal.zvt.serial_link import Delivered, Event, Received, SerialLink, Timing, Undelivered

_LOST = (OSError, serial.SerialException)
_TAKEN = (errno.EAGAIN, errno.EBUSY)  # by whoever opened it exclusively
_LONGEST_READ = 0.5  # seconds until a deadline is looked at again
_LONGEST_WRITE = 10.0  # seconds; what we send takes less than one at 9600 baud
_MOST_WAITING = 64  # APDUs that nobody has fetched; the terminal waits for our answers, so two are many


class SerialPort:
    """A :class:`~hardware.terminal.zvt.link.Link`. Opens exclusively, and anew when the cable was pulled or the device
    behind a by-id path is another one."""

    def __init__(
        self, address: SerialAddress, *, timing: Timing | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._address = address
        self._clock = clock
        self._link = SerialLink(timing or Timing(t1=address.t1_ms / 1000))
        self._port: serial.Serial | None = None
        self._received: deque[bytes] = deque(maxlen=_MOST_WAITING)

    def send(self, apdu: bytes) -> None:
        """See ``Link``: ends with the terminal's ACK, or after three tries."""
        port = self._open()
        self._link.send(apdu, self._clock())
        outcome: Event | None = None
        try:
            self._write(port)
            while outcome is None:
                outcome = self._turn(port, self._wait())
        except _LOST:
            self.close()
            raise OutcomeUnknown("the serial line was lost", reason="connection_lost") from None
        if isinstance(outcome, Undelivered):
            if outcome.refused:
                raise NotSent("the terminal refused every try to send", reason="refused")
            raise OutcomeUnknown("the terminal did not acknowledge", reason="timeout")

    def receive(self, timeout: float) -> bytes | None:
        """See ``Link``."""
        until = self._clock() + timeout
        port = self._port
        while not self._received:
            if port is None:
                raise OutcomeUnknown("the serial line is closed", reason="connection_lost")
            left = until - self._clock()
            try:
                self._turn(port, max(0.0, min(left, self._wait())))
            except _LOST:
                self.close()
                raise OutcomeUnknown("the serial line was lost", reason="connection_lost") from None
            if left <= 0 and not self._received:
                return None
        return self._received.popleft()

    def rest(self) -> None:
        """A serial line stays open."""

    def close(self) -> None:
        """See ``Link``."""
        port, self._port = self._port, None
        self._link.reopened()
        if port is not None:
            with contextlib.suppress(*_LOST):
                port.close()

    def _open(self) -> serial.Serial:
        """The open port; nothing was sent when this raises NotSent."""
        if self._port is not None and not self._is_current(self._port):
            self.close()
        if self._port is None:
            try:
                self._port = serial.Serial(
                    self._address.path,
                    self._address.baud,
                    stopbits=self._address.stop_bits,
                    timeout=0,
                    write_timeout=_LONGEST_WRITE,
                    exclusive=True,
                )
                self._port.reset_input_buffer()
            except (*_LOST, ValueError) as error:
                self.close()
                if getattr(error, "errno", None) in _TAKEN:
                    raise NotSent("another process has the serial port open", reason=IN_USE) from None
                raise NotSent("the serial port cannot be opened", reason="refused") from None
            self._received.clear()
        return self._port

    def _is_current(self, port: serial.Serial) -> bool:
        """Whether the path still leads to the device that we hold open."""
        try:
            return Path(self._address.path).stat().st_rdev == os.fstat(port.fileno()).st_rdev
        except (*_LOST, ValueError):
            return False

    def _wait(self) -> float:
        deadline = self._link.next_deadline
        return _LONGEST_READ if deadline is None else min(_LONGEST_READ, max(0.0, deadline - self._clock()))

    def _turn(self, port: serial.Serial, wait: float) -> Event | None:
        """Wait for bytes or a deadline and act on it; the end of our block, if this was it."""
        port.timeout = wait
        data = port.read(1)
        data += port.read(port.in_waiting) if data else b""
        now = self._clock()
        events = self._link.receive(data, now) if data else []
        events += self._link.tick(now)
        self._write(port)
        self._received.extend(each.apdu for each in events if isinstance(each, Received))
        return next((each for each in events if isinstance(each, Delivered | Undelivered)), None)

    def _write(self, port: serial.Serial) -> None:
        if output := self._link.output():
            port.write(output)
