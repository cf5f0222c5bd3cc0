"""Where charge points dial in."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hardware.charger.ocpp16.consumer import ChargePointConsumer

websocket_urlpatterns: list[URLPattern | URLResolver] = [
    path("ocpp/<str:identity>", ChargePointConsumer.as_asgi()),
]
