from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    """Authorisations, captures, releases, refunds and card tokens."""

    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        """Hear when the worker is told to end; only now, because the listener needs the models."""
        import_module("payments.leaving").connect()
