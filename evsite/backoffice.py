"""The looks and the navigation of the admin (django-unfold)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def _item(title: str | Promise, icon: str, page: str, permission: str = "", **more: Any) -> dict[str, Any]:
    """A line of the navigation; without the permission it is not there."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{page}"),
        "permission": _needs(permission),
        **more,
    }


def _needs(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: not permission or request.user.has_perm(permission)


_NAVIGATION = [
    {
        "items": [_item(_("Today"), "monitoring", "index")],
    },
    {
        "title": _("Charging"),
        "items": [
            _item(_("Sessions"), "ev_station", "kiosk_session_changelist", "kiosk.view_session"),
            _item(_("Receipts"), "receipt_long", "kiosk_receipt_changelist", "kiosk.view_receipt"),
        ],
    },
    {
        "title": _("Money"),
        "items": [
            _item(
                _("Authorisations"),
                "lock",
                "payments_authorisation_changelist",
                "payments.view_authorisation",
                badge="kiosk.dashboard.doubts_badge",
                badge_variant="danger",
            ),
            _item(_("Refunds"), "undo", "payments_refund_changelist", "payments.view_refund"),
            _item(_("Operations"), "contactless", "payments_operation_changelist", "payments.view_operation"),
            _item(_("Cards"), "credit_card", "payments_cardtoken_changelist", "payments.view_cardtoken"),
            _item(
                _("Differences"),
                "difference",
                "payments_difference_changelist",
                "payments.view_difference",
                badge="kiosk.dashboard.differences_badge",
                badge_variant="danger",
            ),
            _item(
                _("Reconciliation"),
                "compare_arrows",
                "payments_reconciliation_changelist",
                "payments.view_reconciliation",
            ),
            _item(_("Ends of day"), "bedtime", "payments_dayclosing_changelist", "payments.view_dayclosing"),
            _item(_("Decisions"), "gavel", "payments_decision_changelist", "payments.view_decision"),
            _item(_("Journal"), "menu_book", "payments_journalentry_changelist", "payments.view_journalentry"),
        ],
    },
    {
        "title": _("Site"),
        "items": [
            _item(_("Sites"), "storefront", "kiosk_site_changelist", "kiosk.view_site"),
            _item(_("Tariffs"), "sell", "kiosk_tariff_changelist", "kiosk.view_tariff"),
            _item(_("Kiosks"), "touch_app", "kiosk_kiosk_changelist", "kiosk.view_kiosk"),
            _item(_("Enrolled browsers"), "web_asset", "kiosk_enrolment_changelist", "kiosk.view_enrolment"),
        ],
    },
    {
        "title": _("Devices"),
        "items": [
            _item(_("Payment terminals"), "point_of_sale", "hardware_terminal_changelist", "hardware.view_terminal"),
            _item(_("Charge points"), "power", "hardware_chargepoint_changelist", "hardware.view_chargepoint"),
            _item(_("Transactions"), "electric_meter", "hardware_transaction_changelist", "hardware.view_transaction"),
            _item(_("Commands"), "send", "hardware_command_changelist", "hardware.view_command"),
            _item(_("Stop reports"), "stop_circle", "hardware_stopreport_changelist", "hardware.view_stopreport"),
        ],
    },
    {
        "title": _("People"),
        "items": [
            _item(_("Actions of staff"), "history", "admin_logentry_changelist", "admin.view_logentry"),
            _item(_("Users"), "person", "auth_user_changelist", "auth.view_user"),
            _item(_("Roles"), "badge", "auth_group_changelist", "auth.view_group"),
        ],
    },
]

#: The green of the kiosk, lighter and darker; the greys lean towards it.
_COLOURS = {
    "base": {
        "50": "oklch(98.4% .003 150)",
        "100": "oklch(96.4% .005 150)",
        "200": "oklch(92.4% .008 155)",
        "300": "oklch(86.6% .011 158)",
        "400": "oklch(71.5% .018 160)",
        "500": "oklch(55% .02 165)",
        "600": "oklch(44.5% .022 168)",
        "700": "oklch(36.5% .024 170)",
        "800": "oklch(27.5% .025 172)",
        "900": "oklch(20.5% .024 174)",
        "950": "oklch(15% .02 176)",
    },
    "primary": {
        "50": "oklch(97.5% .02 155)",
        "100": "oklch(94.5% .05 155)",
        "200": "oklch(89.5% .09 155)",
        "300": "oklch(84% .13 155)",
        "400": "oklch(77.5% .16 154)",
        "500": "oklch(69% .16 154)",
        "600": "oklch(46.5% .115 156)",
        "700": "oklch(40.5% .1 157)",
        "800": "oklch(34.5% .082 158)",
        "900": "oklch(29% .066 160)",
        "950": "oklch(20% .045 162)",
    },
}

UNFOLD = {
    "SITE_TITLE": "TapCharge",
    "SITE_HEADER": "TapCharge",
    "SITE_SUBHEADER": _("Payment at EV chargers"),
    "SITE_SYMBOL": "ev_station",
    "SITE_ICON": lambda request: static("kiosk/mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("kiosk/mark.svg")}],
    "ENVIRONMENT": "kiosk.dashboard.environment_label",
    "DASHBOARD_CALLBACK": "kiosk.dashboard.dashboard",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "COLORS": _COLOURS,
    "STYLES": [lambda request: static("backoffice/backoffice.css")],
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": _NAVIGATION},
}
