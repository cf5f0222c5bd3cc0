"""No card number, token or reference in any log line, row, wake-up or exception."""

from __future__ import annotations

import logging
import re

import pytest
import redis
from django.apps import apps

from hardware.terminal.interface import Card, Handle, Outcome, Receipts, Result, TokenType
from payments.recovery import recover
from payments.sweep import sweep
from tests.payments.cashdesk import FIFTY, CashDesk
from tests.payments.scripted import ScriptedTerminal

PAN, TOKEN, REFERENCE = "4111111111111111", "67012345678901234567", "AUTHREF-5f1d9c-SECRET"
PAR = "V0010013020000000000000000000"
SECRETS = (PAN, TOKEN, REFERENCE, PAR)


def planted(request_id: int, amount: object = FIFTY, outcome: Outcome = Outcome.APPROVED) -> Result:
    """An answer that says everything it should not, wherever a text can stand."""
    return Result(
        outcome=outcome,
        amount=FIFTY if outcome is Outcome.APPROVED else 0 * FIFTY,
        request_id=request_id,
        reason=f"host says {PAN} / {TOKEN}",
        card=Card(TokenType.CARD, TOKEN, par=PAR, brand="VISA", last_four="1111"),
        handle=Handle(request_id, REFERENCE, stan="000042"),
        receipts=Receipts(customer=(f"CARD {PAN}", "4111 1111 1111 1111", f"TOKEN {TOKEN}")),
    )


def answer_everything(request_id: int, **asked: object) -> Result:
    return planted(request_id)


def fail_badly(request_id: int, **asked: object) -> Result:
    raise RuntimeError(f"could not parse {PAN} {TOKEN} {REFERENCE} {PAR}")


def decline(request_id: int, **asked: object) -> Result:
    return planted(request_id, outcome=Outcome.DECLINED)


@pytest.mark.parametrize("step", [answer_everything, fail_badly, decline])
@pytest.mark.django_db(transaction=True)
def test_nothing_secret_is_written_logged_or_sent(
    scripted_desk: CashDesk,
    scripted: ScriptedTerminal,
    caplog: pytest.LogCaptureFixture,
    valkey: redis.Redis,
    step: object,
) -> None:
    caplog.set_level(logging.DEBUG)
    valkey.flushdb()
    scripted.script = [step, answer_everything, step, step, step, fail_badly]  # type: ignore[list-item]
    authorisation = scripted_desk.ask()
    scripted_desk.run(authorisation)
    if authorisation.state == "authorised":
        scripted_desk.capture(authorisation, FIFTY)
        scripted_desk.run(authorisation)
        scripted_desk.run(scripted_desk.refund(authorisation, FIFTY))
    scripted_desk.clock.forward(seconds=60)
    for operation in authorisation.operations.all():
        recover(operation.pk, scripted_desk.clock)
    sweep(scripted_desk.clock())

    sent = " ".join(str(valkey.lrange(key, 0, -1)) for key in valkey.scan_iter(_type="LIST"))
    logged = caplog.text + " ".join(str(record.__dict__) for record in caplog.records)
    for place, text in (("database", dump()), ("log", logged), ("broker", sent)):
        for secret in SECRETS:
            assert secret not in text, f"{secret} is in the {place}"
    assert not re.search(r"(?<![\d.])\d(?:[ -]?\d){15,}(?!\d)", without_ids(dump()))


def dump() -> str:
    """Every value of every row of payments and hardware, as text."""
    rows: list[object] = []
    for app in ("payments", "hardware"):
        for model in apps.get_app_config(app).get_models():
            rows += model._default_manager.values_list()
    return repr(rows)


def without_ids(text: str) -> str:
    """UUIDs and times are digits too."""
    text = re.sub(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", "uuid", text)
    return re.sub(r"\d{4}-\d\d-\d\d[ T][\d:.]+|datetime\.datetime\([^)]*\)", "time", text)
