"""What a driver does at the kiosk. Every action ends in a page that can be loaded again without doing it twice."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from kiosk import visits
from kiosk.lifecycle import HOLDS_CONNECTOR
from kiosk.models import Kiosk, Offer, Session, StopAttempt
from kiosk.screens import Kind, Screen
from kiosk.views.guard import LANGUAGE_COOKIE, kiosk_page
from kiosk.views.pages import page


@require_POST
@kiosk_page
def pay(request: HttpRequest, kiosk: Kiosk, offer_id: int) -> HttpResponse:
    """Hold the chosen amount: on to the session that asks for the card, or back to the price with the reason."""
    offer = get_object_or_404(
        Offer.objects.select_related("connector__charge_point", "tariff", "site"), pk=offer_id, site=kiosk.site_id
    )
    chosen, typed = request.POST.get("hold", ""), request.POST.get("other", "").strip()
    entered = typed if chosen in ("", "other") else chosen
    try:
        session = visits.begin(
            kiosk=kiosk,
            connector=offer.connector,
            hold=visits.parse_hold(kiosk.site, entered),
            language=get_language() or kiosk.language,
            now=timezone.now(),
        )
    except visits.Refused as refused:
        if already := _begun_here(kiosk, offer):
            return redirect("kiosk:session", already.public_id)
        screen = Screen(Kind.OFFER, str(offer.pk))
        return page(request, kiosk, screen, problem=str(refused), entered=entered[:20], status=422)
    return redirect("kiosk:session", session.public_id)


@require_POST
@kiosk_page
def cancel(request: HttpRequest, kiosk: Kiosk, public_id: str) -> HttpResponse:
    """The driver changed their mind before charging began; only where the visit began."""
    session = _session(kiosk, public_id)
    if session.kiosk_id == kiosk.pk:
        visits.cancel(session, now=timezone.now())
    return redirect("kiosk:session", public_id)


@require_POST
@kiosk_page
def stop(request: HttpRequest, kiosk: Kiosk, public_id: str) -> HttpResponse:
    """Ask for the card that started it."""
    session = _session(kiosk, public_id)
    try:
        language = get_language() or kiosk.language
        visits.ask_for_stop_card(session, kiosk=kiosk, language=language, now=timezone.now())
    except visits.Refused as refused:
        return page(request, kiosk, Screen(Kind.SESSION, public_id), problem=str(refused), status=409)
    return redirect("kiosk:session", public_id)


@require_POST
@kiosk_page
def withdraw(request: HttpRequest, kiosk: Kiosk, public_id: str) -> HttpResponse:
    """The driver does not want to stop after all."""
    attempts = _session(kiosk, public_id).stop_attempts.filter(
        operation__terminal=kiosk.terminal_id, outcome=StopAttempt.Outcome.WAITING
    )
    if attempt := attempts.last():
        visits.withdraw_stop_card(attempt, now=timezone.now())
    return redirect("kiosk:session", public_id)


@require_POST
@kiosk_page
def language(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Another language until the end of the visit."""
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, None) and target.startswith("/")
    response = redirect(target if safe else "kiosk:home")
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            LANGUAGE_COOKIE, chosen, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return response


def _session(kiosk: Kiosk, public_id: str) -> Session:
    session = Session.objects.filter(site=kiosk.site_id, public_id=public_id).first()
    if session is None:
        raise Http404
    return session


def _begun_here(kiosk: Kiosk, offer: Offer) -> Session | None:
    """The session that an earlier click on the same button began."""
    rows = Session.objects.filter(kiosk=kiosk, connector=offer.connector_id, state__in=HOLDS_CONNECTOR)
    return rows.first()
