"""What an OPI device record may say about its terminal, beside what is inferred (``mapping.py``). All times in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from hardware.terminal.opi.mapping import Inferred

LANGUAGES: Mapping[str, str] = {"en": "en", "nl": "nl", "de": "de", "fr": "fr"}


@dataclass(frozen=True, slots=True)
class Timers:
    """How long what may take (reference: chapter 4.7)."""

    connect: float = 5.0
    idle: float = 90.0  # without a word on either channel
    hard: float = 300.0  # a whole request, however much the terminal talks
    abort: float = 10.0
    status: float = 10.0
    recovery: float = 20.0  # RepeatLastMessage and TicketReprint
    reprint_pause: float = 3.0  # before each TicketReprint
    unavailable_pause: float = 5.0  # after Busy, DeviceUnavailable and PrintLastTicket
    status_interval: float = 30.0  # a ready terminal is not asked again sooner


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the terminal's software build and contract allow (reference: chapter 4.8)."""

    pre_authorisation: bool = True
    read_token: bool = True
    refund: bool = False
    recover: bool = True
    end_of_day: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about one OPI terminal that its URL does not say."""

    workstation_id: str = "TAPCHARGE"  # stable, and unique among the cash registers the terminal knows
    application_sender: str = ""  # sent by OPI-DE
    pop_id: str = ""  # the same
    listen_address: str = "0.0.0.0"  # noqa: S104 - the terminal dials in; strangers are turned away
    listen_port: int = 4102
    device_address: str = ""  # where the terminal dials in from, if not from where it listens
    encoding: str = "utf-8"
    #: Of the terminal's clock, where it names no offset.
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Amsterdam"))
    clock_tolerance: float = 3.0  # between the terminal's clock and ours, before a reprint is another one's
    languages: Mapping[str, str] = field(default_factory=lambda: dict(LANGUAGES))
    fallback_language: str = "en"
    reprint_tries: int = 3
    test_marks: tuple[str, ...] = ("TEST SYSTEM",)  # receipt lines that give a test system away
    test_mode: bool = False  # accept one
    timers: Timers = Timers()
    abilities: Abilities = Abilities()
    mapping: Inferred = field(default_factory=Inferred)
