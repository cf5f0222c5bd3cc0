"""A simulated terminal on this machine: how its process is started, and what its device record says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hardware.terminal.kind import Simulated
from hardware.terminal.registry import SIMULATED

HOST = "127.0.0.1"
DEFAULT = "payproxy"


@dataclass(frozen=True, slots=True)
class Placed:
    """A simulated terminal on this machine: its page is on ``port``, ``data`` is the folder of its book.

    The port above its own is that of the charge points; the two above that one are for its wire.
    """

    simulated: Simulated = SIMULATED[DEFAULT]
    port: int = 8100
    data: Path = Path("/var/im30")

    @property
    def command(self) -> list[str]:
        """Module and options of its process."""
        options = [self._fill(each) for each in self.simulated.options.split()]
        shared = ["--host", HOST, "--port", str(self.port), "--data", str(self.data)]
        return [self.simulated.module, *shared, *options]

    @property
    def url(self) -> str:
        """What a device record calls it."""
        return self._fill(self.simulated.url)

    @property
    def profile(self) -> dict[str, object]:
        """What the device record says besides."""
        given = self.simulated.profile.items()
        return {key: self._till if value == "{till}" else value for key, value in given}

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports of its wire, which nobody else may have."""
        return (self._wire, self._till)[: self.simulated.ports]

    @property
    def _wire(self) -> int:
        return self.port + 2

    @property
    def _till(self) -> int:
        return self.port + 3

    def _fill(self, template: str) -> str:
        return template.format(host=HOST, port=self.port, wire=self._wire, till=self._till, data=self.data)


def is_simulated(url: str, data: Path) -> bool:
    """Whether a device record's URL is one that ``Placed`` made, on whatever port."""
    return any(_fits(url, each, data) for each in SIMULATED.values())


def _fits(url: str, simulated: Simulated, data: Path) -> bool:
    before, _, after = simulated.url.partition("{host}:")
    if not after:
        return url == simulated.url.format(data=data)
    number, separator, rest = url.removeprefix(f"{before}{HOST}:").partition("/")
    path = after.partition("}")[2]
    return url.startswith(f"{before}{HOST}:") and number.isdecimal() and separator + rest == path
