"""An enrolled browser at a site of its own."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from kiosk import enrolment
from kiosk.models import Enrolment, Kiosk
from tests.kiosk.web import scenes

#: A browser that is not on this machine, so the demo does not enrol it.
ELSEWHERE = "203.0.113.7"


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def scene(db: None) -> scenes.Place:
    return scenes.place(timezone.now())


@pytest.fixture
def stranger(db: None) -> Client:
    """A browser that nobody enrolled."""
    return Client(REMOTE_ADDR=ELSEWHERE)


@pytest.fixture
def driver(scene: scenes.Place) -> Client:
    """The enrolled browser of the kiosk."""
    client = Client(REMOTE_ADDR=ELSEWHERE)
    client.cookies[enrolment.COOKIE] = cookie_of(enrolled(scene.kiosk, scene.now))
    return client


def enrolled(kiosk: Kiosk, now: datetime) -> Enrolment:
    """A fresh enrolment."""
    return Enrolment.objects.create(kiosk=kiosk, browser="test", created_at=now, last_seen_at=now)


def cookie_of(of: Enrolment) -> str:
    """What the browser of an enrolment sends."""
    response = HttpResponse()
    enrolment.set_cookie(response, of)
    return response.cookies[enrolment.COOKIE].value
