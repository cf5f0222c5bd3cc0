"""A terminal that plays a script over a real socket or a real pseudo-terminal, gate by gate."""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from collections.abc import Iterable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Protocol

from hardware.terminal.zvt.serial_link import Received, SerialLink, Timing
from hardware.terminal.zvt.stream import ApduStream

PATIENCE = 10.0  # seconds: a bound for what should happen at once
ACK, OK, DONE = "80 00 00", "80 00 00", "06 0F 00"
#: What a script may say besides APDUs: cut the line, say nothing more.
CUT, SILENCE = "cut", "silence"
REGISTERED = (OK, "06 0F 0A 19 00 29 52 52 35 35 49 09 78")
READY = (OK, "06 0F 01 00")
NOTHING_PENDING = (OK, "06 1E 04 B8 87 FF FF")

Says = Iterable[str]


class Line(Protocol):
    """The terminal's end of a line."""

    url: str

    def read(self) -> bytes | None: ...

    def write(self, apdu: bytes) -> None: ...

    def cut(self) -> None: ...

    def close(self) -> None: ...


class TcpEnd:
    """A listening socket; one connection after the other."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(PATIENCE)
        self.url = f"zvt+tcp://127.0.0.1:{self._server.getsockname()[1]}"
        self._connection: socket.socket | None = None
        self._arrived: list[bytes] = []
        self._stream = ApduStream()

    def read(self) -> bytes | None:
        while not self._arrived:
            if self._connection is None:
                self._connection, _ = self._server.accept()
                self._connection.settimeout(PATIENCE)
                self._stream = ApduStream()
            data = self._connection.recv(65536)
            if not data:
                self.cut()
                continue
            self._arrived += self._stream.receive(data)
        return self._arrived.pop(0)

    def write(self, apdu: bytes) -> None:
        assert self._connection is not None
        self._connection.sendall(apdu)

    def cut(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
            self.cut()


class PtyEnd:
    """The master's end of a pseudo-terminal."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.url = f"zvt+serial://{os.ttyname(self._slave)}"
        self._link = SerialLink(Timing(t2=0.5))
        self._arrived: list[bytes] = []
        self._closed = threading.Event()

    def read(self) -> bytes | None:
        until = monotonic() + PATIENCE
        while not self._arrived and monotonic() < until and not self._closed.is_set():
            self._turn()
        return self._arrived.pop(0) if self._arrived else None

    def write(self, apdu: bytes) -> None:
        self._link.send(apdu, monotonic())
        while self._link.is_sending and not self._closed.is_set():
            self._turn()

    def _turn(self) -> None:
        os.write(self._master, self._link.output())
        if select.select([self._master], [], [], 0.05)[0]:
            events = self._link.receive(os.read(self._master, 4096), monotonic())
            self._arrived += [each.apdu for each in events if isinstance(each, Received)]
        self._link.tick(monotonic())
        os.write(self._master, self._link.output())

    def cut(self) -> None:
        """A pulled cable: nothing is heard any more."""
        self._closed.set()

    def close(self) -> None:
        self._closed.set()

    def free(self) -> None:
        os.close(self._master)
        os.close(self._slave)


class Peer:
    """Plays ``script``: for each command (``"06 22"``) what it says, the first time, the second time, ...

    Each message but its answers to us waits for our acknowledgement. ``heard`` are the commands, in hex.
    """

    def __init__(self, line: TcpEnd | PtyEnd, script: Mapping[str, list[Says]]) -> None:
        self.heard: list[str] = []
        self.said: list[str] = []
        self.acknowledged: list[str] = []
        self.waiting = threading.Event()  # for an abort
        self.defects: list[BaseException] = []
        self._line = line
        self._script: dict[str, list[Says]] = {
            "06 00": [REGISTERED],
            "05 01": [READY],
            **script,
        }
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return self._line.url

    @property
    def commands(self) -> list[str]:
        """What was asked, without registrations and status enquiries."""
        return [each[:5] for each in self.heard if each[:5] not in ("06 00", "05 01")]

    def close(self) -> None:
        self._closing = True
        self._line.close()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if isinstance(self._line, PtyEnd):
            self._line.free()
        assert not self.defects, self.defects

    def _run(self) -> None:
        try:
            while (apdu := self._line.read()) is not None:
                if apdu[0] not in (0x80, 0x84):
                    self._serve(apdu)
        except OSError as error:
            if not self._closing:
                self.defects.append(error)
        except BaseException as defect:  # shown by the test that closes it
            self.defects.append(defect)

    def _serve(self, apdu: bytes) -> None:
        text = apdu.hex(" ").upper()
        self.heard.append(text)
        plays = self._script.get(text[:5], [("84 83 00",)])
        for says in list(plays[0] if len(plays) == 1 else plays.pop(0)):
            if says == CUT:
                self._line.cut()
                return
            if says == SILENCE:
                return
            if says == "abort?":
                self.waiting.set()
                wanted = self._line.read()
                assert wanted is not None
                self.heard.append(wanted.hex(" ").upper())
                continue
            self._line.write(bytes.fromhex(says))
            self.said.append(says)
            if says[:2] not in ("80", "84"):
                answer = self._line.read()
                if answer is None:
                    return
                self.acknowledged.append(answer.hex(" ").upper())
