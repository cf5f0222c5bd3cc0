"""What a ZVT device record may say about its terminal, and what is known of some makes.

Much of this differs between terminals and is seldom written down (docs/terminals/zvt.md says what is inferred), so
it is data: a preset, and what the device record says otherwise. ``record.py`` reads both. All times in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from hardware.terminal.zvt import encodings
from hardware.terminal.zvt.addresses import DEFAULT_TCP_PORT
from hardware.terminal.zvt.flags import Config


class Booking(StrEnum):
    """How a hold is turned into a sale."""

    PARTIAL_REVERSAL = "partial_reversal"  # 06 23: give back what was not used
    BOOK_TOTAL = "book_total"  # 06 24: take what was used


class Release(StrEnum):
    """How a whole hold is given back."""

    REVERSAL = "reversal"  # 06 25
    PARTIAL_REVERSAL = "partial_reversal"  # 06 23 of the full sum


class Reported(StrEnum):
    """What the amount of the answer to a partial reversal is."""

    BOOKED = "booked"
    RELEASED = "released"


class TokenSource(StrEnum):
    """Which tag identifies the card."""

    IDENTIFICATION = "1f14"
    CUSTOMER_INDEX = "1f61"  # card complete


class Algorithm(StrEnum):
    """How the terminal makes the token: the low two bits of 1F15."""

    DEFAULT = "default"
    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Timers:
    """How long what may take (reference: chapters 2 and 4)."""

    acknowledge: float = 5.0  # T2, serial only: ACK or NAK
    answer: float = 5.0  # T3: command to 80 00 or 84 xx
    completion: float = 180.0  # T4: 80 00 to the end, anew with every status
    hard: float = 600.0  # a whole command, however often the terminal asks for patience
    card: float = 60.0  # reading a card without payment
    card_slice: float = 15.0  # and how much of it in one go: in between the terminal is free for bookings


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about one ZVT terminal that its URL does not say."""

    port: int = DEFAULT_TCP_PORT  # where the URL names none
    password: str = field(default="000000", repr=False)
    status_password: bool = True  # send it with a status enquiry too
    #: Receipts come to us, line by line, and only we start anything.
    config: int = int(
        Config.WE_PRINT_PAYMENTS
        | Config.WE_PRINT_ADMINISTRATION
        | Config.INTERMEDIATE_STATUS
        | Config.ONLY_WE_START_PAYMENTS
        | Config.ONLY_WE_START_ADMINISTRATION
        | Config.PRINT_LINES
    )
    currency: bool = True  # BMP 49 in payments
    tlv: bool = True  # BMP 06; given up when the terminal refuses it
    print_blocks: bool = False  # ask for 06 D3 in place of 06 D1
    charset: str = encodings.CP437
    payment_type: int | None = 0x40  # BMP 19: the terminal decides
    card_type: int | None = 0x10  # BMP 19 of read card
    card_dialogue: int | None = None  # BMP FC of read card
    show_terminal_text: bool = True  # its own texts may be shown to drivers
    pre_authorisation: bool = True
    booking: Booking = Booking.PARTIAL_REVERSAL
    release: Release = Release.REVERSAL
    reported: Reported = Reported.BOOKED
    booking_keeps_receipt: bool = True  # the answer to a booking has the receipt number of its hold
    booking_names_trace: bool = True  # send 0B and 3B of the hold with its booking
    token: TokenSource = TokenSource.IDENTIFICATION
    algorithm: Algorithm = Algorithm.DEFAULT
    uid: bool = True  # take cards of closed loops by their UID
    reference: bool = True  # send our request id along (tag E9)
    reference_kind: str = "AC"  # the two letters of 1F62
    list_pending: bool = True  # the pending enquiry lists all (tag 23)
    another_means_not_done: bool = False  # in recovery: if the last transaction is another one of ours
    end_of_day_is_harmless: bool = False  # with open pre-authorisations
    refund: bool = False
    recover: bool = True
    sequence_ids: bool = False  # 1F73 in every message
    test_marks: tuple[str, ...] = ("TEST SYSTEM",)  # receipt lines that give a test system away
    test_mode: bool = False  # accept one
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Amsterdam"))  # of the terminal's clock
    clock_tolerance: float = 5.0  # between the terminal's clock and ours, before a receipt is another one's
    timers: Timers = Timers()


_PLAIN = Profile()

#: ``plain`` keeps to the standard; the others are what is known of a make.
PRESETS: Mapping[str, Profile] = {
    "plain": _PLAIN,
    "ccv": _PLAIN,  # nothing public contradicts the standard: see the open questions in docs/terminals/zvt.md
    "feig": replace(
        _PLAIN,
        port=22000,
        config=0xDE,
        card_dialogue=0x02,
        booking_names_trace=False,
        list_pending=False,
        charset="utf-8",
    ),
    "card-complete": replace(
        _PLAIN,
        config=0x3E,
        charset="iso8859-15",
        show_terminal_text=False,
        booking=Booking.BOOK_TOTAL,
        token=TokenSource.CUSTOMER_INDEX,
        list_pending=False,
    ),
}
