"""OCPP-J 1.6 without I/O: frames in, events out; calls and answers in, frames out. Both sides use it.

Each side has at most one call outstanding (OCPP-J 1.6, 4.1.1); further calls wait in a queue. Every call that arrives
is answered: by ``answer`` or ``refuse`` if it was handed out as an event, here if it was not worth handing out.
Times are seconds of any clock that only goes forward.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ocpp.exceptions import FormationViolationError, OCPPError
from ocpp.messages import Call, CallError, CallResult, pack, unpack

from hardware.charger.ocpp16 import schemas

logger = logging.getLogger(__name__)

SUBPROTOCOL = "ocpp1.6"
#: Longer frames are answered and thrown away unread. The web server's own limit is higher, so that they can be.
MAX_FRAME = 256 * 1024
ANSWER_WITHIN_S = 30.0
#: The id of an answer to something in which no id could be read.
NO_ID = "-1"
_LONGEST_ID = 255
_LONGEST_DESCRIPTION = 255


@dataclass(frozen=True, slots=True)
class Asked:
    """The other side calls; its payload keeps to the schema. Answer it."""

    id: str
    action: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """The other side answered our call; the payload keeps to the schema."""

    id: str
    action: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side answered our call with an error, or with something that is no answer to it."""

    id: str
    action: str
    code: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Our call was not answered in time. A late answer will be ignored."""

    id: str
    action: str


Event = Asked | Answered | Refused | Unanswered


class Protocol:
    """One end of one socket. ``handled`` are the actions that this end takes from the other."""

    def __init__(self, handled: frozenset[str], *, answer_within_s: float = ANSWER_WITHIN_S) -> None:
        self._handled = handled
        self._answer_within_s = answer_within_s
        self._queue: deque[Call] = deque()
        self._outstanding: Call | None = None
        self._deadline: float | None = None
        self._frames: list[str] = []

    @property
    def deadline(self) -> float | None:
        """When the outstanding call counts as unanswered; None while there is none."""
        return self._deadline

    @property
    def idle(self) -> bool:
        """Whether no call of ours is outstanding or waits."""
        return self._outstanding is None and not self._queue

    def frames(self, now: float) -> list[str]:
        """What is to be sent now, in order. Sending is the caller's job; asking again gives only what is new."""
        if self._outstanding is None and self._queue:
            self._outstanding = self._queue.popleft()
            self._deadline = now + self._answer_within_s
            self._frames.append(pack(self._outstanding))
        frames, self._frames = self._frames, []
        return frames

    def call(self, message_id: str, action: str, payload: Mapping[str, Any]) -> None:
        """Call the other side, after the calls that wait already."""
        self._queue.append(Call(message_id, action, dict(payload)))

    def answer(self, asked: Asked, payload: Mapping[str, Any]) -> None:
        """Answer a call."""
        self._frames.append(pack(CallResult(asked.id, dict(payload))))

    def refuse(self, asked: Asked, error: OCPPError) -> None:
        """Answer a call with an error."""
        self._refuse(asked.id, error)

    def expire(self, now: float) -> list[Event]:
        """Give up the outstanding call when its time is over."""
        if self._outstanding is None or self._deadline is None or now < self._deadline:
            return []
        return [Unanswered(*self._settle(self._outstanding))]

    def receive(self, frame: str | bytes) -> list[Event]:
        """Take in one frame. Never raises: what cannot be used is answered or logged here."""
        if isinstance(frame, bytes) or len(frame) > MAX_FRAME:
            self._refuse(NO_ID, FormationViolationError("not a text frame of at most 256 KiB"))
            return []
        try:
            message = unpack(frame)
        except (OCPPError, ValueError, RecursionError):
            self._refuse(_id_in(frame), FormationViolationError("not an OCPP-J message"))
            return []
        if isinstance(message, Call):
            return self._take_call(message)
        return self._take_answer(message)

    def _take_call(self, message: Call) -> list[Event]:
        message_id, action, payload = message.unique_id, message.action, message.payload
        if not isinstance(message_id, str) or not 0 < len(message_id) <= _LONGEST_ID:
            self._refuse(NO_ID, FormationViolationError("the message id is no text of a fair length"))
            return []
        try:
            if not isinstance(action, str) or not isinstance(payload, dict):
                raise FormationViolationError("a call is [2, id, action, {payload}]")
            schemas.check_call(action, payload, self._handled)
        except OCPPError as error:
            self._refuse(message_id, error)
            return []
        return [Asked(message_id, action, payload)]

    def _take_answer(self, message: CallResult | CallError) -> list[Event]:
        call = self._outstanding
        if call is None or message.unique_id != call.unique_id:
            logger.info("ignored an answer to no call of ours")
            return []
        message_id, action = self._settle(call)
        if isinstance(message, CallError):
            return [Refused(message_id, action, str(message.error_code)[:40], str(message.error_description)[:200])]
        try:
            if not isinstance(message.payload, dict):
                raise FormationViolationError("an answer is [3, id, {payload}]")
            schemas.check_result(action, message.payload)
        except OCPPError as error:
            return [Refused(message_id, action, error.code, str(error.description))]
        return [Answered(message_id, action, message.payload)]

    def _settle(self, call: Call) -> tuple[str, str]:
        self._outstanding = self._deadline = None
        return call.unique_id, call.action

    def _refuse(self, message_id: str, error: OCPPError) -> None:
        logger.info("answered with %s: %s", error.code, error.description)
        self._frames.append(pack(CallError(message_id, error.code, str(error.description)[:_LONGEST_DESCRIPTION], {})))


def _id_in(frame: str) -> str:
    """The id of a call that lacks something else."""
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        return NO_ID
    if isinstance(message, list) and message[:1] == [Call.message_type_id] and len(message) > 1:
        return message[1] if isinstance(message[1], str) and 0 < len(message[1]) <= _LONGEST_ID else NO_ID
    return NO_ID
