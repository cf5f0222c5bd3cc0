"""Which browsers may act as a kiosk: those that were enrolled once with a code from the admin, until revoked.

The browser keeps a signed cookie with the id of its Enrolment. In demo mode, and only then, a browser on the same
machine needs no code.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from hardware import bus
from hardware.redaction import redact
from kiosk.models import Enrolment, EnrolmentCode, Kiosk

COOKIE = "tapcharge_kiosk"
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
CODE_LIFE = timedelta(minutes=15)
TRIES_PER_MINUTE = 5
COOKIE_LIFE = timedelta(days=5 * 365)
DEMO_BROWSER = "demo"
_SALT = "kiosk.enrolment"
_SEEN_EVERY = timedelta(minutes=10)
#: What a proxy adds; a request with any of these does not come from a browser on this machine.
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_X_FORWARDED_HOST", "HTTP_VIA")


def new_code(kiosk: Kiosk, user: User | None, now: datetime) -> str:
    """A code that enrols one browser as ``kiosk`` within 15 minutes. It is shown once; only its hash is kept."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    EnrolmentCode.objects.create(
        kiosk=kiosk, code_hash=_hash(code), created_by=user, created_at=now, expires_at=now + CODE_LIFE
    )
    return code


def enrol(code: str, browser: str, now: datetime) -> Enrolment | None:
    """The enrolment that ``code`` grants; None when it is unknown, used or too old."""
    with transaction.atomic():
        codes = EnrolmentCode.objects.filter(code_hash=_hash(code), used_at__isnull=True, expires_at__gt=now)
        found = codes.select_related("kiosk").first()
        if found is None or not codes.update(used_at=now):
            return None
        return Enrolment.objects.create(
            kiosk=found.kiosk, browser=redact(browser)[:200], created_at=now, last_seen_at=now
        )


def revoke(enrolment: Enrolment, now: datetime) -> bool:
    """End an enrolment; its open pages close. False when it had ended before."""
    with transaction.atomic():
        done = Enrolment.objects.filter(pk=enrolment.pk, revoked_at__isnull=True).update(revoked_at=now)
        bus.publish("site", enrolment.kiosk.site_id)
    return bool(done)


def may_try(address: str) -> bool:
    """Whether this address may try another code; at most five a minute."""
    key = f"enrol:{address}"
    cache.add(key, 0, timeout=60)
    try:
        return cache.incr(key) <= TRIES_PER_MINUTE
    except ValueError:  # it lapsed between the two lines
        return True


def read_cookie(cookies: Mapping[str, str]) -> Enrolment | None:
    """The enrolment that the cookies of a request or a websocket name, revoked or not; None when they name none."""
    try:
        number = int(signing.loads(cookies.get(COOKIE, ""), salt=_SALT, max_age=COOKIE_LIFE))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return Enrolment.objects.select_related("kiosk__site", "kiosk__terminal").filter(pk=number).first()


def set_cookie(response: HttpResponse, enrolment: Enrolment) -> None:
    """Make the browser that gets ``response`` remember its enrolment."""
    response.set_cookie(
        COOKIE,
        signing.dumps(enrolment.pk, salt=_SALT),
        max_age=COOKIE_LIFE,
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def recognise(request: HttpRequest) -> tuple[Enrolment | None, bool]:
    """The enrolment with which this browser acts (None: polite refusal), and whether it was made just now."""
    enrolment = read_cookie(request.COOKIES)
    if enrolment is None:
        return (_demo_enrolment(), True) if _may_enrol_itself(request.META) else (None, False)
    if enrolment.revoked_at is not None:
        return None, False
    _note_seen(enrolment, timezone.now())
    return enrolment, False


def current_kiosk(request: HttpRequest) -> Kiosk | None:
    """The kiosk that this browser is."""
    enrolment, _ = recognise(request)
    return enrolment.kiosk if enrolment else None


def revoked_among(enrolments: Iterable[int]) -> set[int]:
    """The ids among ``enrolments`` that may not act as a kiosk any more."""
    wanted = set(enrolments)
    rows = Enrolment.objects.filter(pk__in=wanted, revoked_at__isnull=True)
    return wanted - set(rows.values_list("pk", flat=True))


def _may_enrol_itself(meta: Mapping[str, Any]) -> bool:
    """Whether the request comes from a browser on this very machine, in demo mode."""
    if not settings.DEMO or any(name in meta for name in _FORWARDED):
        return False
    try:
        return ip_address(meta.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _demo_enrolment() -> Enrolment | None:
    """One enrolment for every browser of the demo, as the first kiosk; anew after it was revoked."""
    kiosk = Kiosk.objects.select_related("site", "terminal").order_by("pk").first()
    if kiosk is None:
        return None
    rows = Enrolment.objects.filter(kiosk=kiosk, browser=DEMO_BROWSER, revoked_at__isnull=True)
    now = timezone.now()
    enrolment = rows.first() or Enrolment.objects.create(
        kiosk=kiosk, browser=DEMO_BROWSER, created_at=now, last_seen_at=now
    )
    enrolment.kiosk = kiosk
    return enrolment


def _note_seen(enrolment: Enrolment, now: datetime) -> None:
    if now - enrolment.last_seen_at > _SEEN_EVERY:
        Enrolment.objects.filter(pk=enrolment.pk).update(last_seen_at=now)


def _hash(code: str) -> str:
    """Codes are read out over the phone: case, spaces and dashes do not count."""
    tidy = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"{settings.SECRET_KEY}:{tidy}".encode()).hexdigest()
