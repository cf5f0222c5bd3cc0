"""Who may connect: decided from the handshake alone (OCPP-J 1.6, 3; security profiles 1 and 2)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hardware.charger.ocpp16.protocol import SUBPROTOCOL
from hardware.keys import check_key
from hardware.models import ChargePoint, Connector


class AdmissionError(Exception):
    """The handshake is answered with ``status``."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a connection needs to know of its charge point."""

    charge_point_id: int
    identity: str
    sample_interval_s: int
    silent_after_s: int
    connectors: tuple[int, ...]


def admit(identity: str, subprotocols: Sequence[str], headers: Iterable[tuple[bytes, bytes]]) -> Admitted:
    """The charge point that dials in. Raises AdmissionError: 400 subprotocol, 404 unknown, 403 disabled, 401 wrong key."""
    if SUBPROTOCOL not in subprotocols:
        raise AdmissionError(400, f"the subprotocol {SUBPROTOCOL} is needed")
    charge_point = ChargePoint.objects.filter(identity=identity).first()
    if charge_point is None:
        raise AdmissionError(404, "unknown charge point")
    if not charge_point.enabled:
        raise AdmissionError(403, "this charge point is switched off here")
    if not check_key(charge_point, _password(identity, headers)):
        raise AdmissionError(401, "wrong user name or key")
    return Admitted(
        charge_point_id=charge_point.pk,
        identity=identity,
        sample_interval_s=charge_point.sample_interval_s,
        silent_after_s=charge_point.silent_after_s,
        connectors=tuple(Connector.objects.filter(charge_point=charge_point).values_list("number", flat=True)),
    )


def _password(identity: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The password of HTTP Basic, raw bytes; empty when the user name is not ``identity`` (which may hold colons)."""
    header = next((value for name, value in headers if name.lower() == b"authorization"), b"")
    scheme, _, credentials = header.partition(b" ")
    if scheme.lower() != b"basic":
        return b""
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True)
    except binascii.Error:
        return b""
    user = identity.encode() + b":"
    return decoded.removeprefix(user) if decoded.startswith(user) else b""
