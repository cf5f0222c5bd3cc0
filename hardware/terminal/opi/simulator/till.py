"""Channel 1 from the terminal's side: dials in to the till for one request and asks it, one thing after the other."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from hardware.terminal.opi import device
from hardware.terminal.opi.device import DeviceRequest, Output
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.framing import LARGEST_FRAME, frame
from hardware.terminal.opi.messages import Request
from hardware.terminal.simulator import screens
from hardware.terminal.simulator.terminal import Screen

_PATIENCE = 5.0  # seconds for an answer of the till
_AWAY = (OSError, asyncio.IncompleteReadError, TimeoutError, OpiError)


class Till:
    """The till that sent ``request`` from ``host``. One that cannot be reached is asked nothing more: the work goes on."""

    def __init__(self, host: str, port: int, request: Request) -> None:
        self._host, self._port = host, port
        self._request = request
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._away = False
        self._sequence = 0
        self._shown: asyncio.Queue[Screen] = asyncio.Queue()
        self._display = asyncio.create_task(self._follow())

    def show(self, screen: Screen) -> None:
        """Have the customer's display follow the screen."""
        self._shown.put_nowait(screen)

    async def ask(self, *outputs: Output) -> None:
        """Have each output shown, printed or answered, after what is still to be shown."""
        await self._shown.join()
        for each in outputs:
            await self._ask(each)

    async def close(self) -> None:
        """Hang up."""
        self._display.cancel()
        with suppress(asyncio.CancelledError):
            await self._display
        if self._streams:
            self._streams[1].close()

    async def _follow(self) -> None:
        while True:
            screen = await self._shown.get()
            try:
                await self._ask(Output("CustomerDisplay", (screens.text(screen.text_id, screen.language),)))
            finally:
                self._shown.task_done()

    async def _ask(self, output: Output) -> None:
        if self._away:
            return
        self._sequence += 1
        name = f"{self._request.request_id}.{self._sequence}"
        body = device.write_device_request(DeviceRequest("Output", name, self._request.workstation_id, (output,)))
        try:
            async with asyncio.timeout(_PATIENCE):
                if self._streams is None:
                    self._streams = await asyncio.open_connection(self._host, self._port)
                self._streams[1].write(frame(body))
                device.read_device_response(await read_frame(self._streams[0]))
        except _AWAY:
            self._away = True


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """Return the body of the next frame. Raises IncompleteReadError when they hang up, OpiError for a senseless length."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    if not 0 < length <= LARGEST_FRAME:
        raise OpiError("not the length of a frame")
    return await reader.readexactly(length)
