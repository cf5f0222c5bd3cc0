"""One request on channel 0 and all that the terminal asks on channel 1 until it answers. No I/O; the clock is handed in.

d = Dialogue(request, profile, limits, now)     write d.frame on channel 0, then d.wrote(now)
d.heard(bytes, now)    what came on channel 0
d.ended()              channel 0 was closed or broke
link = d.link()        a connection on channel 1; link.heard(bytes, now) returns what to write back
d.deadline             when to call d.tick(now) at the latest
d.over, d.answer, d.failure
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.terminal.interface import Trace
from hardware.terminal.opi.desk import Desk
from hardware.terminal.opi.device import read_device_request, write_device_response
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.framing import Frames, frame
from hardware.terminal.opi.messages import Request, Response, read_response, write_request
from hardware.terminal.opi.profile import Profile
from hardware.terminal.opi.tracing import Tracer


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: without a word, and altogether."""

    idle: float
    hard: float


class Dialogue:
    """Ends with an ``answer``, or with a ``failure``: ``timeout``, ``connection_lost`` or ``garbled``."""

    def __init__(
        self, request: Request, profile: Profile, limits: Limits, now: float, trace: Trace | None = None
    ) -> None:
        """Raises OpiError for a request that OPI cannot carry."""
        self.request = request
        self.frame = frame(write_request(request, profile.mapping, profile.encoding))
        self.desk = Desk(profile.mapping, int(request.request_id))
        self.answer: Response | None = None
        self.failure = ""
        self._profile = profile
        self._limits = limits
        self._frames = Frames()
        self._tracer = Tracer(trace)
        self._hard_deadline = now + limits.hard
        self._heard_at = now

    @property
    def over(self) -> bool:
        return self.answer is not None or bool(self.failure)

    @property
    def deadline(self) -> float:
        """When the terminal has been silent for too long, or the request has taken too long."""
        return min(self._heard_at + self._limits.idle, self._hard_deadline)

    def wrote(self, now: float) -> None:
        """The request is on its way: time counts from here."""
        self._heard_at, self._hard_deadline = now, now + self._limits.hard
        self._tracer.request(self.request)

    def heard(self, data: bytes, now: float) -> None:
        """Take what came on channel 0. The first whole frame is the answer; what follows it is not looked at."""
        if self.over:
            return
        self._heard_at = now
        try:
            bodies = self._frames.feed(data)
            if bodies:
                self.answer = read_response(bodies[0], self._profile.mapping, self._profile.encoding)
                self._tracer.response(self.answer)
        except OpiError:
            self._fail("garbled")

    def ended(self) -> None:
        """Channel 0 was closed, or broke."""
        if not self.over:
            self._fail("connection_lost")

    def tick(self, now: float) -> None:
        """Give up when the time is up."""
        if not self.over and now >= self.deadline:
            self._fail("timeout")

    def link(self) -> Link:
        """Return the protocol of one connection on channel 1."""
        return Link(self)

    def serve(self, body: bytes, now: float) -> bytes:
        """Return the framed answer to one device request. Raises OpiError for what is none."""
        request = read_device_request(body, self._profile.encoding)
        self._heard_at = now
        response = self.desk.serve(request)
        self._tracer.asked(request)
        self._tracer.answered(response)
        return frame(write_device_response(response, self._profile.encoding))

    def _fail(self, failure: str) -> None:
        self.failure = failure
        self._tracer.failed(failure)


class Link:
    """One connection on channel 1."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._frames = Frames()

    def heard(self, data: bytes, now: float) -> bytes:
        """Return what to write back. Raises OpiError when this connection talks nonsense: close it, and only it."""
        return b"".join(self._dialogue.serve(body, now) for body in self._frames.feed(data))
