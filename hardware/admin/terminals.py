"""Payment terminals, as an installer records them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from hardware.admin.base import Admin, Tone, badge, moment
from hardware.models import Terminal
from hardware.terminal.ccv.keys import Access, Side
from hardware.terminal.interface import REQUIRED_CAPABILITIES, Capability
from hardware.terminals import driver

_TONES = {
    Terminal.State.UNKNOWN: Tone.QUIET,
    Terminal.State.READY: Tone.GOOD,
    Terminal.State.BUSY: Tone.BUSY,
    Terminal.State.ATTENTION: Tone.WARNING,
    Terminal.State.UNREACHABLE: Tone.BAD,
}


def terminal_badge(terminal: Terminal) -> str:
    """How the terminal is, as far as we know."""
    if not terminal.enabled:
        return badge(_("switched off"), Tone.QUIET)
    return badge(terminal.get_state_display(), _TONES[Terminal.State(terminal.state)])


@admin.register(Terminal)
class TerminalAdmin(Admin):
    """What it is, what it can do, and how it is. The profile may hold an access key, so only installers see it."""

    list_display = ["name", "url", "state_badge", "state_detail", "asked", "enabled"]
    search_fields = ["name", "url"]
    readonly_fields = ["state_badge", "asked", "state_detail", "abilities", "access"]

    @admin.display(description=_("key and host"))
    def access(self, terminal: Terminal) -> str:
        """Whether its API key moves money, and whether its host is the one for that; empty where there is no key."""
        found = _access(terminal)
        if found is None:
            return ""
        key = _("test key: no money moves") if found.key is Side.TEST else _("live key")
        hosts = {Side.TEST: _("test host"), Side.LIVE: _("live host"), Side.UNKNOWN: _("host that no setting names")}
        as_meant = found.key is found.host is Side.LIVE
        return badge(f"{key} · {hosts[found.host]}", Tone.GOOD if as_meant else Tone.WARNING)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The record, and below it the device in its own words."""
        record: list[Any] = ["name", "url", "enabled"]
        if self.has_change_permission(request, obj):
            record[2:2] = ["profile", "statement_layout", "close_at"]
        fieldsets: list[Any] = [(None, {"fields": record})]
        if obj is not None:
            now: list[Any] = [("state_badge", "state_detail", "asked"), "abilities"]
            now += ["access"] if _access(obj) is not None else []
            fieldsets.insert(0, (_("The terminal now"), {"fields": now}))
        return fieldsets

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, terminal: Terminal) -> str:
        """How it is."""
        return terminal_badge(terminal)

    @admin.display(description=_("last asked"), ordering="state_at")
    def asked(self, terminal: Terminal) -> str:
        """When we last asked how it is."""
        return moment(terminal.state_at) or str(_("never"))

    @admin.display(description=_("can do"))
    def abilities(self, terminal: Terminal) -> str:
        """Every verb of the interface: done, missing, or missing so that no kiosk opens with it."""
        try:
            able = driver(terminal).capabilities
        except ValueError as error:
            return badge(error, Tone.BAD)
        return format_html_join(" ", "{}", ((_ability(each, able),) for each in Capability))


def _access(terminal: Terminal) -> Access | None:
    try:
        found = getattr(driver(terminal), "access", None)
    except ValueError:
        return None
    return found if isinstance(found, Access) else None


def _ability(capability: Capability, able: Any) -> str:
    word = capability.replace("_", " ")
    if capability in able:
        return badge(f"✓ {word}", Tone.GOOD)
    if capability in REQUIRED_CAPABILITIES:
        return badge(_("✗ %(ability)s: needed to open a kiosk") % {"ability": word}, Tone.BAD)
    return badge(_("✗ %(ability)s: switched off or not offered") % {"ability": word}, Tone.QUIET)
