from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KioskConfig(AppConfig):
    """The charging session and its screens."""

    name = "kiosk"
    verbose_name = _("Charging")
