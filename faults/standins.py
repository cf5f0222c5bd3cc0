"""What is put in the place of what, so that the product runs on virtual time and in-memory wires."""

from __future__ import annotations

import asyncio
import json
import os
import random
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import RequestFactory
from requests.adapters import HTTPAdapter
from urllib3 import connection as urllib3
from urllib3.util import connection as urllib3_sockets

from faults.serials import Serials
from faults.sockets import Selector, Sockets
from faults.threads import OfEachProcess, Threading
from faults.till import Line
from hardware import bus, terminals
from hardware.charger.ocpp16 import consumer
from hardware.terminal import http
from hardware.terminal.ccv import conversation as ccv
from hardware.terminal.ccv.simulator import cloud, hooks
from hardware.terminal.opi import asking
from hardware.terminal.opi import transport as opi
from hardware.terminal.registry import open_terminal
from hardware.terminal.zvt import conversation, serial_port, tcp
from hardware.terminal.zvt import driver as zvt
from payments import attending, execution, leases, wakeups, webhooks

if TYPE_CHECKING:
    from faults.world import World

#: A quiet terminal is asked how it is less often than in the product, or a history would be little else.
_POLL_S = 300
#: And so are a terminal's texts and the driver's change of mind: a wake-up brings most of these at once.
_ATTENDED_S = 5.0

Replaced = list[tuple[Any, str, Any]]


def replaced(world: World) -> Replaced:
    """Where, which name, and what is found there during a history."""
    chance = random.Random(world.plan.seed)
    box, network = world.box, world.network
    drivers: OfEachProcess[Any, Any] = OfEachProcess()
    attended: OfEachProcess[Any, Any] = OfEachProcess()
    for forget in (drivers.forget, attended.forget, network.died):
        box.on_death(forget)

    threading = Threading(world.scheduler)

    def clock() -> float:
        return world.scheduler.now

    return [
        (os, "urandom", chance.randbytes),
        (random, "_urandom", chance.randbytes),
        (wakeups, "current_app", SimpleNamespace(send_task=box.send_task)),
        (bus, "_sender", box),
        (bus, "listen", box.listen),
        (consumer, "in_database", box.in_database),
        (consumer, "monotonic", clock),
        (terminals, "_open", drivers),
        (terminals, "open_terminal", partial(open_terminal, clock=clock)),
        (attending, "_here", attended),
        (attending, "PAUSE", _ATTENDED_S),
        (settings, "TERMINAL_POLL_SECONDS", _POLL_S),
        (settings, "FIELD_KEYS", list(settings.FIELD_KEYS)),
        (settings, "FINGERPRINT_KEYS", list(settings.FINGERPRINT_KEYS)),
        *((place, "threading", threading) for place in _THREADED),
        (http, "HTTPAdapter", Line if world.plan.terminal == "payproxy" else HTTPAdapter),
        (http, "time", SimpleNamespace(monotonic=clock)),
        (urllib3_sockets, "create_connection", Sockets(network).create_connection),
        (urllib3, "wait_for_read", lambda connection, timeout: connection.is_ready),
        (cloud, "time", SimpleNamespace(monotonic=clock, time=lambda: world.true_time().timestamp())),
        (hooks, "_send", partial(_hint, world)),
        (webhooks, "cache", SimpleNamespace(add=lambda *_: True)),
        (tcp, "socket", Sockets(network)),
        (serial_port, "serial", Serials(network)),
        (serial_port.SerialPort, "_is_current", lambda driver, port: port.is_current),
        (opi, "socket", Sockets(network)),
        (opi, "selectors", SimpleNamespace(DefaultSelector=partial(Selector, network), EVENT_READ=1)),
    ]


_THREADED = (leases, execution, attending, conversation, zvt, asking, ccv)


async def _hint(world: World, url: str, references: list[str], late: float) -> None:
    """CCV calls us: the web process takes it, if it is there."""
    await asyncio.sleep(late + world.network.delay())
    terminal = int(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    for each in references:
        request = RequestFactory().post(url, json.dumps({"id": each}), content_type="application/json")
        world.box.request(partial(webhooks.hint, request, terminal), "hint")
