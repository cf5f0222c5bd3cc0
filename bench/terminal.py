"""The real IM30 simulator, in its own process: cards are presented over HTTP, and it knows when what crossed its wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from bench.browser import PATIENCE
from tests.support.waiting import eventually_async


@dataclass(frozen=True)
class Wire:
    """Unix times, in the order of the visits: when answers left the terminal, and when captures arrived there."""

    approvals: list[float]
    tokens: list[float]
    captures: list[float]


class BenchTerminal:
    """The cardholder's hand. Use as an async context manager."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE), raise_for_status=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def present(self, card: str = "visa-1") -> None:
        """Wait until the terminal asks for a card, and present it."""
        await eventually_async(self._waits_for_a_card, PATIENCE, "the terminal asks for a card")
        async with self._http.post(self._url + "/sim/card", json={"card": card}) as answer:
            await answer.read()

    async def wire(self) -> Wire:
        """What crossed the wire of the terminal so far (it remembers 2,000 exchanges)."""
        exchanges = (await self._get("/sim/traffic"))["exchanges"]

        def times(operation: str, when: str) -> list[float]:
            return [each[when] for each in exchanges if each["operation"] == operation]

        return Wire(times("authorise", "answered_at"), times("token", "answered_at"), times("capture", "arrived_at"))

    async def _waits_for_a_card(self) -> bool:
        return bool((await self._get("/sim/state"))["waiting_for"] == "card")

    async def _get(self, path: str) -> Any:
        async with self._http.get(self._url + path) as answer:
            return await answer.json()
