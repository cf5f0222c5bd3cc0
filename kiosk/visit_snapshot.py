"""What the screen of one visit shows, from the card to the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.urls import reverse
from moneyed import Money

from kiosk.lifecycle import State
from kiosk.models import Kiosk, Receipt, Session, StopAttempt
from kiosk.starting import PLUG_IN_MARGIN
from payments.models import Authorisation, Operation
from payments.money import from_minor

#: How an authorisation ended that neither the driver nor the clock ended.
_BROKE_OFF = frozenset({Operation.State.NOT_SENT, Operation.State.UNKNOWN})
#: How long the result of a stop card stays on the screen unless the driver waves it away.
SHOW_RESULT = timedelta(seconds=45)
#: From this share of the hold on the driver is warned, in percent.
WARN_FROM = 80


class Step(StrEnum):
    """What the driver has to know or do now; each has a template of its name."""

    CARD = "card"
    PLUG = "plug"
    CHARGING = "charging"
    STOP_CARD = "stop_card"
    WRONG_CARD = "wrong_card"
    STOPPING = "stopping"
    SETTLING = "settling"
    FINISHED = "finished"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NOT_STARTED = "not_started"
    IN_DOUBT = "in_doubt"


_STEPS = {
    State.AUTHORISING: Step.CARD,
    State.AUTHORISED: Step.PLUG,
    State.STARTING: Step.PLUG,
    State.CHARGING: Step.CHARGING,
    State.STOPPING: Step.STOPPING,
    State.SETTLING: Step.SETTLING,
    State.FINISHED: Step.FINISHED,
    State.DECLINED: Step.DECLINED,
    State.CANCELLED: Step.CANCELLED,
    State.NOT_STARTED: Step.NOT_STARTED,
    State.IN_DOUBT: Step.IN_DOUBT,
}
_WRONG = {StopAttempt.Outcome.NO_MATCH, StopAttempt.Outcome.OTHER_SESSION}


@dataclass(frozen=True, slots=True)
class VisitSnapshot:
    """One session as the driver sees it. Energy in Wh, power in W, shares in percent, times in seconds.

    ``mine``: it was begun at this kiosk. ``attempt``: what came of the last stop card, or an empty string.
    ``terminal_text``: what the terminal says while it waits for a card. ``broke_off``: nothing is held because the terminal
    could not be asked, or did not carry it out.
    """

    step: Step
    mine: bool
    public_id: str
    reference: str
    site_name: str
    help_phone: str
    connector: str
    plug: str
    requested: Money
    held: Money
    cost: Money
    captured: Money
    energy_wh: int
    power_w: int
    soc_percent: int | None
    elapsed_s: int
    heard_at: datetime | None
    silent: bool
    deadline_at: datetime | None
    plugged_in: bool
    end_reason: str
    attempt: str
    attempt_id: int
    terminal_text: str
    broke_off: bool
    receipt_code: str
    receipt_number: str

    template: ClassVar[str] = "kiosk/screens/visit.html"

    @property
    def body(self) -> str:
        """The template of this step."""
        return f"kiosk/screens/{self.step}.html"

    @property
    def released(self) -> Money:
        """What of the hold goes back to the driver."""
        return self.held - (self.captured or self.cost)

    @property
    def share(self) -> int:
        """How much of the hold is used, in percent."""
        return int(100 * self.cost.amount / self.held.amount) if self.held else 0

    @property
    def nearly_used_up(self) -> bool:
        """Whether the driver has to be warned that the hold runs out."""
        return self.share >= WARN_FROM

    @property
    def partial(self) -> bool:
        """Whether the bank holds less than was asked for."""
        return bool(self.held) and self.held < self.requested

    @property
    def nothing_was_held(self) -> bool:
        """Whether the doubt is about the hold itself, not about its settlement."""
        return not self.held

    @property
    def receipt_url(self) -> str:
        """What the driver's phone opens."""
        return settings.PUBLIC_URL + reverse("kiosk:receipt", args=[self.receipt_code]) if self.receipt_code else ""

    def url(self, name: str) -> str:
        """Where an action on this session is posted."""
        return reverse(f"kiosk:{name}", args=[self.public_id])

    @property
    def page_url(self) -> str:
        """The page of this session, with the result of the last stop card waved away."""
        return f"{self.url('session')}?seen={self.attempt_id}"

    @property
    def cancel_url(self) -> str:
        return self.url("cancel")

    @property
    def stop_url(self) -> str:
        return self.url("stop")

    @property
    def withdraw_url(self) -> str:
        return self.url("withdraw")


