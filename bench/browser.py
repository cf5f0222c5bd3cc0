"""A kiosk's browser without the browser: its forms over HTTP, its live screen over the websocket."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

import aiohttp
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

#: Seconds that any step may take before the benchmark gives up.
PATIENCE = 30
_SESSION = re.compile(r"/s/([\w-]+)/$")
#: In kWh with two decimal places.
_ENERGY = re.compile(r'<dd>([\d,]+\.\d\d)<span class="unit">kWh')
_STEP = re.compile(r'data-step="(\w+)"')

#: What is told of each frame: when it arrived, and the energy on it in Wh.
Listener = Callable[[float, int], None]


class Screen:
    """A live screen in English: its step, the energy on it in Wh, and whoever wants to hear of each frame."""

    def __init__(self) -> None:
        self.step, self.energy_wh = "", 0
        self.listener: Listener | None = None
        self._changed = asyncio.Condition()

    async def until(self, step: str, *, energy_wh: int = 0) -> None:
        """Wait until the screen shows ``step``, and that much energy. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self.step == step and self.energy_wh >= energy_wh)

    async def show(self, at: float, html: str) -> None:
        """Take in a frame."""
        step, energy = _STEP.search(html), _ENERGY.search(html)
        self.step = step[1] if step else ""
        self.energy_wh = int(re.sub(r"\D", "", energy[1])) * 10 if energy else 0
        if self.listener is not None:
            self.listener(at, self.energy_wh)
        async with self._changed:
            self._changed.notify_all()


class Browser:
    """An enrolled browser of the demo. Use as an async context manager."""

    def __init__(self, site: str) -> None:
        self.site = site
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # "unsafe": of an address without a name
            timeout=aiohttp.ClientTimeout(total=PATIENCE),
            raise_for_status=True,
        )

    async def __aenter__(self) -> Self:
        async with self._http.get(self.site + "/"):
            return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def pay(self, offer: int, hold: str = "40") -> str:
        """Choose an amount and pay: the public id of the session that asks for the card now."""
        url = await self._press(f"/c/{offer}/pay/", hold=hold)
        found = _SESSION.search(url)
        if found is None:
            raise RuntimeError(f"no session began: {url}")
        return found[1]

    async def stop(self, public_id: str) -> None:
        """Press stop."""
        await self._press(f"/s/{public_id}/stop/")

    @asynccontextmanager
    async def watching(self, screen: str) -> AsyncIterator[Screen]:
        """The live screen of that name, for the length of the block."""
        cookies = self._cookies()
        shown = Screen()
        async with connect(
            f"{self.site.replace('http', 'ws', 1)}/ws/kiosk/?screen={screen}&language=en",
            origin=Origin(self.site),
            additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
        ) as socket:

            async def listen() -> None:
                try:
                    async for frame in socket:
                        await shown.show(time.time(), str(frame))
                except ConnectionClosed:
                    return

            task = asyncio.create_task(listen())
            try:
                yield shown
            finally:
                task.cancel()

    async def _press(self, path: str, **form: str) -> str:
        """Post a form as the page would; where that led."""
        headers = {"X-CSRFToken": self._cookies()["csrftoken"], "Referer": self.site + "/"}
        async with self._http.post(self.site + path, data=form, headers=headers) as answer:
            await answer.read()
            return str(answer.url)

    def _cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self._http.cookie_jar}
