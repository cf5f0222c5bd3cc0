"""Where an installer types the code that makes a browser a kiosk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kiosk import enrolment
from kiosk.views.guard import not_enrolled


@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """The form, and what becomes of the code."""
    if request.method != "POST":
        return not_enrolled(request, status=200)
    if not enrolment.may_try(request.META.get("REMOTE_ADDR", "")):
        return not_enrolled(request, problem=_("Too many tries. Please wait a minute."), status=429)
    browser = request.headers.get("User-Agent", "")
    enrolled = enrolment.enrol(request.POST.get("code", "")[:40], browser, timezone.now())
    if enrolled is None:
        problem = _("This code is not valid, or not any more. Make a new one in the admin; it works for 15 minutes.")
        return not_enrolled(request, problem=problem, status=403)
    response = redirect("kiosk:home")
    enrolment.set_cookie(response, enrolled)
    return response
