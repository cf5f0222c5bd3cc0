"""What the web process serves: pages, static files, browser websockets and the sockets of charge points."""

from __future__ import annotations

import gc
import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evsite.settings")
django.setup()

from django.conf import settings
from servestatic import ServeStaticASGI

import evsite.celery  # noqa: F401  makes it the app that wake-ups are sent with
from hardware.charger.ocpp16.routing import websocket_urlpatterns as charger_sockets
from kiosk.routing import websocket_urlpatterns as kiosk_sockets

application = ProtocolTypeRouter(
    {
        "http": ServeStaticASGI(get_asgi_application(), root=settings.STATIC_ROOT, prefix=settings.STATIC_URL),
        "websocket": URLRouter([*charger_sockets, *kiosk_sockets]),
    }
)

# What is loaded by now stays for good. The garbage collector would go through all of it again and again, with every
# charge point and every screen waiting a tenth of a second for it.
gc.freeze()
