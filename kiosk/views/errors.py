"""Errors that have a page of their own beside templates/403.html, 404.html and 500.html."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kiosk.views.guard import sealed


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: the page was too old, or the request came from somewhere else."""
    return sealed(render(request, "kiosk/csrf.html", status=403))
