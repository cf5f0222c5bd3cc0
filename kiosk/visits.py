"""What a driver or staff can do: the only ways into a session from a page."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from moneyed import Money, get_currency

from hardware.models import Connector
from kiosk import live, offers, pricing, sessions, starting, stopcards, stopping
from kiosk.formats import money_text
from kiosk.lifecycle import State
from kiosk.models import Kiosk, Offer, Session, Site, StopAttempt
from kiosk.offers import Availability
from kiosk.refusals import Refusal, Refused
from kiosk.timeline import Code, Source, record
from payments import authorisations
from payments.errors import TerminalBusy, TerminalNotReady
from payments.money import from_minor, to_minor

__all__ = [
    "Refusal",
    "Refused",
    "ask_for_stop_card",
    "begin",
    "cancel",
    "parse_hold",
    "stop_by_staff",
    "withdraw_stop_card",
]

Why = Session.EndReason

_NOT_ON_SALE = {
    Availability.OCCUPIED: Refusal.CONNECTOR_BUSY,
    Availability.OFFLINE: Refusal.CONNECTOR_OFFLINE,
    Availability.FAULT: Refusal.CONNECTOR_FAULT,
    Availability.OUT_OF_SERVICE: Refusal.CONNECTOR_DISABLED,
}


def begin(*, kiosk: Kiosk, connector: Connector, hold: Money, language: str, now: datetime) -> Session:
    """Ask the card for ``hold`` and reserve the connector. Raises Refused before any money is held.

    The same wish again (a double click) gives the session that waits for its card already.
    """
    site = kiosk.site
    if (waiting := _waiting(kiosk, connector)) is not None:
        return waiting
    if offers.closed_because(kiosk, now):
        raise Refused(Refusal.TERMINAL_UNAVAILABLE if kiosk.enabled else Refusal.KIOSK_CLOSED)
    offer = (
        Offer.objects.select_related("connector__charge_point", "tariff").filter(site=site, connector=connector).first()
    )
    if offer is None:
        raise Refused(Refusal.CONNECTOR_UNKNOWN)
    if refusal := _NOT_ON_SALE.get(offers.availability(offer, now)):
        raise Refused(refusal)
    _check_hold(site, hold)
    tariff = offer.tariff.snapshot()
    pricing.parse(tariff)  # nobody is asked for a card at a price that cannot be charged
    try:
        with transaction.atomic():
            return _open(kiosk, offer, hold, tariff, language, now)
    except TerminalBusy:
        refusal = Refusal.TERMINAL_BUSY
    except TerminalNotReady:
        refusal = Refusal.TERMINAL_UNAVAILABLE
    except IntegrityError:
        if not offers.held_connectors([connector.pk]):
            raise
        # one_open_session_per_connector: somebody else was faster
        refusal = Refusal.CONNECTOR_BUSY
    if (waiting := _waiting(kiosk, connector)) is not None:
        return waiting  # the other click of a double click was faster
    raise Refused(refusal)


def parse_hold(site: Site, text: str) -> Money:
    """An amount as a driver types it: "40", "40.00", "40,50". Raises Refused."""
    places = len(str(get_currency(site.currency).sub_unit)) - 1
    typed = text.strip().replace(",", ".")
    pattern = rf"[0-9]{{1,6}}(\.[0-9]{{1,{places}}})?" if places else "[0-9]{1,8}"
    if not re.fullmatch(pattern, typed):
        raise Refused(Refusal.AMOUNT_INVALID, example=money_text(from_minor(site.hold_minimum_minor, site.currency)))
    hold = Money(Decimal(typed), site.currency)
    _check_hold(site, hold)
    return hold


def cancel(session: Session, *, now: datetime) -> bool:
    """The driver changed their mind before charging began. False when it is too late for that.

    While the card is asked for it is a wish: if the card is approved all the same, the hold is released at once.
    """
    with transaction.atomic():
        current = sessions.lock(session)
        if current is None:
            return False
        if current.state in (State.AUTHORISED, State.STARTING):
            return starting.give_up(current, Why.CANCELLED, now, Source.DRIVER)
        if current.state != State.AUTHORISING:
            return False
        if not current.end_reason:
            sessions.change(current, end_reason=Why.CANCELLED)
            record(current, Source.DRIVER, Code.CANCEL_WISHED, now=now)
            live.publish(current.site_id)
    # Another transaction: the money's rows are locked before the session's, never after (kiosk.sessions).
    authorisations.cancel(current.authorisation, now)
    return True


def ask_for_stop_card(session: Session, *, kiosk: Kiosk, language: str, now: datetime) -> StopAttempt:
    """Have the kiosk's terminal ask for a card to stop with. Raises Refused."""
    if session.state != State.CHARGING or session.site_id != kiosk.site_id:
        raise Refused(Refusal.NOT_STOPPABLE)
    try:
        with transaction.atomic():
            return stopcards.ask(session, kiosk, language, now)
    except TerminalBusy:
        raise Refused(Refusal.TERMINAL_BUSY) from None
    except TerminalNotReady:
        raise Refused(Refusal.TERMINAL_UNAVAILABLE) from None


def withdraw_stop_card(attempt: StopAttempt, *, now: datetime) -> None:
    """The driver does not want to stop after all. A wish: a card that was read before it counts."""
    stopcards.withdraw(attempt, now)


def stop_by_staff(session: Session, *, user: AbstractBaseUser, note: str, now: datetime) -> None:
    """Stop it from the admin. Raises Refused when it is not charging."""
    with transaction.atomic():
        current = sessions.lock(session)
        if current is None or not stopping.stop(current, Why.STAFF, now, Source.STAFF):
            raise Refused(Refusal.NOT_STOPPABLE)
        record(current, Source.STAFF, Code.STOPPED_BY_STAFF, now=now, user=user.get_username(), note=note[:200])


def _check_hold(site: Site, hold: Money) -> None:
    try:
        minor = to_minor(hold)
    except ValueError:
        minor = 0
    if hold.currency.code != site.currency or minor <= 0:
        raise Refused(Refusal.AMOUNT_INVALID, example=money_text(from_minor(site.hold_minimum_minor, site.currency)))
    if minor < site.hold_minimum_minor:
        raise Refused(Refusal.AMOUNT_TOO_SMALL, bound=money_text(from_minor(site.hold_minimum_minor, site.currency)))
    if minor > site.hold_maximum_minor:
        raise Refused(Refusal.AMOUNT_TOO_LARGE, bound=money_text(from_minor(site.hold_maximum_minor, site.currency)))


def _waiting(kiosk: Kiosk, connector: Connector) -> Session | None:
    """The session at this kiosk that waits for a card for this connector, and was not cancelled."""
    return Session.objects.filter(kiosk=kiosk, connector=connector, state=State.AUTHORISING, end_reason="").first()


def _open(kiosk: Kiosk, offer: Offer, hold: Money, tariff: dict[str, object], language: str, now: datetime) -> Session:
    authorisation = authorisations.authorise(terminal=kiosk.terminal, amount=hold, language=language, now=now)
    session = Session.objects.create(
        site_id=kiosk.site_id,
        kiosk=kiosk,
        connector=offer.connector,
        authorisation=authorisation,
        language=language,
        tariff=tariff,
        currency=hold.currency.code,
        created_at=now,
    )
    details = {"amount_minor": to_minor(hold), "currency": hold.currency.code, "connector": offer.connector.label}
    record(session, Source.DRIVER, Code.ASKED, now=now, **details)
    live.publish(session.site_id)
    return session
