"""The dialogue in clear text, for a technician: named parts only, so that token, reference and card never show."""

from __future__ import annotations

from hardware.terminal.interface import Trace
from hardware.terminal.opi.device import DeviceRequest, DeviceResponse
from hardware.terminal.opi.messages import Request, Response
from hardware.terminal.opi.values import short


class Tracer:
    """Tells ``trace``, if there is one, a line a message. ``>`` is ours, ``<`` is the terminal's."""

    def __init__(self, trace: Trace | None = None) -> None:
        self._trace = trace

    def request(self, request: Request) -> None:
        self._tell(">", request.request_type, request.request_id, str(request.amount or ""), request.reason_code)

    def response(self, response: Response) -> None:
        told = response.values
        self._tell("<", response.request_type, response.request_id, response.result, told.amount, told.currency)

    def asked(self, request: DeviceRequest) -> None:
        targets = [each.target for each in request.outputs] + [each.target for each in request.inputs]
        lines = [line.strip() for each in request.outputs for line in each.lines]
        self._tell("<", "DeviceRequest", request.request_id, *targets, *lines)

    def answered(self, response: DeviceResponse) -> None:
        self._tell(">", "DeviceResponse", response.request_id, response.result)

    def failed(self, failure: str) -> None:
        self._tell("!", failure)

    def _tell(self, *parts: str) -> None:
        if self._trace:
            self._trace(" ".join(filter(None, map(short, parts))))
