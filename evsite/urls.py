"""Every URL of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from payments import webhooks

urlpatterns = [
    path("admin/", admin.site.urls),
    path("hooks/terminals/<int:terminal_id>/", webhooks.hint, name="terminal-hint"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("kiosk.urls")),
]
