"""Who may open a kiosk's page, in which language, and what its browser may load."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_cache_control

from kiosk import enrolment
from kiosk.models import Kiosk

P = ParamSpec("P")

LANGUAGE_COOKIE = "tapcharge_language"
#: Only what comes from this box, no script and no style inside a page.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
    )
)


def kiosk_page(
    view: Callable[Concatenate[HttpRequest, Kiosk, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Call ``view(request, kiosk, ...)`` for an enrolled browser, in the language chosen at it; refuse any other."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        enrolled, is_new = enrolment.recognise(request)
        if enrolled is None:
            return not_enrolled(request)
        language = chosen_language(request, enrolled.kiosk)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = sealed(view(request, enrolled.kiosk, *args, **kwargs))
        if is_new:
            enrolment.set_cookie(response, enrolled)
        return response

    return guarded


def not_enrolled(request: HttpRequest, *, problem: str = "", status: int = 403) -> HttpResponse:
    """The polite refusal, with a field for the code."""
    return sealed(render(request, "kiosk/not_enrolled.html", {"problem": problem}, status=status))


def chosen_language(request: HttpRequest, kiosk: Kiosk) -> str:
    """What the driver chose at this browser, else the kiosk's first language."""
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in dict(settings.LANGUAGES) else kiosk.language


def sealed(response: HttpResponse, *, policy: str = POLICY) -> HttpResponse:
    """``response`` with the policy of what its page may load, kept by no cache."""
    response.headers["Content-Security-Policy"] = policy
    patch_cache_control(response, no_store=True)
    return response
