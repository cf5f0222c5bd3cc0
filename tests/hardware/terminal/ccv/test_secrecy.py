"""Nothing that names a transaction of CCV's reaches a log, whatever the cloud answers."""

from __future__ import annotations

import traceback

import pytest

from hardware.terminal.ccv.conversation import Conversation
from hardware.terminal.ccv.keys import Key
from hardware.terminal.ccv.record import read_profile
from hardware.terminal.ccv.transport import Transport
from hardware.terminal.interface import TerminalError
from tests.hardware.terminal.payproxy.test_transport import Peer, http
from tests.support.planted import everything_logged

REFERENCE = "TL-very-secret-reference"


@pytest.mark.parametrize(
    "raw",
    [b"", http("500 Oops"), http("200 OK", b"{}"), b"HTTP/1.1 200 OK\r\nConte\r\n\r\n{}"],
    ids=["nothing", "an error", "another", "broken headers"],
)
def test_no_error_and_no_log_line_holds_a_reference(raw: bytes) -> None:
    peer, profile = Peer(raw), read_profile({})
    transport = Transport(f"http://{peer.address}", profile, Key("t_key"))
    with everything_logged() as logged, pytest.raises(TerminalError) as caught:
        Conversation(transport, profile).read(REFERENCE)
    transport.close()
    peer.close()
    assert REFERENCE.encode() in peer.requests[0]
    assert REFERENCE not in logged.getvalue() + "".join(traceback.format_exception(caught.value))
