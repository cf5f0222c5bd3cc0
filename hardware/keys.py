"""The keys with which charge points sign in (OCPP 1.6 security profiles 1 and 2, HTTP Basic).

A key is kept as a salted hash of its hexadecimal form. A charge point may send the bytes of the key or its hexadecimal
text: firmwares differ, so either form of the one configured key is accepted (reference: OCPP 1.6J, security profiles).
"""

from __future__ import annotations

import re
import secrets

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from hardware.models import ChargePoint

#: A key has 128 bits of chance, so stretching it adds little: this many rounds cost a few milliseconds.
_ROUNDS = 20_000
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
SHORTEST = 16


def new_key(charge_point: ChargePoint) -> str:
    """Give the charge point a fresh random key and return it (32 hexadecimal digits), for the only time."""
    key = secrets.token_hex(16)
    set_key(charge_point, key)
    return key


def set_key(charge_point: ChargePoint, key: str) -> None:
    """Let the charge point sign in with ``key``, text or hexadecimal. Raises ValueError below 16 characters."""
    if len(key) < SHORTEST:
        raise ValueError(f"a charge point's key has at least {SHORTEST} characters")
    digits = key if _HEX.fullmatch(key) else key.encode().hex()
    hasher = PBKDF2PasswordHasher()
    charge_point.key_hash = hasher.encode(digits.lower(), hasher.salt(), iterations=_ROUNDS)
    charge_point.save(update_fields=["key_hash"])


def check_key(charge_point: ChargePoint, presented: bytes) -> bool:
    """Whether ``presented`` is the key, as bytes or as hexadecimal text. Without a configured key nothing fits."""
    if not charge_point.key_hash or not presented:
        return False
    forms = {presented.hex()}
    text = presented.decode("latin-1")
    if _HEX.fullmatch(text):
        forms.add(text.lower())
    return any(PBKDF2PasswordHasher().verify(form, charge_point.key_hash) for form in sorted(forms))
