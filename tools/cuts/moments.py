"""The ten moments of an authorisation and of a capture at which each wire is cut, in the order in which they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from hardware.terminal.interface import Verb
from tools.cuts.scissors import At, Through, Way


class Special(Enum):
    """Moments that are on no wire."""

    NO_LINE = auto()  # before anything is connected
    CARD_AWAITED = auto()  # while the terminal waits for the card


@dataclass(frozen=True, slots=True)
class Moment:
    """When the line is cut, in words and on the wire."""

    words: str
    place: At | Special


Moments = Mapping[Verb, tuple[Moment, ...]]


def _asked(words: str, unit: str, through: Through = Through.NOTHING, count: int = 1) -> Moment:
    return Moment(words, At(Way.ASKED, unit, through, count))


def _told(words: str, unit: str, through: Through = Through.NOTHING, count: int = 1) -> Moment:
    return Moment(words, At(Way.TOLD, unit, through, count))


_NO_LINE = Moment("before anything is connected", Special.NO_LINE)
_ANSWERED = "answer success"


def _http(call: str, *middle: Moment) -> tuple[Moment, ...]:
    return (
        _NO_LINE,
        _asked("connected, before the request", call),
        _asked("in the head of the request", call, Through.HALF_THE_HEAD),
        _asked("between its head and its body", call, Through.HEAD),
        *middle,
        _told("it is done, before the answer", _ANSWERED),
        _told("in the head of the answer", _ANSWERED, Through.HALF_THE_HEAD),
        _told("in the body of the answer", _ANSWERED, Through.HALF_THE_BODY),
        _told("before the last byte of the answer", _ANSWERED, Through.ALL_BUT_ONE),
    )


def _within(call: str) -> tuple[Moment, Moment]:
    """In the body of the request, and at its very end."""
    return (
        _asked("in the body of the request", call, Through.HALF_THE_BODY),
        _asked("before the last byte of the request", call, Through.ALL_BUT_ONE),
    )


_CARD_AWAITED = Moment("while the card is awaited", Special.CARD_AWAITED)
_PAYMENT, _CAPTURE = "POST payment", "POST capture"

PAYPROXY: Moments = {
    Verb.AUTHORISE: _http(_PAYMENT, _within(_PAYMENT)[1], _CARD_AWAITED),
    Verb.CAPTURE: _http(_PAYMENT, *_within(_PAYMENT)),
}

_BEGUN = "answer pending"
CCV: Moments = {
    # A transaction with a card goes on in the cloud, and is looked at again and again.
    Verb.AUTHORISE: (
        _NO_LINE,
        _asked("connected, before the request", _PAYMENT),
        *_within(_PAYMENT),
        _told("it has begun, before the answer that says so", _BEGUN),
        _told("in the body of that answer", _BEGUN, Through.HALF_THE_BODY),
        _CARD_AWAITED,
        _told("it is done, before the answer that says so", _ANSWERED),
        _told("in the head of the last answer", _ANSWERED, Through.HALF_THE_HEAD),
        _told("before the last byte of the last answer", _ANSWERED, Through.ALL_BUT_ONE),
    ),
    Verb.CAPTURE: _http(_CAPTURE, *_within(_CAPTURE)),
}


def _zvt(command: str, begun: tuple[Moment, ...]) -> tuple[Moment, ...]:
    return (
        _NO_LINE,
        _asked("connected, before the command", command),
        _asked("in the middle of the command", command, Through.HALF),
        *begun,
        _told("in the middle of the result (04 0F)", "040f", Through.HALF),
        _told("after the result, before it is acknowledged", "040f", Through.ALL),
        _told("in the middle of the completion (06 0F)", "060f", Through.HALF),
        _told("after the completion, before it is acknowledged", "060f", Through.ALL),
    )


_OVER_TCP = (
    _told("the command is there, before 80 00", "8000"),
    _told("after 80 00", "8000", Through.ALL),
    _told("after the first status (04 FF)", "04ff", Through.ALL),
)
_OVER_SERIAL = (
    _told("the command is there, before its ACK", "ack"),
    _told("after its ACK, before 80 00", "8000"),
    _told("after the first status (04 FF)", "04ff", Through.ALL),
)
_PRE_AUTHORISATION, _PARTIAL_REVERSAL = "0622", "0623"

ZVT_TCP: Moments = {
    Verb.AUTHORISE: _zvt(_PRE_AUTHORISATION, _OVER_TCP),
    Verb.CAPTURE: _zvt(_PARTIAL_REVERSAL, _OVER_TCP),
}
ZVT_SERIAL: Moments = {
    Verb.AUTHORISE: _zvt(_PRE_AUTHORISATION, _OVER_SERIAL),
    Verb.CAPTURE: _zvt(_PARTIAL_REVERSAL, _OVER_SERIAL),
}

_REQUEST, _RESPONSE = "CardServiceRequest", "CardServiceResponse"
_DISPLAY, _RECEIPT, _JOURNAL = (f"DeviceRequest {each}" for each in ("CustomerDisplay", "Printer", "E-Journal"))


def _opi(display: str) -> tuple[Moment, ...]:
    return (
        _NO_LINE,
        _asked("connected, before the request", _REQUEST),
        _asked("in the middle of the request", _REQUEST, Through.HALF),
        _told(f"the request is there, before {display}", _DISPLAY),
        _told(f"after {display}, before it is answered", _DISPLAY, Through.ALL),
        _told("it is done, before the receipt", _RECEIPT),
        _told("in the middle of the receipt", _RECEIPT, Through.HALF),
        _told("after the e-journal, before it is answered", _JOURNAL, Through.ALL),
        _told("before the answer", _RESPONSE),
        _told("in the middle of the answer", _RESPONSE, Through.HALF),
    )


OPI: Moments = {
    Verb.AUTHORISE: _opi("the display asks for the card"),
    Verb.CAPTURE: _opi("the display says that it is paid"),
}
