"""The three pages of a visit: connectors, one connector's price, one session."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from kiosk.lifecycle import HOLDS_CONNECTOR
from kiosk.models import Kiosk, Session
from kiosk.rendering import render as render_screen
from kiosk.screens import HOME, Kind, Screen
from kiosk.snapshots import Gone, take
from kiosk.views.guard import LANGUAGE_COOKIE, chosen_language, kiosk_page


@require_safe
@kiosk_page
def home(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """All connectors of the site."""
    return page(request, kiosk, HOME)


@require_safe
@kiosk_page
def start(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """The end of a visit: the next driver finds the kiosk's own language."""
    response = redirect("kiosk:home")
    response.delete_cookie(LANGUAGE_COOKIE)
    return response


@require_safe
@kiosk_page
def connector(request: HttpRequest, kiosk: Kiosk, offer_id: int) -> HttpResponse:
    """The price of a connector, or the session that holds it."""
    running = Session.objects.filter(site=kiosk.site_id, connector__offer=offer_id, state__in=HOLDS_CONNECTOR)
    if session := running.first():
        return redirect("kiosk:session", session.public_id)
    return page(request, kiosk, Screen(Kind.OFFER, str(offer_id)))


@require_safe
@kiosk_page
def session(request: HttpRequest, kiosk: Kiosk, public_id: str) -> HttpResponse:
    """One session, live. ``?seen=`` waves away the result of a stop card."""
    seen = request.GET.get("seen", "0")
    dismissed = int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= 18 else 0
    return page(request, kiosk, Screen(Kind.SESSION, public_id, dismissed))


def page(
    request: HttpRequest, kiosk: Kiosk, screen: Screen, *, problem: str = "", entered: str = "", status: int = 200
) -> HttpResponse:
    """The whole page around ``screen``. Raises Http404 when there is nothing to show."""
    try:
        snapshot = take(kiosk, screen, timezone.now())
    except Gone as error:
        raise Http404 from error
    language = get_language() or kiosk.language
    context: dict[str, Any] = {
        "kiosk": kiosk,
        "site": kiosk.site,
        "snapshot": snapshot,
        "screen_name": str(screen),
        "screen_html": render_screen(snapshot, language, problem=problem, entered=entered),
        "language": language,
        "languages": settings.LANGUAGES,  # each in its own words, whatever the language of the page
        "is_first_language": chosen_language(request, kiosk) == kiosk.language,
        "now": timezone.now(),
    }
    return render(request, "kiosk/page.html", context, status=status)
