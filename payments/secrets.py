"""What must not be readable in the database: encrypted where we need it back, fingerprinted where we only compare.

Keys come from the settings, newest first. The newest writes; all of them read, so that a key is changed by putting a
new one in front and taking the old one away when nothing needs it any more.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from hardware.terminal.interface import Handle


class Unreadable(Exception):
    """A sealed text that none of the keys opens: the key was lost, or the text was changed."""


def seal(text: str) -> str:
    """Encrypt ``text`` with the newest key."""
    return _fernet(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text that was sealed. Raises Unreadable."""
    try:
        return _fernet(tuple(settings.FIELD_KEYS)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable("none of the keys in FIELD_KEY opens it") from None


def seal_handle(handle: Handle) -> str:
    """Encrypt a handle as a whole."""
    return seal(json.dumps(asdict(handle)))


def unseal_handle(sealed: str) -> Handle:
    """The handle that was sealed. Raises Unreadable."""
    return Handle(**json.loads(unseal(sealed)))


def fingerprint(kind: str, value: str) -> str:
    """What ``value`` (a card token, a PAR) looks like in the database, by the newest key. 52 characters.

    Equal for equal ``kind`` and ``value``; says nothing about the value to whoever has no key.
    """
    return _fingerprint(settings.FINGERPRINT_KEYS[0], kind, value)


def fingerprints(kind: str, value: str) -> list[str]:
    """The fingerprint by every key, newest first, to look up what an older key wrote."""
    return [_fingerprint(key, kind, value) for key in settings.FINGERPRINT_KEYS]


def _fingerprint(key: str, kind: str, value: str) -> str:
    digest = hmac.digest(key.encode(), f"{kind}\0{value}".encode(), hashlib.sha256)
    return f"{_key_id(key)}:{_text(digest)}"


@lru_cache
def _key_id(key: str) -> str:
    """Tells keys apart, and tells nothing about them."""
    return _text(hmac.digest(key.encode(), b"key id", hashlib.sha256))[:8]


def _text(digest: bytes) -> str:
    """Base 64, because hexadecimal has runs of digits that look like card numbers."""
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@lru_cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(key))) for key in keys])


def _derive(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tapcharge sealed fields").derive(key.encode())
