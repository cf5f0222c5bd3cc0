"""Attacks on the amounts and states of a hold."""

from __future__ import annotations

from tests.payments.attacks.attack import Attack

#: The largest amount that a column takes.
LARGEST = 2**63 - 1

HOLDS = [
    Attack(
        "authorisation_asks_for_something",
        "ask a card for nothing",
        lambda w: w.again("held", reference="X", requested_minor=0, authorised_minor=0),
    ),
    Attack(
        "authorised_at_most_requested",
        "hold a cent more than was asked for",
        lambda w: w.change("held", authorised_minor=5001),
    ),
    Attack(
        "authorised_at_most_requested",
        "hold the largest amount there is",
        lambda w: w.change("held", authorised_minor=LARGEST),
    ),
    Attack(
        "captured_at_most_authorised",
        "capture a cent more than is held",
        lambda w: w.again("captured", reference="X", captured_minor=4001, released_minor=0),
    ),
    Attack(
        "captured_at_most_authorised",
        "capture less than nothing",
        lambda w: w.again("captured", reference="X", captured_minor=-1, released_minor=4001),
    ),
    Attack(
        "refunded_at_most_captured",
        "refund a cent more than was captured",
        lambda w: w.change("captured", refunded_minor=1501),
    ),
    Attack(
        "refunded_at_most_captured",
        "refund less than nothing",
        lambda w: w.again("captured", reference="X", refunded_minor=-1),
    ),
    Attack(
        "captured_amount_only_when_captured",
        "take money of a hold that is not captured",
        lambda w: w.change("held", captured_minor=1),
    ),
    Attack(
        "captured_is_something",
        "call a hold captured of which nothing was taken",
        lambda w: w.change("held", state="captured", released_minor=4000),
    ),
    Attack(
        "closed_means_nothing_is_held",
        "release what was captured",
        lambda w: w.again("captured", reference="X", released_minor=2501),
    ),
    Attack(
        "closed_means_nothing_is_held",
        "close a hold and keep a cent of it open",
        lambda w: w.change("held", state="released", released_minor=3999),
    ),
    Attack(
        "closed_means_nothing_is_held", "release a part of an open hold", lambda w: w.change("held", released_minor=1)
    ),
    Attack(
        "authorisation_state_known",
        "put a hold in a state that does not exist",
        lambda w: w.change("doubted", state="lost"),
    ),
    Attack(
        "authorisation_currency_is_a_code", "hold in 'eur'", lambda w: w.again("held", reference="X", currency="eur")
    ),
    Attack("authorisation_currency_is_a_code", "hold in 'EU'", lambda w: w.again("held", reference="X", currency="EU")),
    Attack("deadline_at", "hold without a deadline", lambda w: w.change("held", deadline_at=None)),
    Attack("asked_stays_asked", "change what was asked of the card", lambda w: w.change("held", requested_minor=6000)),
    Attack("asked_stays_asked", "turn a hold in euros into one in yen", lambda w: w.change("held", currency="JPY")),
    Attack(
        "closed_stays_closed",
        "hold captured money once more",
        lambda w: w.change("captured", state="authorised", captured_minor=0, released_minor=0, refunded_minor=600),
    ),
    Attack(
        "closed_stays_closed",
        "take a cent more from a closed hold",
        lambda w: w.change("captured", captured_minor=1501, released_minor=2499),
    ),
]
