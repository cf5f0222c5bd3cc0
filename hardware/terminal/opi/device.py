"""Requests and responses of channel 1 as data, in both directions: what the terminal wants shown, printed or answered.

Source: reference ccv-interfaces.md, chapters 4.4 and 4.6.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.markup import Element, parse, render
from hardware.terminal.opi.places import look

DISPLAYS = frozenset({"CashierDisplay", "CustomerDisplay"})
PRINTER, JOURNAL_PRINTER, E_JOURNAL = "Printer", "JournalPrinter", "E-Journal"
DELIVERY_BOX = "DeliveryBox"

_MOST_LINES = 500  # of one output
_JOURNAL_NAMES = {
    "amount": "TotalAmount",
    "brand": "CardLabelName",
    "masked_card_number": "CardNumber",
    "reference": "TransactionRefNumber",
    "approval": "AuthorisationCode",
    "at": "DateAndTime",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """``TransactionInfo`` of the e-journal, as texts; an empty one was not told."""

    amount: str = ""
    currency: str = ""
    brand: str = ""
    masked_card_number: str = field(default="", repr=False)
    reference: str = field(default="", repr=False)
    approval: str = field(default="", repr=False)
    at: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """Lines for a display or a printer, an entry for the e-journal, or the question of the delivery box."""

    target: str
    lines: tuple[str, ...] = field(default=(), repr=False)
    ticket_type: str = ""
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """A question to the cashier: ``GetConfirmation`` wants yes or no."""

    target: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """``DeviceRequest``."""

    request_type: str
    request_id: str  # the request on channel 0, a dot, a sequence
    workstation_id: str
    outputs: tuple[Output, ...] = ()
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of one output or input; ``confirmed`` is the answer to a question."""

    target: str
    result: str
    confirmed: bool | None = None


@dataclass(frozen=True, slots=True)
class DeviceResponse:
    """``DeviceResponse``."""

    request_type: str
    request_id: str
    workstation_id: str
    result: str
    outputs: tuple[Reply, ...] = ()
    inputs: tuple[Reply, ...] = ()


def read_device_request(body: bytes, encoding: str = "utf-8") -> DeviceRequest:
    """Read what the terminal asks. Raises OpiError."""
    root = _root(body, encoding, "DeviceRequest")
    return DeviceRequest(
        request_type=root.attributes.get("RequestType", ""),
        request_id=root.attributes.get("RequestID", "").strip(),
        workstation_id=root.attributes.get("WorkstationID", ""),
        outputs=tuple(_read_output(each) for each in root.children if each.name == "Output"),
        inputs=tuple(
            Input(each.attributes.get("InDeviceTarget", ""), look(each, ("Command", "@Command")))
            for each in root.children
            if each.name == "Input"
        ),
    )


def write_device_request(request: DeviceRequest, encoding: str = "utf-8") -> bytes:
    """Return the XML, as a terminal sends it. Raises OpiError."""
    root = Element("DeviceRequest", _header(request))
    for output in request.outputs:
        element = root.add(Element("Output", {"OutDeviceTarget": output.target}))
        if output.ticket_type:
            element.attributes["TicketType"] = output.ticket_type
        for text in output.lines:
            element.add(Element("TextLine", text=text))
        if output.entry:
            _write_entry(element.add(Element("TransactionInfo")), output.entry)
    for question in request.inputs:
        element = root.add(Element("Input", {"InDeviceTarget": question.target}))
        element.add(Element("Command", text=question.command))
    return render(root, encoding)


def read_device_response(body: bytes, encoding: str = "utf-8") -> DeviceResponse:
    """Read our answer, as a terminal does. Raises OpiError."""
    root = _root(body, encoding, "DeviceResponse")
    yes = {"true": True, "false": False}
    return DeviceResponse(
        request_type=root.attributes.get("RequestType", ""),
        request_id=root.attributes.get("RequestID", "").strip(),
        workstation_id=root.attributes.get("WorkstationID", ""),
        result=root.attributes.get("OverallResult", ""),
        outputs=tuple(
            Reply(each.attributes.get("OutDeviceTarget", ""), each.attributes.get("OutResult", ""))
            for each in root.children
            if each.name == "Output"
        ),
        inputs=tuple(
            Reply(
                each.attributes.get("InDeviceTarget", ""),
                each.attributes.get("InResult", ""),
                yes.get(look(each, ("InputValue/InBoolean",))),
            )
            for each in root.children
            if each.name == "Input"
        ),
    )


def write_device_response(response: DeviceResponse, encoding: str = "utf-8") -> bytes:
    """Return the XML of our answer. Raises OpiError."""
    root = Element("DeviceResponse", _header(response) | {"OverallResult": response.result})
    for reply in response.outputs:
        root.add(Element("Output", {"OutDeviceTarget": reply.target, "OutResult": reply.result}))
    for reply in response.inputs:
        element = root.add(Element("Input", {"InDeviceTarget": reply.target, "InResult": reply.result}))
        if reply.confirmed is not None:
            word = "true" if reply.confirmed else "false"
            element.add(Element("InputValue")).add(Element("InBoolean", text=word))
    return render(root, encoding)


def _root(body: bytes, encoding: str, name: str) -> Element:
    root = parse(body, encoding)
    if root.name != name:
        raise OpiError(f"not a {name}")
    return root


def _header(message: DeviceRequest | DeviceResponse) -> dict[str, str]:
    return {
        "WorkstationID": message.workstation_id,
        "RequestID": message.request_id,
        "RequestType": message.request_type,
    }


def _read_output(element: Element) -> Output:
    found = next(element.all("TransactionInfo"), None)
    return Output(
        target=element.attributes.get("OutDeviceTarget", ""),
        lines=tuple(each.text for each in element.all("TextLine"))[:_MOST_LINES],
        ticket_type=element.attributes.get("TicketType", ""),
        entry=_read_entry(found) if found else None,
    )


def _read_entry(info: Element) -> Entry:
    told = {field: look(info, (name, f"@{name}")) for field, name in _JOURNAL_NAMES.items()}
    return Entry(**told, currency=look(info, ("TotalAmount@Currency", "@Currency")))


def _write_entry(info: Element, entry: Entry) -> None:
    for field_name, name in _JOURNAL_NAMES.items():
        if value := getattr(entry, field_name):
            info.add(Element(name, text=value))
    amount = info.child("TotalAmount")
    if amount and entry.currency:
        amount.attributes["Currency"] = entry.currency
