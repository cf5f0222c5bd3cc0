"""The hand that holds a card to the terminal, whatever has become of the line meanwhile."""

from __future__ import annotations

import threading
from types import TracebackType

from tools.cuts.places import Place

_LOOK = 0.03  # seconds between looks at the screen
_LAST_LOOKS = 10  # after everybody else has given up
_HESITATION = 0.4  # seconds: by then a terminal that noticed a cut has given up


class Cardholder:
    """Presents a card once the terminal asks for one, for the length of a block; with ``cut`` the line goes first."""

    def __init__(self, place: Place, *, cut: bool = False) -> None:
        self._place, self._cut = place, cut
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._wait, name="cardholder", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """It has been presented, or nobody asked for it by the time that everything was over."""
        self._left.set()
        self._thread.join()

    def _wait(self) -> None:
        last_looks = 0
        while not self._is_asked():
            if self._left.is_set() and (last_looks := last_looks + 1) > _LAST_LOOKS:
                return
            threading.Event().wait(_LOOK)
        if self._cut:
            self._place.line.cut()
        threading.Event().wait(_HESITATION)
        self._place.simulator.card()

    def _is_asked(self) -> bool:
        return bool(self._place.simulator.state()["waiting_for"] == "card")
