"""The three groups that staff belong to, and what each may do (design, chapter 1: who uses TapCharge).

They are made after every migration, and given what they lack; what an administrator added to a group stays.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.db.models.signals import post_migrate

SUPPORT, OPERATOR, INSTALLER = "Support", "Operator", "Installer"


def _may(verbs: str, *models: str) -> frozenset[str]:
    """The permissions (``app.verb_model``) for each of ``verbs`` on each of ``models`` (``app.model``)."""
    return frozenset(
        f"{app}.{verb}_{model}" for verb in verbs.split() for app, model in (name.split(".") for name in models)
    )


_EVERYTHING = "view add change delete"
#: Making a browser act as a kiosk, and ending that.
_ENROL = frozenset({"kiosk.add_enrolmentcode", "kiosk.view_enrolment", "kiosk.change_enrolment"})

_SUPPORT = _may(
    "view",
    "kiosk.session",
    "kiosk.receipt",
    "kiosk.kiosk",
    "payments.authorisation",
    "payments.operation",
    "payments.cardtoken",
    "payments.refund",
    "payments.decision",
    "payments.journalentry",
    "payments.reconciliation",
    "payments.difference",
    "payments.dayclosing",
    "hardware.terminal",
    "hardware.chargepoint",
    "hardware.connector",
    "hardware.transaction",
) | {"kiosk.stop_session", "payments.give_refund"}

_OPERATOR = (
    _SUPPORT
    | _ENROL
    | _may(_EVERYTHING, "kiosk.tariff", "kiosk.pricecomponent", "kiosk.site", "kiosk.offer", "kiosk.kiosk")
    | _may("view", "hardware.command", "hardware.stopreport", "admin.logentry")
    | {"payments.decide_doubt", "payments.run_reconciliation", "payments.resolve_difference", "payments.close_day"}
)

_INSTALLER = (
    _ENROL
    | _may(_EVERYTHING, "hardware.terminal", "hardware.chargepoint", "hardware.connector", "kiosk.kiosk")
    | _may("view", "hardware.command", "hardware.transaction", "hardware.stopreport", "kiosk.site", "kiosk.offer")
    | _may("view", "payments.dayclosing")
    | {"hardware.add_command", "payments.close_day"}
)

#: Permissions (``app.codename``) by group.
ROLES: dict[str, frozenset[str]] = {SUPPORT: _SUPPORT, OPERATOR: _OPERATOR, INSTALLER: _INSTALLER}


def create(using: str, **_: Any) -> None:
    """Make the groups where they are missing and give them what they lack. A receiver of post_migrate."""
    for name, codes in ROLES.items():
        group, _made = Group.objects.using(using).get_or_create(name=name)
        wanted = Q()
        for app, _dot, codename in (code.partition(".") for code in codes):
            wanted |= Q(content_type__app_label=app, codename=codename)
        group.permissions.add(*Permission.objects.using(using).filter(wanted))


def connect(config: AppConfig) -> None:
    """Have the groups made once ``config``, the last of the apps, is migrated: every permission exists by then."""
    post_migrate.connect(create, sender=config, dispatch_uid="kiosk.roles")
