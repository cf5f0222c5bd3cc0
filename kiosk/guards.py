"""Rules that a session and its money keep together, as triggers (payments.guards says how they work)."""

from __future__ import annotations

from payments.guards import Guard, migration

GUARDS: tuple[Guard, ...] = (
    Guard(
        "session_in_currency_of_hold",
        "kiosk_session",
        "INSERT",
        "NEW.currency <> (SELECT currency FROM payments_authorisation WHERE id = NEW.authorisation_id)",
        "the hold is in another currency",
    ),
    Guard(
        "session_keeps_its_money",
        "kiosk_session",
        "UPDATE OF currency, authorisation_id",
        "NEW.currency <> OLD.currency OR NEW.authorisation_id <> OLD.authorisation_id",
        "what a session is paid with cannot be changed",
    ),
    Guard(
        "no_energy_no_capture",
        "payments_operation",
        "INSERT",
        "NEW.kind = 'capture' AND EXISTS "
        "(SELECT 1 FROM kiosk_session WHERE authorisation_id = NEW.authorisation_id AND energy_wh = 0)",
        "nothing was delivered",
    ),
    Guard(
        "receipt_never_changes",
        "kiosk_receipt",
        "UPDATE",
        "1 = 1",
        "a receipt is frozen when it is issued",
    ),
)

OPERATIONS, LIFT = migration(GUARDS)
