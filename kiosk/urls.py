"""The kiosk's own pages, the receipt for the driver's phone, and the demo."""

from __future__ import annotations

from django.urls import path

from kiosk.views import actions, demo, enrol, health, pages, receipts

app_name = "kiosk"
urlpatterns = [
    path("", pages.home, name="home"),
    path("start/", pages.start, name="start"),
    path("c/<int:offer_id>/", pages.connector, name="connector"),
    path("c/<int:offer_id>/pay/", actions.pay, name="pay"),
    path("s/<str:public_id>/", pages.session, name="session"),
    path("s/<str:public_id>/cancel/", actions.cancel, name="cancel"),
    path("s/<str:public_id>/stop/", actions.stop, name="stop"),
    path("s/<str:public_id>/withdraw/", actions.withdraw, name="withdraw"),
    path("language/", actions.language, name="language"),
    path("enrol/", enrol.enrol, name="enrol"),
    path("r/<str:code>/", receipts.receipt, name="receipt"),
    path("demo/", demo.demo, name="demo"),
    path("healthz", health.healthz, name="health"),
]
