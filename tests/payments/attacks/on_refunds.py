"""Attacks on refunds, on decisions about money in doubt, and on cards."""

from __future__ import annotations

from tests.payments.attacks.attack import Attack

REFUNDS = [
    Attack("refund_is_something", "refund nothing", lambda w: w.again("given", state="refused", amount_minor=0)),
    Attack("refund_is_something", "refund less than nothing", lambda w: w.again("given", amount_minor=-1)),
    Attack("refund_is_reserved", "refund a cent more than was reserved", lambda w: w.again("given", amount_minor=101)),
    Attack(
        "refund_is_reserved",
        "refund what was only held",
        lambda w: w.again("given", authorisation_id=w.held.pk, amount_minor=1),
    ),
    Attack(
        "reserved_covers_refunds", "forget a refund that was given", lambda w: w.change("captured", refunded_minor=0)
    ),
    Attack("refund_stays_as_asked", "make a refund larger", lambda w: w.change("given", amount_minor=600)),
    Attack("refund_ends_once", "do a refund again that was done", lambda w: w.change("given", state="requested")),
    Attack(
        "decision_has_a_reason", "decide without a reason", lambda w: w.again("decision", operation_id=None, note="")
    ),
    Attack(
        "decision_amount_not_negative",
        "decide that less than nothing was taken",
        lambda w: w.again("decision", operation_id=None, amount_minor=-1),
    ),
    Attack("operation_decided_once", "decide twice what became of one capture", lambda w: w.again("decision")),
    Attack(
        "decision_is_about_doubt",
        "decide about money that is not in doubt",
        lambda w: w.again("decision", operation_id=None, authorisation_id=w.captured.pk),
    ),
    Attack(
        "decision_is_about_doubt",
        "decide about a refund that was done",
        lambda w: w.again("decision", operation_id=None, authorisation_id=w.captured.pk, refund_id=w.given.pk),
    ),
    Attack("card_token_once", "keep a card twice", lambda w: w.again("card")),
]
