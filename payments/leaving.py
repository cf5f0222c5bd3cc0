"""A worker that is told to end leaves no cardholder hanging.

Celery's warm shutdown takes no new work and waits for what is under way. A capture is over in a moment, but a cardholder
may take minutes, and whoever ends processes kills what does not end (systemd after 90 s, ``make run`` after 5). So the
terminal is asked to stop waiting for a card: its answer, aborted or an approval that came first, is recorded by the
thread that waits for it, and the driver is told.
"""

from __future__ import annotations

import threading
from typing import Any

from celery.signals import worker_shutting_down

from payments import attending

#: Seconds that a cardholder still has who was about to present the card.
PATIENCE = 3.0
#: Seconds until a terminal that goes on waiting is asked again.
_AGAIN = 5.0


def connect() -> None:
    """Hear it."""
    worker_shutting_down.connect(on_worker_shutting_down, dispatch_uid="payments")


def on_worker_shutting_down(**_: Any) -> None:
    """The worker was told to end. The signal comes in its main thread, which must go on."""
    threading.Thread(target=_dismiss, name="leaving", daemon=True).start()


def _dismiss() -> None:
    pause = PATIENCE
    while not threading.Event().wait(pause):
        attending.dismiss_here()
        pause = _AGAIN
