"""A whole visit during which every device and every person says a card number: no page, row, log or message has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hardware import outbox, reports
from hardware.models import Command, Terminal
from hardware.terminal.interface import Card, Handle, Receipts, Result, Status, TokenType
from hardware.terminal.interface import Readiness as Ready
from hardware.terminals import record_status
from kiosk import enrolment
from kiosk.models import Receipt, Session
from payments.belief import Answer
from payments.discretion import discreet
from payments.models import Authorisation, Operation
from tests.kiosk.place import Place, approve, lose, reread
from tests.support.planted import everything_logged, everything_said, queued, require_untold, stored

PAN, TOKEN, REFERENCE = "5500-0055 5555 5559", "67012345678901234567", "AUTHREF-5f1d9c-SECRET"
PAR = "V0010013020000000000000000000"
SECRETS = {"PAN": PAN, "token": TOKEN, "reference": REFERENCE, "PAR": PAR}
CARD = Card(TokenType.CARD, TOKEN, par=PAR, brand=f"VISA {PAN}", last_four="5559")
TOLD = f"says {PAN} and {TOKEN}"


def talkative(operation: Operation) -> Answer:
    """Approved, and the card number in every text."""
    result = approve(card=CARD)(operation)
    assert isinstance(result, Result)
    handle = Handle(operation.request_id, REFERENCE, stan=PAN) if result.handle else None
    told = Receipts(customer=(TOLD, f"REF {REFERENCE}"), merchant=(TOLD,))
    return discreet(replace(result, handle=handle, stan=PAN, reason=TOLD, receipts=told), Handle(1, REFERENCE))


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def visit(place: Place) -> Session:
    """From the card to the receipt, at a charge point that talks too much."""
    words = dict.fromkeys(("vendor", "model", "serial_number", "firmware_version", "meter_type"), TOLD[:45])
    reports.booted(place.charger.pk, words, place.now)
    reports.configured(place.charger.pk, {"MeterValueSampleInterval": TOLD, PAN: "Accepted"})
    session = place.begin()
    place.answer(session, talkative)
    start = Command.objects.get(kind="start")
    Command.objects.filter(pk=start.pk).update(state=Command.State.SENT, sent_at=place.now)
    outbox.answered(start, outbox.Answer.ACCEPTED, {"status": "Accepted", "info": [TOLD, int(TOKEN)]}, place.now)
    reports.transaction_start(place.charger.pk, reports.Start(1, TOKEN, 0, place.now), place.now)
    place.plug_in(session)
    place.charge(session, minutes=3)
    reports.connector_status(place.charger.pk, 1, "Charging", PAN, TOLD, place.now)
    place.present(place.ask_to_stop(session), CARD)
    place.stopped(session, reason=PAN)
    place.answer(session, talkative)
    record_status(place.terminal, Status(Ready.READY, detail=TOLD), place.now)
    return reread(session)


def typed(place: Place, root: Client) -> None:
    """What people type: a reason to stop, a reason to refund, a note to a decision; and a browser's name."""
    code = enrolment.new_code(place.kiosk, None, place.now)
    assert enrolment.enrol(code, f"Firefox {PAN}", place.now)
    for connector in (place.second, place.third):
        place.online(connector.charge_point)
    charging = place.charging(place.second, card=None)
    root.post(reverse("admin:kiosk_session_stop_session", args=[charging.pk]), {"reason": TOLD})
    assert reread(charging).end_reason == "staff"
    doubtful = place.charging(place.third, card=None)
    place.charge(doubtful, minutes=1)
    place.stopped(doubtful)
    place.answer(doubtful, lose)
    address = reverse("admin:payments_authorisation_decide", args=[doubtful.authorisation_id])
    root.post(address, {"event": "found_captured", "amount": "0.09", "note": TOLD})
    assert reread(doubtful).authorisation.state == "captured"


def refunded(root: Client, authorisation: Authorisation) -> str:
    """Gives the page that asks whether it is right."""
    address = reverse("admin:payments_authorisation_refund", args=[authorisation.pk])
    form: dict[str, Any] = dict(root.get(address).context["form"].initial) | {"reason": TOLD}
    form["refund_id"] = str(form["refund_id"])
    asked = root.post(address, form).content.decode()
    root.post(address, form | {"confirmed": "on"})
    assert authorisation.refunds.count() == 1
    return asked


def pages(place: Place, root: Client, session: Session) -> Iterator[tuple[str, str]]:
    """Every page of the admin, the driver's screen and the receipt."""
    addresses = [reverse("admin:index")]
    for model in admin.site._registry:
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses.append(reverse(f"{page}_changelist"))
        addresses += [reverse(f"{page}_change", args=[row.pk]) for row in model._default_manager.all()[:2]]
    addresses.append(reverse("kiosk:session", args=[session.public_id]))
    addresses.append(reverse("kiosk:receipt", args=[Receipt.objects.get(session=session).code]))
    for address in addresses:
        yield address, root.get(address).content.decode()


@pytest.mark.timeout(120)
@pytest.mark.django_db(transaction=True)
def test_no_page_row_log_or_message_has_what_devices_and_people_should_not_have_said(
    place: Place, root: Client, valkey: redis.Redis
) -> None:
    valkey.flushdb()
    Terminal.objects.update(profile={"refund": True})
    with everything_logged() as logged, everything_said(valkey) as said:
        session = visit(place)
        assert session.state == "finished"
        typed(place, root)
        confirmation = refunded(root, session.authorisation)
        shown = dict(pages(place, root, session))
    assert len(shown) > 40
    places = {"database": stored(), "log": logged.getvalue(), "queue": queued(valkey), "channel": " ".join(said)}
    require_untold(places | shown | {"confirmation": confirmation}, SECRETS)
    assert "bus" in places["channel"]
    assert "****" in places["database"]
