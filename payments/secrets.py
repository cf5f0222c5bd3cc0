"""What must not be readable in the database: encrypted where we need it back, fingerprinted where we only compare.

Keys come from the settings, newest first. The newest writes; all of them read, so that a key is changed by putting a
new one in front and taking the old one away when nothing needs it any more (payments.rotation tells when). What a key
has written begins with the key's id, so the database can count what hangs on which key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from hardware.terminal.interface import Handle

#: Characters of a key's id, which stands in front of everything that the key has written, with a colon between them.
KEY_ID_LENGTH = 8


class Unreadable(Exception):
    """A sealed text that none of the keys opens: the key was lost, or the text was changed."""


def key_id(key: str) -> str:
    """Tells keys apart, and tells nothing about them: KEY_ID_LENGTH characters."""
    return _text(hmac.digest(key.encode(), b"key id", hashlib.sha256))[:KEY_ID_LENGTH]


def seal(text: str) -> str:
    """Encrypt ``text`` with the newest key."""
    newest: str = settings.FIELD_KEYS[0]
    return f"{key_id(newest)}:{_fernet(newest).encrypt(text.encode()).decode()}"


def unseal(sealed: str) -> str:
    """The text that was sealed. Raises Unreadable."""
    wanted, _, encrypted = sealed.partition(":")
    for key in settings.FIELD_KEYS:
        if key_id(key) == wanted:
            return _open(key, encrypted)
    raise Unreadable("the key that sealed it is not in FIELD_KEY")


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
    return f"{key_id(key)}:{_text(digest)}"


def _text(digest: bytes) -> str:
    """Base 64, because hexadecimal has runs of digits that look like card numbers."""
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _open(key: str, encrypted: str) -> str:
    try:
        return _fernet(key).decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise Unreadable("it was changed after it was sealed") from None


@lru_cache
def _fernet(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tapcharge sealed fields").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
