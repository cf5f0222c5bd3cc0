"""Requests and responses of channel 0 as data, in both directions. No I/O, no judgement (that is ``verdict.py``).

Source: reference ccv-interfaces.md, chapters 4.2 and 4.6. What nobody asked for is left where it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime

from moneyed import Money

from hardware.terminal.opi import values
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.mapping import Inferred
from hardware.terminal.opi.markup import Element, parse, render
from hardware.terminal.opi.places import look, put
from hardware.terminal.opi.words import Kind


@dataclass(frozen=True, slots=True)
class Request:
    """``CardServiceRequest`` or ``ServiceRequest``."""

    kind: Kind
    request_type: str
    request_id: str
    workstation_id: str
    at: datetime | None = None  # POSTimeStamp
    application_sender: str = ""
    pop_id: str = ""
    language: str = ""
    amount: Money | None = None
    reference: str = field(default="", repr=False)  # of an earlier transaction
    reason_code: str = ""
    wants_token: bool = False


@dataclass(frozen=True, slots=True)
class Values:
    """What a response tells beside its header, as texts; an empty one was not told."""

    terminal_id: str = ""
    stan: str = ""
    amount: str = ""
    currency: str = ""
    approval: str = field(default="", repr=False)
    circuit: str = ""
    masked_card_number: str = field(default="", repr=False)
    at: str = ""
    reference: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    par: str = field(default="", repr=False)
    host_reason: str = ""
    terminal_reason: str = ""
    original_workstation: str = ""
    original_request: str = ""
    original_type: str = ""
    state: str = ""
    sub_state: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """``CardServiceResponse`` or ``ServiceResponse``."""

    kind: Kind
    request_type: str
    request_id: str
    workstation_id: str
    result: str  # OverallResult
    values: Values = Values()


def write_request(request: Request, mapping: Inferred, encoding: str = "utf-8") -> bytes:
    """Return the XML of a request. Raises OpiError for what OPI cannot carry."""
    root = Element(f"{request.kind}{'Service' if request.kind is Kind.CARD else ''}Request")
    root.attributes = _header(request)
    data = root.add(Element("POSdata"))
    if request.language:
        data.attributes["LanguageCode"] = request.language
    if request.wants_token:
        data.attributes["RequestToken"] = "true"
    if request.wants_token or request.amount is not None:
        data.attributes["RequestTransactionInformation"] = "true"
    if request.at:
        data.add(Element("POSTimeStamp", text=request.at.isoformat(timespec="seconds")))
    if request.kind is Kind.CARD:
        for name in ("PrinterStatus", "E-JournalStatus", "JournalPrinterStatus"):
            data.add(Element(name, text="Available"))
    if request.amount is not None:
        currency = request.amount.currency.code
        root.add(Element("TotalAmount", {"Currency": currency}, values.from_money(request.amount)))
    if request.reference:
        put(root, mapping.request_places.reference, request.reference)
    if request.reason_code:
        put(root, mapping.request_places.reason_code, request.reason_code)
    return render(root, encoding)


def read_request(body: bytes, mapping: Inferred, encoding: str = "utf-8") -> Request:
    """Read a request, as a terminal does. Raises OpiError."""
    root = parse(body, encoding)
    kind = _kind(root, "Request")
    amount = root.child("TotalAmount")
    at = look(root, ("POSdata/POSTimeStamp",))
    return Request(
        kind=kind,
        request_type=_required(root, "RequestType"),
        request_id=_required(root, "RequestID"),
        workstation_id=root.attributes.get("WorkstationID", ""),
        at=_aware(at) if at else None,
        application_sender=root.attributes.get("ApplicationSender", ""),
        pop_id=root.attributes.get("POPID", ""),
        language=look(root, ("POSdata@LanguageCode",)),
        amount=_amount(amount) if amount else None,
        reference=look(root, (mapping.request_places.reference,)),
        reason_code=look(root, (mapping.request_places.reason_code,)),
        wants_token=look(root, ("POSdata@RequestToken",)) == "true",
    )


def write_response(response: Response, mapping: Inferred, encoding: str = "utf-8") -> bytes:
    """Return the XML of a response, as a terminal sends it. Raises OpiError."""
    root = Element(f"{response.kind}{'Service' if response.kind is Kind.CARD else ''}Response")
    root.attributes = _header(response) | {"OverallResult": response.result}
    for each in fields(Values):
        if value := getattr(response.values, each.name):
            put(root, getattr(mapping.answer_places, each.name)[0], value)
    return render(root, encoding)


def read_response(body: bytes, mapping: Inferred, encoding: str = "utf-8") -> Response:
    """Read a response. Raises OpiError when it is none, or says no result."""
    root = parse(body, encoding)
    return Response(
        kind=_kind(root, "Response"),
        request_type=root.attributes.get("RequestType", ""),
        request_id=root.attributes.get("RequestID", "").strip(),
        workstation_id=root.attributes.get("WorkstationID", "").strip(),
        result=_required(root, "OverallResult"),
        values=Values(
            **{each.name: look(root, getattr(mapping.answer_places, each.name)) for each in fields(Values)},
        ),
    )


def _header(message: Request | Response) -> dict[str, str]:
    header = {
        "WorkstationID": message.workstation_id,
        "RequestID": message.request_id,
        "RequestType": message.request_type,
    }
    if isinstance(message, Request) and message.application_sender:
        header["ApplicationSender"] = message.application_sender
    if isinstance(message, Request) and message.pop_id:
        header["POPID"] = message.pop_id
    return header


def _kind(root: Element, direction: str) -> Kind:
    names = {f"CardService{direction}": Kind.CARD, f"Service{direction}": Kind.SERVICE}
    if root.name not in names:
        raise OpiError(f"not a {direction.lower()}")
    return names[root.name]


def _required(root: Element, name: str) -> str:
    found = root.attributes.get(name, "").strip()
    if not found:
        raise OpiError(f"no {name}")
    return found


def _amount(element: Element) -> Money:
    money = values.to_money(element.text, element.attributes.get("Currency", ""))
    if money is None:
        raise OpiError("not an amount")
    return money


def _aware(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
