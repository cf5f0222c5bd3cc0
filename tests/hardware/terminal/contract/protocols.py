"""The terminals that the contract is run for. A new protocol adds one line to ``PROTOCOLS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hardware.terminal.payproxy.simulator.server import WIRE as PAYPROXY
from hardware.terminal.simulator.hosting import Wire
from tests.hardware.terminal.contract.cases import CASES, DONE, NOTHING, Case
from tests.hardware.terminal.simulated import Simulator


@dataclass(frozen=True, slots=True)
class Terminal:
    """One protocol: how its simulator is started and its driver opened, and what is its own about it."""

    name: str
    #: What its simulator brings to the virtual terminal.
    wire: Wire
    #: The driver's URL for a simulator that runs.
    url: Callable[[Simulator], str]
    #: A device record with everything switched on.
    profile: Mapping[str, object]
    #: What must change in it so that half a second's silence is too much.
    impatient: Mapping[str, object]
    #: The faults of its own wire.
    own: tuple[Case, ...] = ()
    #: Shared faults that end differently here, by fault.
    instead: Mapping[str, Case] = field(default_factory=dict)
    #: Besides EUR, where the protocol has them: one without decimals, one with three.
    currencies: tuple[str, ...] = ("JPY", "TND")
    #: The largest amount it can carry, in minor units.
    largest: int = 99_999_999_99

    def cases(self) -> list[Case]:
        """Every fault that its simulator plays."""
        shared = [self.instead.get(each.fault, each) for each in CASES]
        return [each for each in (*shared, *self.own) if each.fault in self.wire.kinds]


_VERBS = ("authorise", "token", "capture", "release", "refund", "recover", "status")

PROTOCOLS = (
    Terminal(
        "payproxy",
        PAYPROXY,
        lambda simulator: f"payproxy+{simulator.url}",
        {"refund": True, "recover": True, "read_timeouts": dict.fromkeys(_VERBS, 20.0)},
        {"read_timeouts": dict.fromkeys(_VERBS, 0.4)},
        own=(Case("error_500", NOTHING), Case("error_500", DONE, {"after": True})),
    ),
)
