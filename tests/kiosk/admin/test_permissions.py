"""Who may do what, asked over HTTP: every role, every kind of record, every action."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from hardware.models import ChargePoint, Command, Terminal
from kiosk import roles
from kiosk.lifecycle import State
from kiosk.models import Enrolment, EnrolmentCode, Kiosk, Session
from payments.models import DayClosing, Decision, Difference, Refund
from tests.support import records
from tests.support.staff import Login

PEOPLE = ("support", "operator", "installer", "root")
#: View, add, change, delete for each of PEOPLE. Money and history are nobody's to touch.
MATRIX = {
    "kiosk.session": ("v", "v", "", "v"),
    "kiosk.receipt": ("v", "v", "", "v"),
    "kiosk.site": ("", "vacd", "v", "vacd"),
    "kiosk.tariff": ("", "vacd", "", "vacd"),
    "kiosk.kiosk": ("v", "vacd", "vacd", "vacd"),
    "kiosk.enrolment": ("", "v", "v", "v"),
    "payments.authorisation": ("v", "v", "", "v"),
    "payments.operation": ("v", "v", "", "v"),
    "payments.cardtoken": ("v", "v", "", "v"),
    "payments.refund": ("v", "v", "", "v"),
    "payments.decision": ("v", "v", "", "v"),
    "payments.journalentry": ("v", "v", "", "v"),
    "payments.reconciliation": ("v", "v", "", "v"),
    "payments.difference": ("v", "v", "", "v"),
    "payments.dayclosing": ("v", "v", "v", "v"),
    "hardware.terminal": ("v", "v", "vacd", "vacd"),
    "hardware.chargepoint": ("v", "v", "vacd", "vacd"),
    "hardware.command": ("", "v", "v", "v"),
    "hardware.transaction": ("v", "v", "v", "v"),
    "hardware.stopreport": ("", "v", "v", "v"),
    "admin.logentry": ("", "v", "", "v"),
    "auth.user": ("", "", "", "vacd"),
    "auth.group": ("", "", "", "vacd"),
}
#: Action -> who may.
ACTIONS = {
    "kiosk_session_stop_session": {"support", "operator", "root"},
    "payments_authorisation_refund": {"support", "operator", "root"},
    "payments_authorisation_decide": {"operator", "root"},
    "payments_refund_decide": {"operator", "root"},
    "payments_difference_explain": {"operator", "root"},
    "payments_dayclosing_look_into": {"operator", "installer", "root"},
    "hardware_terminal_close_day": {"operator", "installer", "root"},
    "kiosk_kiosk_new_code": {"operator", "installer", "root"},
    "kiosk_enrolment_revoke": {"operator", "installer", "root"},
    "hardware_chargepoint_new_key": {"installer", "root"},
    "hardware_chargepoint_unlock": {"installer", "root"},
    "hardware_chargepoint_trigger": {"installer", "root"},
    "hardware_chargepoint_reset": {"installer", "root"},
}


def subject_of(action: str) -> Model:
    """A record on which the action makes sense."""
    if action == "kiosk_session_stop_session":
        return Session.objects.get(state=State.CHARGING)
    if action == "payments_authorisation_refund":
        return Session.objects.get(state=State.FINISHED).authorisation
    if action == "payments_authorisation_decide":
        return Session.objects.get(state=State.IN_DOUBT).authorisation
    if action == "payments_refund_decide":
        return Refund.objects.get(state=Refund.State.IN_DOUBT)
    models = {
        "kiosk_kiosk": Kiosk,
        "kiosk_enrolment": Enrolment,
        "payments_difference": Difference,
        "payments_dayclosing": DayClosing,
        "hardware_terminal": Terminal,
    }
    model: type[Model] = models.get("_".join(action.split("_")[:2]), ChargePoint)
    return model._default_manager.all()[0]


def test_the_matrix_names_every_page_of_the_admin() -> None:
    assert set(MATRIX) == {model._meta.label_lower for model in admin.site._registry}


@pytest.mark.timeout(180)  # some hundred pages
@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_sees_and_touches_exactly_what_their_role_allows(
    everything: Kiosk, login: Login, person: str
) -> None:
    client = login(person)
    wrong = []
    for label, row in MATRIX.items():
        model = apps.get_model(label)
        allowed = row[PEOPLE.index(person)]
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        record = model._default_manager.all()[0].pk
        change, delete = reverse(f"{page}_change", args=[record]), reverse(f"{page}_delete", args=[record])
        add = reverse(f"{page}_add")
        asked = {"view": [client.get(change)]}
        if person != "root" or allowed == "v":  # that a superuser may do the rest is Django's affair
            asked |= {"add": [client.post(add, {})], "change": [client.post(change, {})]}
            asked["delete"] = [client.get(delete)]
        if "v" not in allowed:
            asked["view"].append(client.get(reverse(f"{page}_changelist")))
        if "d" not in allowed:
            asked["add"].append(client.get(add))
            asked["delete"].append(client.post(delete, {"post": "yes"}))
        for verb, responses in asked.items():
            answers = [response.status_code for response in responses]
            if any((answer == 403) is (verb[0] in allowed) for answer in answers):
                wrong.append(f"{label}: {verb} answered {answers}")
        assert model._default_manager.filter(pk=record).exists(), f"{label}: deleted by {person}"
    assert wrong == []


@pytest.mark.parametrize("page", ["kiosk_session", "payments_refund"])
def test_no_list_of_history_deletes_what_is_ticked(everything: Kiosk, login: Login, page: str) -> None:
    model: type[Model] = {"kiosk_session": Session, "payments_refund": Refund}[page]
    count = model._default_manager.count()
    ticked = [str(each.pk) for each in model._default_manager.all()]
    sent = {"action": "delete_selected", "_selected_action": ticked, "post": "yes"}
    login("root").post(reverse(f"admin:{page}_changelist"), sent)
    assert model._default_manager.count() == count


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_is_open_to_those_who_may_and_closed_to_the_others(
    everything: Kiosk, login: Login, action: str
) -> None:
    if action == "payments_refund_decide":
        held = Session.objects.get(state=State.FINISHED).authorisation
        support = LogEntry.objects.all()[0].user
        records.refund(held, 50, Refund.State.IN_DOUBT, support, timezone.now())
    url = reverse(f"admin:{action}", args=[subject_of(action).pk])
    for person in PEOPLE:
        client = login(person)
        before = _acts()

        asked, sent = client.get(url), client.post(url, {"choice": "Heartbeat"})

        if person in ACTIONS[action]:
            assert asked.status_code == 200, person
            assert sent.status_code in {200, 302}, person
        else:
            assert (asked.status_code, sent.status_code) == (403, 403), person
            assert _acts() == before, person


def _acts() -> list[int]:
    """How many things were done."""
    revoked = Enrolment.objects.exclude(revoked_at=None).count()
    return [
        revoked,
        *(model._default_manager.count() for model in (Refund, Decision, Command, EnrolmentCode, DayClosing)),
    ]


@pytest.mark.django_db
def test_nobody_gets_in_without_logging_in(client: object, kiosk: Kiosk) -> None:
    for name in ("admin:index", "admin:kiosk_session_changelist"):
        response = client.get(reverse(name))  # type: ignore[attr-defined]
        assert response.status_code == 302
        assert "/login/" in response["Location"]


@pytest.mark.django_db
def test_roles_are_made_once_and_what_was_added_to_them_stays() -> None:
    group = Group.objects.get(name=roles.SUPPORT)
    before = set(group.permissions.values_list("pk", flat=True))
    extra = group.permissions.model.objects.exclude(pk__in=before)[0]
    group.permissions.add(extra)
    group.permissions.remove(*list(before)[:1])

    roles.create("default")

    assert set(group.permissions.values_list("pk", flat=True)) == before | {extra.pk}
    assert Group.objects.filter(name=roles.SUPPORT).count() == 1


@pytest.mark.django_db
def test_every_permission_of_a_role_exists() -> None:
    for name, codes in roles.ROLES.items():
        kept = {
            f"{each.content_type.app_label}.{each.codename}"
            for each in Group.objects.get(name=name).permissions.select_related("content_type")
        }
        assert kept == set(codes)