def take_visit(kiosk: Kiosk, public_id: str, now: datetime, *, dismissed: int) -> VisitSnapshot | None:
    """The session ``public_id`` as ``kiosk`` shows it; None when there is no such session at its site."""
    rows = Session.objects.filter(site=kiosk.site_id, public_id=public_id)
    session = rows.select_related("authorisation", "connector__charge_point", "receipt").first()
    if session is None:
        return None
    authorisation = session.authorisation
    attempt = _last_attempt(session, kiosk, now, dismissed)
    step = _step(session, attempt)
    asked = _asked_for_a_card(step, authorisation, attempt)
    receipt: Receipt | None = getattr(session, "receipt", None)
    connector = session.connector
    silent_after = timedelta(seconds=connector.charge_point.silent_after_s)
    return VisitSnapshot(
        step=step,
        mine=session.kiosk_id == kiosk.pk,
        public_id=session.public_id,
        reference=authorisation.reference,
        site_name=kiosk.site.name,
        help_phone=kiosk.site.help_phone,
        connector=connector.label,
        plug=connector.plug,
        requested=authorisation.requested,
        held=authorisation.authorised,
        cost=from_minor(session.cost_minor, session.currency),
        captured=authorisation.captured,
        energy_wh=session.energy_wh,
        power_w=session.power_w,
        soc_percent=session.soc_percent,
        elapsed_s=session.charging_s + session.parking_s,
        heard_at=session.heard_at,
        silent=session.heard_at is not None and now - session.heard_at > silent_after,
        deadline_at=_counts_down_to(session),
        plugged_in=_was_plugged_in(session),
        end_reason=session.end_reason,
        attempt=attempt.outcome if attempt else "",
        attempt_id=attempt.pk if attempt else dismissed,
        terminal_text=asked.terminal_text if asked else "",
        broke_off=step is Step.CANCELLED and asked is not None and asked.state in _BROKE_OFF,
        receipt_code=receipt.code if receipt else "",
        receipt_number=str(receipt) if receipt else "",
    )


def _counts_down_to(session: Session) -> datetime | None:
    """Until when the driver can plug in: we wait a little longer than the charge point does."""
    if session.state == State.STARTING and session.deadline_at is not None:
        return session.deadline_at - PLUG_IN_MARGIN
    return session.deadline_at


def _was_plugged_in(session: Session) -> bool:
    """Whether a car was connected before the card was accepted.

    Afterwards "Preparing" may just as well mean that the charge point waits for the cable (OCPP 1.6 StatusNotification).
    """
    connector = session.connector
    if connector.status != connector.Status.PREPARING or connector.status_at is None or session.authorised_at is None:
        return False
    return connector.status_at <= session.authorised_at


def _last_attempt(session: Session, kiosk: Kiosk, now: datetime, dismissed: int) -> StopAttempt | None:
    """The last stop card at this kiosk's terminal, while it is news."""
    if session.state not in (State.CHARGING, State.STOPPING):
        return None
    attempts = session.stop_attempts.filter(operation__terminal=kiosk.terminal_id).select_related("operation")
    attempt = attempts.order_by("-pk").first()
    if attempt is None or attempt.pk <= dismissed:
        return None
    old = attempt.finished_at is not None and now - attempt.finished_at > SHOW_RESULT
    return None if old else attempt


def _step(session: Session, attempt: StopAttempt | None) -> Step:
    step = _STEPS[State(session.state)]
    if step is Step.CHARGING and attempt is not None:
        if attempt.outcome == StopAttempt.Outcome.WAITING:
            return Step.STOP_CARD
        if attempt.outcome in _WRONG:
            return Step.WRONG_CARD
    return step


def _asked_for_a_card(step: Step, authorisation: Authorisation, attempt: StopAttempt | None) -> Operation | None:
    """The operation that waits for a card, or ended before there was one; None at other steps."""
    if step is Step.STOP_CARD and attempt is not None:
        return attempt.operation
    if step not in (Step.CARD, Step.CANCELLED):
        return None
    return authorisation.operations.filter(kind=Operation.Kind.AUTHORISE).first()
