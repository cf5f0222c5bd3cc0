"""What an installer can ask of a charge point: each on a page that says what happens before it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hardware import chargers
from hardware.admin.base import Admin, act_page, action, page_of
from hardware.admin.forms import Confirmation, PickField
from hardware.models import ChargePoint, Command, Connector

if TYPE_CHECKING:
    Base = Admin
else:
    Base = object


class ChargerActions(Base):
    """Buttons of the charge point's page."""

    def has_ask_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may send commands."""
        return request.user.has_perm("hardware.add_command")

    def has_rekey_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may give out keys."""
        return request.user.has_perm("hardware.change_chargepoint")

    @action(description=_("New key"), permissions=["rekey"], icon="key")
    def new_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a key and show it, this once."""
        charge_point = get_object_or_404(ChargePoint, pk=object_id)
        if request.method != "POST":
            return act_page(
                self,
                request,
                charge_point,
                title=str(_("New key for %(name)s") % {"name": charge_point}),
                explanation=str(
                    _(
                        "The present key stops working the next time the charge point connects. The new one is shown once "
                        "and cannot be shown again, so have the charge point's settings open."
                    )
                ),
                form=Confirmation(),
                submit=str(_("Make a new key")),
                danger=bool(charge_point.key_hash),
            )
        key = chargers.new_key(charge_point)
        self.log_change(request, charge_point, "New key.")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": charge_point,
            "title": _("New key for %(name)s") % {"name": charge_point},
            "secret": key,
            "explanation": _(
                "User name: %(identity)s. The key is the password; enter it as text or as hexadecimal digits."
            )
            % {"identity": charge_point.identity},
            "warning": _("It is shown only now. Whoever has it can speak for the charge point."),
            "back": page_of(charge_point),
        }
        return TemplateResponse(request, "admin/shown_once.html", context)

    @action(description=_("Unlock a connector"), permissions=["ask"], icon="lock_open")
    def unlock(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let go of a cable."""
        charge_point = get_object_or_404(ChargePoint, pk=object_id)
        choices = [(str(each.pk), each.label) for each in charge_point.connectors.all()]
        form = _pick(_("Connector"), choices)(request.POST or None)
        if request.method == "POST" and form.is_valid():
            connector = get_object_or_404(Connector, pk=form.cleaned_data["choice"], charge_point=charge_point)
            command = chargers.request_unlock(connector, now=timezone.now())
            return self._asked(request, charge_point, command)
        return self._ask_page(
            request,
            charge_point,
            form,
            _("Unlock a connector"),
            _("A charge point that is charging ends the session first, or refuses. It has a minute to answer."),
        )

    @action(description=_("Ask for a message"), permissions=["ask"], icon="contact_support")
    def trigger(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have it report something now."""
        charge_point = get_object_or_404(ChargePoint, pk=object_id)
        choices = [
            ("StatusNotification", _("the state of its connectors")),
            ("MeterValues", _("its meter values")),
            ("BootNotification", _("what it is")),
            ("Heartbeat", _("a sign of life")),
        ]
        form = _pick(_("Report"), choices)(request.POST or None)
        if request.method == "POST" and form.is_valid():
            command = chargers.request_trigger(charge_point, form.cleaned_data["choice"], now=timezone.now())
            return self._asked(request, charge_point, command)
        return self._ask_page(
            request, charge_point, form, _("Ask for a message"), _("Nothing changes; the charge point only reports.")
        )

    @action(description=_("Restart"), permissions=["ask"], icon="restart_alt")
    def reset(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Restart it."""
        charge_point = get_object_or_404(ChargePoint, pk=object_id)
        choices = [
            ("soft", _("in good order: sessions end and are reported first")),
            ("hard", _("at once: what it has not reported may be lost")),
        ]
        form = _pick(_("How"), choices)(request.POST or None)
        if request.method == "POST" and form.is_valid():
            hard = form.cleaned_data["choice"] == "hard"
            command = chargers.request_reset(charge_point, now=timezone.now(), hard=hard)
            return self._asked(request, charge_point, command)
        return self._ask_page(
            request,
            charge_point,
            form,
            _("Restart %(name)s") % {"name": charge_point},
            _("Sessions at all its connectors end, and drivers are charged for what they got until then."),
            danger=True,
        )

    def _ask_page(
        self,
        request: HttpRequest,
        charge_point: ChargePoint,
        form: forms.Form,
        title: Any,
        explanation: Any,
        danger: bool = False,
    ) -> HttpResponse:
        return act_page(
            self,
            request,
            charge_point,
            title=str(title),
            form=form,
            submit=str(_("Ask the charge point")),
            explanation=str(explanation),
            danger=danger,
        )

    def _asked(self, request: HttpRequest, charge_point: ChargePoint, command: Command) -> HttpResponse:
        self.log_change(request, charge_point, f"Asked: {command.kind} {command.payload or ''}".strip())
        messages.success(request, _("The charge point is asked. Its answer will be on the page of the command."))
        return HttpResponseRedirect(page_of(command))


def _pick(label: Any, choices: list[tuple[str, Any]]) -> type[forms.Form]:
    """A form with one choice."""
    return type("PickForm", (forms.Form,), {"choice": PickField(label=label, choices=choices)})
