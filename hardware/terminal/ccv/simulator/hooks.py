"""The webhooks and notifications that the cloud sends. Nobody retries them: CCV's schedule is not known."""

from __future__ import annotations

import asyncio
import logging

import aiohttp

from hardware.terminal.ccv.simulator.accidents import CloudKind
from hardware.terminal.ccv.simulator.ledger import Record
from hardware.terminal.simulator.faults import Fault

logger = logging.getLogger(__name__)

STATUS_CHANGED = "StatusChanged"
TERMINAL_MESSAGE = "TerminalMessageUpdate"

_PATIENCE = 5.0  # seconds
_STRANGER = "TL9999999999"


class Hooks:
    """Sends hints to whoever asked for them; the API's answers do not wait for that."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def tell(self, record: Record, event: str, fault: Fault | None = None) -> None:
        """Tell about ``event`` of a transaction, as often and as late as the fault says."""
        kind = fault.kind if fault else None
        url = _address(record, event)
        if not url or kind is CloudKind.HOOK_NEVER:
            return
        references = [record.reference]
        if kind is CloudKind.HOOK_TWICE:
            references *= 2
        elif kind is CloudKind.HOOK_STRANGER:
            references.append(_STRANGER)
        late = fault.seconds if fault and kind is CloudKind.HOOK_LATE else 0.0
        task = asyncio.get_running_loop().create_task(_send(url, references, late))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


def _address(record: Record, event: str) -> str:
    """Where to tell it: notifications replace the webhook, and only they tell of terminal texts (chapter 2.9)."""
    asked = record.asked
    wanted = asked.get("notificationRequests")
    if isinstance(wanted, list):
        return next(
            (str(each.get("url")) for each in wanted if isinstance(each, dict) and each.get("type") == event), ""
        )
    return str(asked.get("webhookUrl", "")) if event == STATUS_CHANGED else ""


async def _send(url: str, references: list[str], late: float) -> None:
    await asyncio.sleep(late)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE)) as session:
        for each in references:
            try:
                async with session.post(url, json={"id": each}) as answer:
                    await answer.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                logger.info("a webhook was not taken: %s", type(error).__name__)
