"""Answers what the terminal asks on channel 1, at once, and keeps what it was given. No I/O (reference: chapter 4.4).

What belongs to another request of channel 0 is turned away as ``DeviceUnavailable``: neither is its receipt ours to
take, nor are its goods ours to deliver. What comes twice is answered twice and kept once.
"""

from __future__ import annotations

from hardware.terminal.interface import Receipts
from hardware.terminal.opi import device
from hardware.terminal.opi.device import DeviceRequest, DeviceResponse, Entry, Input, Output, Reply
from hardware.terminal.opi.mapping import Inferred
from hardware.terminal.opi.values import is_number, line, split_id

_MOST_LINES = 1_000  # of each receipt, over a whole dialogue
_MOST_REQUESTS = 2_000  # of one dialogue that are told apart
_SUCCESS, _FAILURE, _UNAVAILABLE = "Success", "Failure", "DeviceUnavailable"


class Desk:
    """Display, printer, journals, delivery box and cashier of one dialogue about ``request_id``."""

    def __init__(self, mapping: Inferred, request_id: int) -> None:
        self.screen = ""  # the text on the customer's display now
        self.entries: list[Entry] = []
        self.sequence = ""  # the second part of the newest request id
        self.took_receipt = False
        self._mapping = mapping
        self._request_id = request_id
        self._seen: set[str] = set()
        self._customer: list[str] = []
        self._merchant: list[str] = []
        self._journal: list[str] = []

    @property
    def receipts(self) -> Receipts:
        """The lines so far, redacted."""
        return Receipts(tuple(self._customer), tuple(self._merchant), tuple(self._journal))

    def serve(self, request: DeviceRequest) -> DeviceResponse:
        """Return the answer, having done what was asked."""
        first, second = split_id(request.request_id)
        ours = not second or is_number(first, self._request_id)
        fresh = ours and (not second or (second not in self._seen and len(self._seen) < _MOST_REQUESTS))
        if fresh and second:
            self._seen.add(second)
            self.sequence = second
        outputs = tuple(self._output(each, fresh) if ours else _away(each.target) for each in request.outputs)
        inputs = tuple(self._answer(each) if ours else _away(each.target) for each in request.inputs)
        results = {each.result for each in outputs + inputs}
        return DeviceResponse(
            request_type=request.request_type,
            request_id=request.request_id,
            workstation_id=request.workstation_id,
            result=results.pop() if len(results) == 1 else _SUCCESS if not results else _FAILURE,
            outputs=outputs,
            inputs=inputs,
        )

    def _output(self, output: Output, fresh: bool) -> Reply:
        lines = [line(each) for each in output.lines]
        if output.target in device.DISPLAYS:
            if fresh:
                self.screen = " ".join(filter(None, (each.strip() for each in lines)))[:300]
        elif output.target == device.DELIVERY_BOX:
            return Reply(output.target, _SUCCESS if self._mapping.deliver else _FAILURE)
        elif output.target in {device.PRINTER, device.JOURNAL_PRINTER, device.E_JOURNAL}:
            if fresh:
                self._keep(output, lines)
        else:
            return _away(output.target)
        return Reply(output.target, _SUCCESS)

    def _keep(self, output: Output, lines: list[str]) -> None:
        self.took_receipt = True
        if output.entry and len(self.entries) < _MOST_LINES:
            self.entries.append(output.entry)
            lines = [*lines, *_told(output.entry)]
        if output.target == device.E_JOURNAL:
            kept = self._journal
        elif output.target == device.JOURNAL_PRINTER or output.ticket_type == "MerchantReceipt":
            kept = self._merchant
        else:
            kept = self._customer
        kept += lines[: _MOST_LINES - len(kept)]

    def _answer(self, question: Input) -> Reply:
        if question.command != "GetConfirmation":
            return _away(question.target)
        return Reply(question.target, _SUCCESS, confirmed=self._mapping.confirm)


def _away(target: str) -> Reply:
    return Reply(target, _UNAVAILABLE)


def _told(entry: Entry) -> list[str]:
    """The entry as lines for the books, without what only the terminal needs back."""
    amount = f"{entry.amount} {entry.currency}".strip()
    told = {"amount": amount, "brand": entry.brand, "card": entry.masked_card_number, "time": entry.at}
    return [line(f"{name}: {value}") for name, value in told.items() if value]
