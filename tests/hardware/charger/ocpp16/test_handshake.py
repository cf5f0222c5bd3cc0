"""Who may connect, and which socket speaks for a charge point."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import OperationalError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from hardware import chargers, outbox
from hardware.charger.ocpp16.admission import Admitted
from hardware.charger.ocpp16.consumer import ChargePointConsumer
from hardware.models import ChargePoint
from tests.hardware.charger.central import Wire, basic, dialled
from tests.hardware.charger.conftest import KEY
from tests.support.waiting import eventually

RAW = bytes.fromhex(KEY)


def knock(central: str, identity: str, headers: dict[str, str], subprotocol: str | None = "ocpp1.6") -> int:
    """The status that answers a handshake; 101 for a welcome."""
    subprotocols = [Subprotocol(subprotocol)] if subprotocol else None
    try:
        with connect(f"{central}/{identity}", subprotocols=subprotocols, additional_headers=headers):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize("password", [KEY.encode(), KEY.upper().encode(), RAW])
def test_the_key_is_taken_as_bytes_and_as_hexadecimal_text(
    password: bytes, central: str, charge_point: ChargePoint
) -> None:
    assert knock(central, "CP001", basic("CP001", password)) == 101
    eventually(lambda: not ChargePoint.objects.get().is_connected)


def test_a_key_that_is_text_is_taken_too(central: str, charge_point: ChargePoint) -> None:
    chargers.set_key(charge_point, "quite a long password")
    assert knock(central, "CP001", basic("CP001", b"quite a long password")) == 101
    assert knock(central, "CP001", basic("CP001", b"quite a long passwort")) == 401
    eventually(lambda: not ChargePoint.objects.get().is_connected)


def test_an_identity_may_hold_colons(central: str, charge_point: ChargePoint) -> None:
    ChargePoint.objects.update(identity="NL:TC:1")
    assert knock(central, "NL:TC:1", basic("NL:TC:1", RAW)) == 101
    eventually(lambda: not ChargePoint.objects.get().is_connected)


@pytest.mark.parametrize(
    ("identity", "headers", "subprotocol", "status"),
    [
        ("NOBODY", basic("NOBODY", RAW), "ocpp1.6", 404),
        ("CP001", basic("CP001", b"another key of mine"), "ocpp1.6", 401),
        ("CP001", basic("CP002", RAW), "ocpp1.6", 401),
        ("CP001", basic("CP001", b""), "ocpp1.6", 401),
        ("CP001", {"Authorization": "Basic ???"}, "ocpp1.6", 401),
        ("CP001", {"Authorization": f"Bearer {KEY}"}, "ocpp1.6", 401),
        ("CP001", {}, "ocpp1.6", 401),
        ("CP001", basic("CP001", RAW), "ocpp2.0.1", 400),
        ("CP001", basic("CP001", RAW), None, 400),
    ],
)
def test_anybody_else_is_refused_at_the_handshake(
    identity: str,
    headers: dict[str, str],
    subprotocol: str | None,
    status: int,
    central: str,
    charge_point: ChargePoint,
) -> None:
    assert knock(central, identity, headers, subprotocol) == status
    assert not ChargePoint.objects.get().is_connected


def test_a_charge_point_that_is_switched_off_or_has_no_key_is_refused(central: str, charge_point: ChargePoint) -> None:
    ChargePoint.objects.update(enabled=False)
    assert knock(central, "CP001", basic("CP001", RAW)) == 403
    ChargePoint.objects.update(enabled=True, key_hash="")
    assert knock(central, "CP001", basic("CP001", RAW)) == 401


def test_the_key_is_not_kept_as_it_is(charge_point: ChargePoint) -> None:
    assert KEY not in charge_point.key_hash
    first = chargers.new_key(charge_point)
    assert chargers.check_key(charge_point, bytes.fromhex(first))
    assert not chargers.check_key(charge_point, KEY.encode())
    with pytest.raises(ValueError, match="16 characters"):
        chargers.set_key(charge_point, "short")


def test_the_newest_socket_speaks_and_the_old_one_goes_without_a_trace(
    dial: Callable[[], Wire], charge_point: ChargePoint
) -> None:
    old = dial()
    old.call("Heartbeat", {})
    new = dial()
    new.call("Heartbeat", {})
    assert old.closed_with() == 4001
    charge_point.refresh_from_db()
    assert charge_point.is_connected
    assert charge_point.disconnected_at is None
    new.hang_up()
    eventually(lambda: not ChargePoint.objects.get().is_connected)
    assert ChargePoint.objects.get().disconnected_at is not None


def test_a_connection_is_noted_while_it_lasts(central: str, charge_point: ChargePoint) -> None:
    with dialled(central, "CP001", KEY) as wire:
        wire.call("Heartbeat", {})
        charge_point.refresh_from_db()
        assert charge_point.is_connected
        assert charge_point.last_seen_at == charge_point.connected_at
    eventually(lambda: not ChargePoint.objects.get().is_connected)


async def test_a_socket_stays_while_the_database_cannot_tell_who_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> bool:
        raise OperationalError("database is locked")

    consumer = ChargePointConsumer()
    consumer.who = Admitted(1, "CP001", 10, 90, (1,))
    consumer.connection, consumer._open = "older", True
    monkeypatch.setattr(outbox, "speaks", locked)
    await consumer._check_place()
    assert consumer._open
