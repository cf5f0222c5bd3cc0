"""What only the database and the terminal may know is on no page."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from hardware.models import ChargePoint, Command, Terminal
from kiosk.enrolment import new_code
from kiosk.lifecycle import State
from kiosk.models import EnrolmentCode, Kiosk, Session
from tests.support.records import SECRET
from tests.support.staff import Login


@pytest.mark.timeout(180)  # some hundred pages
@pytest.mark.parametrize("person", ["support", "installer", "root"])
def test_no_token_fingerprint_handle_or_key_is_on_any_page(everything: Kiosk, login: Login, person: str) -> None:
    held = Session.objects.get(state=State.FINISHED).authorisation
    key = {"key": "AuthorizationKey", "value": SECRET}
    Command.objects.create(
        charge_point=ChargePoint.objects.all()[0], kind="configure", payload=key, created_at=timezone.now()
    )
    new_code(everything, None, timezone.now())
    EnrolmentCode.objects.update(code_hash=SECRET)
    client = login(person)
    addresses = [reverse("admin:index")]
    for model in admin.site._registry:
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses.append(reverse(f"{page}_changelist"))
        addresses += [reverse(f"{page}_change", args=[each.pk]) for each in model._default_manager.all()[:2]]
    in_doubt = Session.objects.get(state=State.IN_DOUBT).authorisation
    addresses.append(reverse("admin:payments_authorisation_decide", args=[in_doubt.pk]))
    addresses.append(reverse("admin:payments_authorisation_refund", args=[held.pk]))
    seen = 0

    for address in addresses:
        response = client.get(address)
        seen += response.status_code == 200
        assert SECRET[:10] not in response.content.decode(), address

    assert seen > 10


def test_the_profile_of_a_terminal_is_for_those_who_edit_it(kiosk: Kiosk, login: Login) -> None:
    Terminal.objects.update(profile={"headers": {"X-Api-Key": SECRET}})
    page = reverse("admin:hardware_terminal_change", args=[kiosk.terminal_id])

    assert SECRET not in login("support").get(page).content.decode()
    assert SECRET not in login("operator").get(page).content.decode()
    assert SECRET in login("installer").get(page).content.decode()
