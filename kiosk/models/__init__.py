"""Sites, kiosks, tariffs, and the charging sessions they sell."""

from kiosk.models.kiosk import Enrolment, EnrolmentCode, Kiosk
from kiosk.models.receipt import Receipt
from kiosk.models.session import MeterSample, Session, StopAttempt, TimelineEntry
from kiosk.models.site import Offer, Site
from kiosk.models.tariff import PriceComponent, Tariff

__all__ = [
    "Enrolment",
    "EnrolmentCode",
    "Kiosk",
    "MeterSample",
    "Offer",
    "PriceComponent",
    "Receipt",
    "Session",
    "Site",
    "StopAttempt",
    "Tariff",
    "TimelineEntry",
]
