"""The receipt on the driver's phone: public, for whoever has its unguessable code."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from kiosk.models import Receipt
from kiosk.views.guard import sealed
from payments.models import Refund


@require_safe
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """Everything that was frozen when it was issued, and the refunds since."""
    wanted = request.GET.get("lang", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else request.LANGUAGE_CODE
    with translation.override(language):
        found = Receipt.objects.filter(code=code).select_related("site", "session__authorisation").first()
        if found is None:
            return _private(render(request, "kiosk/receipt_unknown.html", {"language": language}, status=404))
        data = found.data
        context = {
            "language": language,
            "languages": settings.LANGUAGES,
            "receipt": found,
            "data": data,
            "help_phone": data.get("help_phone") or found.site.help_phone,
            "issued_at": parse_datetime(data["issued_at"]),
            "started_at": parse_datetime(data.get("started_at") or ""),
            "ended_at": parse_datetime(data.get("ended_at") or ""),
            "time_zone": found.site.time_zone,
            "refunds": Refund.objects.filter(authorisation=found.session.authorisation)
            .exclude(state=Refund.State.REFUSED)
            .order_by("pk"),
        }
        return _private(render(request, "kiosk/receipt.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return sealed(response)
