"""What the virtual cloud refuses as CCV would, what it tells by itself, and how it comes back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from moneyed import Money

from hardware.terminal.interface import Handle, NotSent, Outcome, PaymentTerminal, Reason, Verb
from hardware.terminal.registry import open_terminal
from tests.hardware.terminal.ccv.cloud import KEY_FILE, PROFILE, started, url
from tests.hardware.terminal.simulated import PATIENCE, Simulator
from tests.support.waiting import eventually

FORTY, TAKEN, ALMOST = Money("40.00", "EUR"), Money("10.00", "EUR"), Money("12.00", "EUR")
KEY = Path(KEY_FILE).read_text(encoding="ascii").strip()

_ids = count(1)


def held(terminal: PaymentTerminal, simulator: Simulator) -> Handle:
    simulator.card()
    found = terminal.authorise(request_id=next(_ids), key=uuid4(), amount=FORTY, language="en").handle
    assert found is not None
    return found


def call(simulator: Simulator, path: str, body: dict[str, object], key: str = KEY, **headers: str) -> Any:
    answer = requests.post(
        f"{simulator.url}/api/v1{path}",
        json=body,
        auth=(key, ""),
        headers={"Connection": "close", **headers},
        timeout=PATIENCE,
    )
    return answer.status_code, answer.json()


def test_a_stranger_and_another_body_under_the_same_reference_are_refused(
    terminal: PaymentTerminal, simulator: Simulator
) -> None:
    body: dict[str, object] = {"reference": held(terminal, simulator).reference, "description": "mine"}
    assert call(simulator, "/reversal", body, key="nobody")[0] == 401
    same = {"Idempotency-Reference": str(uuid4())}
    first = call(simulator, "/reversal", body, **same)
    assert call(simulator, "/reversal", body, **same) == first
    assert call(simulator, "/reversal", body | {"description": "other"}, **same)[0] == 400


def test_a_hold_is_reversed_once(terminal: PaymentTerminal, simulator: Simulator) -> None:
    handle = held(terminal, simulator)
    again: dict[str, Any] = {"currency": "EUR", "handle": handle, "reason": Reason.NOT_STARTED}
    assert terminal.release(request_id=next(_ids), key=uuid4(), **again).outcome is Outcome.APPROVED
    refused = terminal.release(request_id=next(_ids), key=uuid4(), **again)
    assert (refused.outcome, refused.reason) == (Outcome.DECLINED, "rejected")


def test_ccv_gives_back_up_to_120_percent_and_the_driver_no_more_than_was_captured(
    terminal: PaymentTerminal, simulator: Simulator
) -> None:
    handle = held(terminal, simulator)
    number = next(_ids)
    terminal.capture(request_id=number, key=uuid4(), amount=TAKEN, handle=handle, reason=Reason.NORMAL_END)
    ours = terminal.refund(request_id=next(_ids), key=uuid4(), amount=ALMOST, handle=handle)
    assert (ours.outcome, ours.reason) == (Outcome.DECLINED, "above_captured")
    listed = requests.get(
        f"{simulator.url}/api/v1/transaction?originalReferences={handle.reference}", auth=(KEY, ""), timeout=PATIENCE
    ).json()
    asked: dict[str, object] = {"reference": listed[-1]["reference"], "description": "theirs"}
    assert call(simulator, "/refund", asked | {"amount": "12.01"})[1]["failureCode"] == "refund_limit"
    assert call(simulator, "/refund", asked | {"amount": "12.00"})[1]["status"] == "success"
    assert terminal.refund(request_id=next(_ids), key=uuid4(), amount=TAKEN, handle=handle).reason == "above_captured"


def test_what_was_never_captured_cannot_be_given_back(terminal: PaymentTerminal, simulator: Simulator) -> None:
    with pytest.raises(NotSent) as caught:
        terminal.refund(request_id=next(_ids), key=uuid4(), amount=TAKEN, handle=held(terminal, simulator))
    assert caught.value.reason == "no_capture"


def test_a_refund_that_needs_the_card_is_declined_as_that(terminal: PaymentTerminal, simulator: Simulator) -> None:
    handle = held(terminal, simulator)
    terminal.capture(request_id=next(_ids), key=uuid4(), amount=TAKEN, handle=handle, reason=Reason.NORMAL_END)
    simulator.fault("refund", "needs_terminal")
    refused = terminal.refund(request_id=next(_ids), key=uuid4(), amount=TAKEN, handle=handle)
    assert (refused.outcome, refused.reason) == (Outcome.DECLINED, "needs_terminal")


def test_a_failure_code_that_nobody_has_heard_of_is_the_reason(terminal: PaymentTerminal, simulator: Simulator) -> None:
    simulator.fault("authorise", "unknown_failure", reason="moon_in_the_wrong_phase")
    result = terminal.authorise(request_id=next(_ids), key=uuid4(), amount=FORTY, language="en")
    assert (result.outcome, result.reason) == (Outcome.DECLINED, "moon_in_the_wrong_phase")


def test_a_capture_is_found_among_many_pages_of_others(terminal: PaymentTerminal, simulator: Simulator) -> None:
    handle = held(terminal, simulator)
    wanted = next(_ids)
    for number in (wanted, *(next(_ids) for _ in range(25))):
        terminal.capture(request_id=number, key=uuid4(), amount=TAKEN, handle=handle, reason=Reason.NORMAL_END)
    found = terminal.recover(request_id=wanted, verb=Verb.CAPTURE, amount=TAKEN).result
    assert found is not None
    assert (found.outcome, found.amount) == (Outcome.APPROVED, TAKEN)
    last = terminal.recover(request_id=next(_ids) - 1, verb=Verb.CAPTURE, amount=TAKEN).result
    assert last is not None
    assert last.outcome is Outcome.DECLINED


def test_the_text_on_the_terminal_is_told_while_it_waits(terminal: PaymentTerminal, simulator: Simulator) -> None:
    asked = threading.Thread(
        target=terminal.authorise,
        kwargs={"request_id": next(_ids), "key": uuid4(), "amount": FORTY, "language": "nl"},
    )
    asked.start()
    simulator.wait_for("card")
    assert terminal.display_text(language="nl") == "Houd uw kaart of telefoon voor de lezer"
    terminal.abort()
    asked.join(PATIENCE)
    assert terminal.display_text(language="nl") == ""


def test_what_was_done_survives_the_cloud_and_what_waited_has_failed(tmp_path: Path) -> None:
    with started(tmp_path) as simulator:
        terminal = open_terminal(url(simulator), PROFILE)
        handle = held(terminal, simulator)
        number = next(_ids)
        terminal.capture(request_id=number, key=uuid4(), amount=TAKEN, handle=handle, reason=Reason.NORMAL_END)
        call(simulator, "/payment", _payment("12345678-R77"))
        simulator.wait_for("card")
    with started(tmp_path) as simulator:
        terminal = open_terminal(url(simulator), PROFILE)
        done = terminal.recover(request_id=number, verb=Verb.CAPTURE, amount=TAKEN).result
        lost = terminal.recover(request_id=77, verb=Verb.AUTHORISE, amount=FORTY).result
        assert done is not None
        assert lost is not None
        assert (done.outcome, lost.outcome, lost.reason) == (Outcome.APPROVED, Outcome.DECLINED, "processing_error")


def _payment(order: str) -> dict[str, object]:
    return {
        "transactionType": "authorise",
        "method": "terminal",
        "amount": "40.00",
        "currency": "eur",
        "language": "eng",
        "merchantOrderReference": order,
        "details": {"terminalId": "12345678"},
    }


@pytest.fixture
def kiosk() -> Iterator[tuple[str, list[tuple[str, object]]]]:
    """Where the cloud's hints go, and what came."""
    came: list[tuple[str, object]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that it has there
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook/", came
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("fault", "hints"), [("", 1), ("hook_twice", 2), ("hook_stranger", 2)])
def test_the_kiosk_is_told_of_every_change_by_reference_alone(
    simulator: Simulator, kiosk: tuple[str, list[tuple[str, object]]], fault: str, hints: int
) -> None:
    where, came = kiosk
    terminal = open_terminal(url(simulator), PROFILE | {"webhook_url": where})
    if fault:
        simulator.fault("authorise", fault)
    handle = held(terminal, simulator)
    eventually(lambda: len(came) >= hints, what="the hints came")
    path, body = came[0]
    assert (path.partition("?request=")[0], body) == ("/hook/", {"id": handle.reference})
    assert len(came) == hints
    terminal.close()


def test_notifications_tell_of_the_terminals_texts_too(
    simulator: Simulator, kiosk: tuple[str, list[tuple[str, object]]]
) -> None:
    where, came = kiosk
    terminal = open_terminal(url(simulator), PROFILE | {"webhook_url": where, "notifications": True})
    simulator.fault("authorise", "hook_never")
    held(terminal, simulator)
    eventually(lambda: came, what="the terminal's text was told, the change of status never")
    terminal.close()
