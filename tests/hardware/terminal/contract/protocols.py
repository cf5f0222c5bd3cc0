"""The terminals that the contract is run for. A new protocol adds one line to ``PROTOCOLS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from hardware.terminal.ccv.simulator.server import WIRE as CCV
from hardware.terminal.interface import Outcome
from hardware.terminal.opi.simulator.server import opi_wire
from hardware.terminal.payproxy.simulator.server import WIRE as PAYPROXY
from hardware.terminal.simulator.faults import Kind
from hardware.terminal.simulator.hosting import Wire
from hardware.terminal.zvt.serial_link import Timing
from hardware.terminal.zvt.simulator.accidents import SERIAL_KINDS, TCP_KINDS
from hardware.terminal.zvt.simulator.server import wire as zvt_wire
from hardware.terminal.zvt.simulator.setup import PtyPlace, Setup, TcpPlace, Timers
from tests.hardware.terminal.contract.cases import CASES, DONE, NOT_SENT, NOTHING, UNKNOWN, Case
from tests.hardware.terminal.contract.zvt_cases import contract_kinds, own_cases
from tests.hardware.terminal.simulated import Simulator
from tests.support.processes import free_port


@dataclass(frozen=True, slots=True)
class Place:
    """One terminal to be: what its simulator is started with, and how its driver is then opened."""

    #: What the simulator brings to the virtual terminal.
    wire: Wire
    #: The driver's URL for the simulator that runs.
    url: Callable[[Simulator], str]
    #: A device record with everything switched on.
    profile: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Terminal:
    """One protocol, and what is its own about it."""

    name: str
    #: A new place for every test: some need a port or a line of their own.
    place: Callable[[], Place]
    #: What must change in the device record so that half a second's silence is too much.
    impatient: Mapping[str, object]
    #: The faults that its simulator plays.
    kinds: Sequence[str]
    #: Cases for those of its own wire.
    own: tuple[Case, ...] = ()
    #: Shared faults that end differently here: these cases in place of those with the same fault.
    instead: tuple[Case, ...] = ()
    #: Besides EUR, where the protocol has them: one without decimals, one with three.
    currencies: tuple[str, ...] = ("JPY", "TND")
    #: The largest amount it can carry, in minor units.
    largest: int = 99_999_999_99

    def cases(self) -> list[Case]:
        """Every fault that its simulator plays."""
        otherwise = {each.fault for each in self.instead}
        shared = [each for each in CASES if each.fault in self.kinds and each.fault not in otherwise]
        return [*shared, *self.instead, *self.own]


_VERBS = ("authorise", "token", "capture", "release", "refund", "recover", "status")


def _timeouts(seconds: float) -> Mapping[str, object]:
    return {"read_timeouts": dict.fromkeys(_VERBS, seconds)}


def _payproxy() -> Place:
    profile = {"refund": True, "recover": True, **_timeouts(20.0)}
    return Place(PAYPROXY, lambda simulator: f"payproxy+{simulator.url}", profile)


_HTTP = (Case("error_500", NOTHING), Case("error_500", DONE, {"after": True}))


def _cloud(**timers: float) -> Mapping[str, object]:
    """A record of the Payment API. It repeats nothing here, so that every fault is seen; its own tests let it repeat."""
    quick = {"poll_first": 0.01, "poll_longest": 0.1, **dict.fromkeys(_LISTED, 0.0)}
    return {
        "key_file": str(Path(__file__).parents[1] / "ccv" / "simulator.key"),
        "abilities": {"refund": True, "abort": True, "display_text": True},
        "repeat_pauses": [],
        "throttle_pauses": [0.01],
        "timers": {**quick, **timers},
    }


_LISTED = ("status_interval", "display_interval", "absent_after")
_CLOUD = (
    *_HTTP,
    Case("too_many", frozenset({Outcome.APPROVED})),
    Case("key_refused", frozenset({NOT_SENT})),
    Case("unknown_failure", frozenset({Outcome.DECLINED}), {"reason": "unheard_of"}),
    Case("needs_terminal", frozenset({Outcome.DECLINED})),
    Case("manual_intervention", frozenset({UNKNOWN}), {"seconds": 0.3}),
    *(Case(f"hook_{each}", frozenset({Outcome.APPROVED})) for each in ("late", "twice", "stranger", "never")),
)


def _ccv() -> Place:
    profile = _cloud(cardholder=20.0, settle=20.0)
    return Place(CCV, lambda simulator: f"ccv+{simulator.url}/api/v1?terminal=12345678", profile)


def _zvt(**timers: float) -> Mapping[str, object]:
    return {"refund": True, "another_means_not_done": True, "timers": timers}


#: A line whose other end died is given up after three waits for its ACK, which are 5 s each in the field.
_ZVT_TIMERS = Timers(serial=Timing(t1=1.0, t2=1.5))


def _zvt_wire(place: TcpPlace | PtyPlace) -> Wire:
    wire = zvt_wire(Setup(place, timers=_ZVT_TIMERS))
    return replace(wire, kinds=contract_kinds(wire.kinds))


def _zvt_tcp() -> Place:
    return Place(_zvt_wire(TcpPlace()), lambda simulator: f"zvt+{simulator.where}", _zvt())


def _zvt_serial() -> Place:
    """With receipts in blocks: a line of its own for each of their lines takes long on a serial line."""
    profile = {**_zvt(acknowledge=1), "print_blocks": True}
    return Place(_zvt_wire(PtyPlace()), lambda simulator: f"zvt+serial://{simulator.where}", profile)


#: ``hard`` too, because the terminal asks for patience: a minute at a time.
_ZVT_IMPATIENT = _zvt(acknowledge=0.3, answer=0.3, completion=0.4, hard=0.5, card=1, card_slice=1)
#: A terminal prints nothing for a hold, so nothing gives it away.
_ZVT_INSTEAD = (
    Case(Kind.TEST_SYSTEM, frozenset({UNKNOWN, Outcome.APPROVED})),
    Case(
        Kind.CONNECTION_REFUSED, frozenset({NOT_SENT, Outcome.APPROVED}), {"seconds": 0.4}
    ),  # or the line stands already
)


def _zvt_terminal(name: str, place: Callable[[], Place], kinds: Sequence[StrEnum]) -> Terminal:
    return Terminal(
        name,
        place,
        impatient=_ZVT_IMPATIENT,
        kinds=contract_kinds(kinds),
        own=own_cases(kinds),
        instead=_ZVT_INSTEAD,
        largest=9_999_999_999,
    )


def _prompt(**timers: float) -> Mapping[str, object]:
    return {"timers": {"reprint_pause": 0, "unavailable_pause": 0, "status_interval": 0, **timers}}


def _opi() -> Place:
    till = free_port()
    profile = {
        "listen_address": "127.0.0.1",
        "listen_port": till,
        "abilities": {"refund": True},
        "mapping": {"unheard_means_not_done": True},
        **_prompt(),
    }
    return Place(opi_wire(0, till), lambda simulator: f"opi+{simulator.where}", profile)


PROTOCOLS = (
    Terminal("payproxy", _payproxy, impatient=_timeouts(0.4), kinds=PAYPROXY.kinds, own=_HTTP),
    Terminal("ccv", _ccv, impatient=_cloud(answer=0.4, cardholder=0.4, settle=0.4), kinds=CCV.kinds, own=_CLOUD),
    _zvt_terminal("zvt+tcp", _zvt_tcp, TCP_KINDS),
    _zvt_terminal("zvt+serial", _zvt_serial, SERIAL_KINDS),
    Terminal("opi", _opi, impatient=_prompt(idle=0.4, status=0.4), kinds=tuple(Kind)),
)
