from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    """Authorisations, captures, releases, refunds and card tokens."""

    name = "payments"
    verbose_name = _("Payments")
