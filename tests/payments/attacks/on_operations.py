"""Attacks on what a terminal is asked."""

from __future__ import annotations

from tests.payments.attacks.attack import Attack

OPERATIONS = [
    Attack("one_settlement_per_authorisation", "capture a hold twice", lambda w: w.again("capture")),
    Attack(
        "one_settlement_per_authorisation",
        "release what was captured",
        lambda w: w.again("capture", kind="release", amount_minor=0),
    ),
    Attack(
        "one_settlement_per_authorisation",
        "capture again while it is in doubt",
        lambda w: w.again("lost", state="queued"),
    ),
    Attack(
        "one_authorise_per_authorisation",
        "ask the card twice for one hold",
        lambda w: w.again("requested", state="not_sent", outcome=""),
    ),
    Attack(
        "one_operation_per_refund", "send a refund twice", lambda w: w.again("refund_sent", state="queued", outcome="")
    ),
    Attack(
        "one_operation_in_flight_per_terminal",
        "ask a terminal two things at once",
        lambda w: w.again("token_read", state="in_flight").again(
            "capture", authorisation_id=w.held.pk, state="in_flight", outcome=""
        ),
    ),
    Attack(
        "one_cardholder_per_terminal",
        "serve two cardholders at one terminal",
        lambda w: w.again("token_read", state="queued").again("token_read", state="queued"),
    ),
    Attack(
        "request_id_once_per_terminal",
        "use a request id twice",
        lambda w: w.again("token_read", request_id=w.capture.request_id),
    ),
    Attack(
        "operation_is_about_one_thing", "capture without a hold", lambda w: w.again("capture", authorisation_id=None)
    ),
    Attack(
        "operation_is_about_one_thing",
        "ask for a token on account of a hold",
        lambda w: w.again("token_read", authorisation_id=w.held.pk, currency="EUR"),
    ),
    Attack(
        "operation_amount_fits_its_kind",
        "capture nothing",
        lambda w: w.again("capture", authorisation_id=w.held.pk, amount_minor=0),
    ),
    Attack(
        "operation_amount_fits_its_kind",
        "capture less than nothing",
        lambda w: w.again("capture", authorisation_id=w.held.pk, amount_minor=-1),
    ),
    Attack(
        "operation_amount_fits_its_kind",
        "release an amount",
        lambda w: w.again("capture", authorisation_id=w.held.pk, kind="release"),
    ),
    Attack(
        "operation_in_currency_of_hold",
        "capture euros as dollars",
        lambda w: w.again("capture", authorisation_id=w.held.pk, currency="USD"),
    ),
    Attack(
        "capture_at_most_held",
        "ask for a cent more than is held",
        lambda w: w.again("capture", authorisation_id=w.held.pk, amount_minor=4001),
    ),
    Attack(
        "refund_sent_as_asked",
        "send another amount than the agent asked for",
        lambda w: w.again("refund_sent", amount_minor=501),
    ),
    Attack(
        "refund_sent_as_asked",
        "send a refund to another payment",
        lambda w: w.again("refund_sent", authorisation_id=w.held.pk),
    ),
    Attack(
        "intent_stays", "change the amount of a capture that is in doubt", lambda w: w.change("lost", amount_minor=1501)
    ),
    Attack("intent_stays", "turn a capture into a release", lambda w: w.change("lost", kind="release", amount_minor=0)),
    Attack(
        "finished_stays_finished",
        "send a capture again that was approved",
        lambda w: w.change("capture", state="queued"),
    ),
    Attack(
        "finished_stays_finished", "turn an approval into a refusal", lambda w: w.change("capture", outcome="declined")
    ),
    Attack(
        "doubt_is_never_sent_again", "send a capture again that is in doubt", lambda w: w.change("lost", state="queued")
    ),
    Attack(
        "no_energy_no_capture",
        "capture a start fee for a session without energy",
        lambda w: w.change("session", energy_wh=0).again("capture", authorisation_id=w.session.authorisation_id),
    ),
]
