"""The bits of the bytes that are bit fields."""

from __future__ import annotations

from enum import IntFlag


class Config(IntFlag):
    """The configuration byte of a registration: who prints, who starts what."""

    WE_PRINT_PAYMENTS = 0x02
    WE_PRINT_ADMINISTRATION = 0x04
    INTERMEDIATE_STATUS = 0x08
    ONLY_WE_START_PAYMENTS = 0x10
    ONLY_WE_START_ADMINISTRATION = 0x20
    PRINT_LINES = 0x80  # receipts come as lines; otherwise we make them of the status information


class RegistrationService(IntFlag):
    """The service byte (BMP 03) of a registration."""

    MENU_DISABLED = 0x01
    CAPITALS = 0x02


class EnquiryService(IntFlag):
    """The service byte of a status enquiry."""

    NO_VERSION = 0x02
    WITH_TLV = 0x04


class RepeatService(IntFlag):
    """The service byte of a receipt repetition."""

    STATUS_INFORMATION = 0x01
    NO_PRINT = 0x02


class RegistrationStatus(IntFlag):
    """The status byte (BMP 19) of the completion of a registration."""

    INITIALISE = 0x01
    DIAGNOSE = 0x02
    OUTDOOR = 0x04
    FILLING_STATION = 0x08
    VENDING_MACHINE = 0x10


class Attribute(IntFlag):
    """The print attribute of a line (06 D1, tag 09)."""

    DOUBLE_HEIGHT = 0x10
    DOUBLE_WIDTH = 0x20
    CENTRED = 0x40


LINE_FEEDS = 0xFF  # of 06 D1: so many blank lines, the count follows
_LAST_LINE = 0x80  # alone it is reserved


def closes_receipt(attribute: int) -> bool:
    """Whether the line with this attribute is the last one of its receipt."""
    return _LAST_LINE < attribute < LINE_FEEDS
