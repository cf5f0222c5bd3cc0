"""What the device record of a CCV cloud terminal may say, beside what is inferred (``mapping.py``). Times in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hardware.terminal.ccv.mapping import Mapped

LANGUAGES: Mapping[str, str] = {"en": "eng", "nl": "nld", "de": "deu", "fr": "fra"}


@dataclass(frozen=True, slots=True)
class Timers:
    """How long what may take, and how often is asked."""

    connect: float = 5.0
    answer: float = 30.0  # one answer over HTTP
    cardholder: float = 360.0  # until a transaction with a card has ended (chapter 2.4: 6 minutes)
    settle: float = 60.0  # until a capture, reversal or refund has ended
    poll_first: float = 0.5
    poll_growth: float = 1.5
    poll_longest: float = 5.0
    status_interval: float = 60.0  # a terminal that was ready is not asked about again sooner
    display_interval: float = 3.0  # nor what it shows
    absent_after: float = 60.0  # a transaction that cannot be found for so long was never begun


@dataclass(frozen=True, slots=True)
class Abilities:
    """What terminal and contract allow. A refund may need the card there; how the last two are asked for is inferred."""

    read_token: bool = True
    refund: bool = False
    recover: bool = True
    abort: bool = False
    display_text: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about one terminal that its URL does not say. The key itself is never in it (``keys.py``)."""

    key_env: str = ""
    key_file: str = ""
    test_mode: bool = False  # needed for a test key or a test host; tokens are not real there (chapter 2.8)
    live_hosts: tuple[str, ...] = ("api.psp.ccv.eu",)
    test_hosts: tuple[str, ...] = ("vpos-test.jforce.be", "api.psp.sandbox.ccv.eu")  # by third parties, unconfirmed
    verify_tls: bool | str = True  # or the path of a CA file
    user_agent: str = "TapCharge"
    management_system_id: str = "GrundmasterNL"
    access_protocol: str = "OPI_NL"
    operating_environment: str = "UNATTENDED"  # inferred: all samples say ATTENDED
    ip: str = ""  # of the terminal, where CCV's cloud dials it (inferred)
    port: int = 0
    partial_approval: bool = True
    description: str = "EV charging"
    return_url: str = ""
    webhook_url: str = ""  # https://HOST/hooks/terminals/ID/; a hint only, so it may be left out
    notifications: bool = False  # ask for them instead of the webhook; they come to the same address
    amounts_as_text: bool = False  # CCV shows numbers, its clients send texts; either is accepted
    languages: Mapping[str, str] = field(default_factory=lambda: dict(LANGUAGES))
    fallback_language: str = "eng"
    #: Pauses before the same request is sent again, with the same bytes and ``Idempotency-Reference``.
    repeat_pauses: tuple[float, ...] = (1.0, 2.0, 4.0)
    #: Pauses after HTTP 429, as CCV's own library makes them.
    throttle_pauses: tuple[float, ...] = (2.0, 4.0, 6.0)
    lookback_days: int = 31  # how far back recovery looks for captures, reversals and refunds
    test_marks: tuple[str, ...] = ("TEST SYSTEM",)  # receipt lines that give a test system away
    timers: Timers = Timers()
    abilities: Abilities = Abilities()
    mapping: Mapped = field(default_factory=Mapped)
