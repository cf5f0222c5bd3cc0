from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KioskConfig(AppConfig):
    """The charging session and its screens."""

    name = "kiosk"
    verbose_name = _("Charging")

    def ready(self) -> None:
        """Hear what devices and money report; only now, because the receivers need the models."""
        import_module("kiosk.listeners").connect()
        import_module("kiosk.roles").connect(self)
