"""The whole product without hardware: kiosk, payment terminal and cars on one page. Demo mode only."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kiosk.views.guard import POLICY, sealed


@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """The three side by side. The simulators listen on the same host, at SIM_PORT and one above it."""
    if not settings.DEMO:
        raise Http404
    host = split_domain_port(request.get_host())[0]
    terminal, cars = f"http://{host}:{settings.SIM_PORT}", f"http://{host}:{settings.SIM_PORT + 1}"
    response = render(request, "kiosk/demo.html", {"terminal_url": f"{terminal}/", "cars_url": f"{cars}/"})
    return sealed(response, policy=f"{POLICY}; frame-src 'self' {terminal} {cars}")
