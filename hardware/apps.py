from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HardwareConfig(AppConfig):
    """Payment terminals and charge points."""

    name = "hardware"
    verbose_name = _("Hardware")
