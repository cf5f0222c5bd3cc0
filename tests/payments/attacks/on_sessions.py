"""Attacks on what money was taken for."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from tests.payments.attacks.attack import Attack
from tests.payments.world import World


def _another_session(world: World, **values: object) -> World:
    fresh = {"public_id": "another", "authorisation_id": world.held.pk, "start_command_id": None}
    return world.again("session", **fresh | {"transaction_id": None, "state": "finished"} | values)


def _same_card(world: World) -> World:
    """The wider rule stops this one too, so it is taken away first."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_open_session_per_connector")
    return _another_session(world, state="charging")


SESSIONS = [
    Attack(
        "one_open_session_per_connector",
        "charge twice at one connector",
        lambda w: _another_session(w, state="charging", card_id=None),
    ),
    Attack(
        "one_open_session_per_card_and_connector",
        "charge twice with one card at one connector",
        _same_card,
    ),
    Attack(
        "session_state_known",
        "put a session in a state that does not exist",
        lambda w: w.change("session", state="lost"),
    ),
    Attack("session_figures_not_negative", "charge less than nothing", lambda w: w.change("session", cost_minor=-1)),
    Attack(
        "session_in_currency_of_hold",
        "sell in dollars what is held in euros",
        lambda w: _another_session(w, currency="USD"),
    ),
    Attack(
        "session_keeps_its_money",
        "let another card pay for a session",
        lambda w: w.change("session", authorisation_id=w.held.pk),
    ),
    Attack(
        "receipt_number_once_per_site",
        "issue two receipts with one number",
        lambda w: _another_session(w).again("receipt", code="another", session_id=w.session.pk + 1),
    ),
    Attack(
        "receipt_never_changes",
        "change a receipt that was issued",
        lambda w: w.change("receipt", issued_at=w.now - timedelta(days=1)),
    ),
]
