"""OPI-NL from the terminal's side: requests into data, lines of the book into answers and receipts. Pure.

Shares the message layer (``messages.py``, ``device.py``) with the driver, and nothing of what the driver believes.
"""

from __future__ import annotations

from collections.abc import Mapping

from hardware.terminal.amounts import from_minor, to_minor
from hardware.terminal.opi import device
from hardware.terminal.opi.device import Entry as JournalEntry
from hardware.terminal.opi.device import Output
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.mapping import Inferred
from hardware.terminal.opi.messages import Request, Response, Values
from hardware.terminal.opi.values import from_money
from hardware.terminal.opi.words import REPEAT, STATUS
from hardware.terminal.simulator.ask import Ask, Operation
from hardware.terminal.simulator.book import Entry
from hardware.terminal.simulator.cards import CARDS, SimCard

MAPPING = Inferred()

_TYPES = MAPPING.request_types
_OPERATIONS: Mapping[str, Operation] = {
    _TYPES.authorise: Operation.AUTHORISE,
    _TYPES.capture: Operation.CAPTURE,
    _TYPES.refund: Operation.REFUND,
    _TYPES.token: Operation.TOKEN,
    REPEAT: Operation.RECOVER,
    STATUS: Operation.STATUS,
}
_KINDS = {kind: getattr(_TYPES, kind) for kind in ("authorise", "capture", "release", "refund")}
_RESULTS = {"approved": "Success", "declined": "Failure", "aborted": "Aborted", "timed_out": "TimedOut"}
_NOTHING = Values()
_HEADINGS = {"authorise": "RESERVATION", "capture": "PAYMENT", "release": "RELEASE", "refund": "REFUND"}


def read(request: Request) -> Ask | None:
    """Return what is asked of the device, None for housekeeping. Raises OpiError for what it would not accept."""
    operation = _OPERATIONS.get(request.request_type)
    if operation is None:
        return None
    moves_money = operation in (Operation.AUTHORISE, Operation.CAPTURE, Operation.REFUND)
    if not moves_money:
        return Ask(operation, request.request_id, language=request.language or "en")
    if request.amount is None:
        raise OpiError("no amount")
    amount = to_minor(request.amount)
    if operation is Operation.CAPTURE and not amount:
        operation = Operation.RELEASE
        if not request.reason_code:
            raise OpiError("nothing was delivered, and no reason says why")
    elif not amount:
        raise OpiError("an amount of zero")
    if operation is not Operation.AUTHORISE and not request.reference:
        raise OpiError("no reference")
    return Ask(
        operation,
        request.request_id,
        language=request.language or "en",
        amount=amount,
        currency=request.amount.currency.code,
        reference=request.reference,
    )


def answer(request: Request, result: str, values: Values = _NOTHING) -> Response:
    """Return a response with the header of its request."""
    return Response(request.kind, request.request_type, request.request_id, request.workstation_id, result, values)


def told(request: Request, entry: Entry, terminal_id: str) -> Response:
    """Return the answer that a line of the book is; repeated, it names the request that it was for (4.7)."""
    card = CARDS.get(entry.card)
    approved = entry.outcome == "approved"
    original = request.request_type == REPEAT
    return answer(
        request,
        _RESULTS[entry.outcome],
        Values(
            terminal_id=terminal_id,
            stan=entry.stan,
            amount=_amount(entry),
            currency=entry.currency,
            approval=entry.stan if approved else "",
            circuit=card.circuit if card else "",
            masked_card_number=card.masked if card else "",
            at=entry.at,
            reference=entry.reference if approved else "",
            token=card.token if card and entry.kind == "authorise" else "",
            par=card.par if card and entry.kind == "authorise" else "",
            host_reason=entry.reason if entry.outcome == "declined" else "",
            original_workstation=request.workstation_id if original else "",
            original_request=entry.request_id if original else "",
            original_type=_KINDS[entry.kind] if original else "",
        ),
    )


def token(request: Request, card: SimCard) -> Response:
    """Return the answer of a token read."""
    values = Values(circuit=card.circuit, masked_card_number=card.masked, token=card.token, par=card.par)
    return answer(request, "Success", values)


def ended(request: Request, outcome: str, reason: str) -> Response:
    """Return the answer of a token read that ended without a card."""
    return answer(request, _RESULTS[outcome], Values(host_reason=reason if outcome == "declined" else ""))


def receipts(entry: Entry, terminal_id: str, *, test_system: bool = False) -> tuple[Output, ...]:
    """Return what is printed and journalled for a line of the book."""
    card = CARDS.get(entry.card)
    lines = (
        *(("*** TEST SYSTEM ***",) if test_system else ()),
        "TAPCHARGE SIMULATOR",
        "NO REAL MONEY",
        f"Terminal  {terminal_id}",
        f"STAN      {entry.stan}",
        f"{entry.at[:10]} {entry.at[11:19]} UTC",
        *((f"{card.label}  {card.masked}",) if card else ()),
        f"{_HEADINGS[entry.kind]:<12}{entry.currency} {_amount(entry)}",
        entry.outcome.upper() + (f": {entry.reason}" if entry.reason else ""),
    )
    info = JournalEntry(
        amount=_amount(entry),
        currency=entry.currency,
        brand=card.label if card else "",
        masked_card_number=card.masked if card else "",
        reference=entry.reference,
        approval=entry.stan,
        at=entry.at,
    )
    return (
        Output(device.PRINTER, lines),
        Output(device.PRINTER, lines, ticket_type="MerchantReceipt"),
        Output(device.E_JOURNAL, entry=info),
    )


def _amount(entry: Entry) -> str:
    minor = entry.asked_minor if entry.kind == "release" else entry.amount_minor
    return from_money(from_minor(minor, entry.currency))
