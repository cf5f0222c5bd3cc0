"""Bytes to messages and back: what the reference shows, what Hypothesis finds, and what an attacker would send."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from hardware.terminal.opi import device, markup
from hardware.terminal.opi.device import DeviceRequest, DeviceResponse, Entry, Input, Output, Reply
from hardware.terminal.opi.errors import OpiError
from hardware.terminal.opi.framing import LARGEST_FRAME, Frames, frame
from hardware.terminal.opi.mapping import Inferred, RequestPlaces
from hardware.terminal.opi.messages import (
    Request,
    Response,
    Values,
    read_request,
    read_response,
    write_request,
    write_response,
)
from hardware.terminal.opi.words import Kind

MAPPING = Inferred()
SPACE = 'xmlns="http://www.nrf-arts.org/IXRetail/namespace"'

AUTHORISE = f"""<?xml version="1.0" encoding="utf-8"?>
<CardServiceRequest {SPACE} WorkstationID="KIOSK7" RequestID="700011" RequestType="CardPreAuthorisation">
  <POSdata LanguageCode="en" RequestToken="true" RequestTransactionInformation="true">
    <POSTimeStamp>2026-03-02T09:15:00+01:00</POSTimeStamp>
    <PrinterStatus>Available</PrinterStatus>
    <E-JournalStatus>Available</E-JournalStatus>
    <JournalPrinterStatus>Available</JournalPrinterStatus>
  </POSdata>
  <TotalAmount Currency="EUR">50.00</TotalAmount>
</CardServiceRequest>"""

ANSWER = """<?xml version="1.0" encoding="utf-8"?>
<x:CardServiceResponse xmlns:x="http://www.nrf-arts.org/IXRetail/namespace" xmlns:y="urn:y" y:RequestID="1"
    WorkstationID="KIOSK7" RequestID="700011" RequestType="CardPreAuthorisation" OverallResult="Success" New="1">
  <x:Novelty><x:Terminal STAN="999999"/></x:Novelty>
  <x:Terminal TerminalID="12345678" STAN="000321"/>
  <x:Tender><x:TotalAmount Currency="EUR"> 50.00 </x:TotalAmount>
    <x:Authorisation ApprovalCode="A1" CardCircuit="VISA" TrxReferenceNumber="R&amp;1" Token="99T"/></x:Tender>
</x:CardServiceResponse>"""

DEVICE = f"""<DeviceRequest {SPACE} WorkstationID="KIOSK7" RequestID="700011.3" RequestType="Output">
  <Output OutDeviceTarget="Printer" TicketType="MerchantReceipt"><TextLine Row="1">  EV  </TextLine><TextLine/></Output>
  <Output OutDeviceTarget="E-Journal"><E-Journal><TransactionInfo CardNumber="****4242">
     <TotalAmount Currency="EUR">50.00</TotalAmount></TransactionInfo></E-Journal></Output>
  <Input InDeviceTarget="CashierKeyboard"><Command>GetConfirmation</Command></Input>
</DeviceRequest>"""

# What XML 1.0 can carry, without what its end-of-line and attribute rules change.
TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
WORD = st.text("ABCxyz019", min_size=1, max_size=6)
TOLD = st.text("Az09<>&\"'*./é", max_size=6)
MOMENT = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
AMOUNT = st.integers(0, 10**9).map(lambda minor: Money(minor, "EUR") / 100)
REQUESTS = st.builds(
    Request,
    st.sampled_from(Kind),
    WORD,
    WORD,
    WORD,
    MOMENT,
    TOLD,
    TOLD,
    WORD,
    st.none() | AMOUNT,
    TOLD,
    TOLD,
    st.booleans(),
)
RESPONSES = st.builds(Response, st.sampled_from(Kind), WORD, WORD, WORD, WORD, st.builds(Values, *[TOLD] * 18))
ENTRIES = st.builds(Entry, WORD, TOLD, *[TOLD] * 5)
OUTPUTS = st.builds(Output, WORD, st.lists(TEXT, max_size=4).map(tuple), TOLD, st.none() | ENTRIES)
ASKED = st.builds(
    DeviceRequest,
    WORD,
    WORD,
    WORD,
    st.lists(OUTPUTS, max_size=3).map(tuple),
    st.lists(st.builds(Input, WORD, WORD), max_size=2).map(tuple),
)
REPLIES = st.lists(st.builds(Reply, WORD, WORD), max_size=3).map(tuple)
CONFIRMED = st.lists(st.builds(Reply, WORD, WORD, st.none() | st.booleans()), max_size=2).map(tuple)


def test_the_request_is_the_one_of_the_reference() -> None:
    request = read_request(AUTHORISE.encode(), MAPPING)
    assert (request.kind, request.request_type, request.request_id) == (Kind.CARD, "CardPreAuthorisation", "700011")
    assert (request.amount, request.language, request.wants_token) == (Money(50, "EUR"), "en", True)
    assert request.at is not None
    assert request.at.utcoffset() == timedelta(hours=1)
    squeezed = "".join(line.strip() for line in AUTHORISE.splitlines()[1:])
    written = write_request(request, MAPPING).decode()
    for part in squeezed.replace(">", ">\n").splitlines():
        assert part.startswith("<CardServiceRequest") or part in written.replace(">", ">\n").splitlines()


def test_prefixes_and_novelties_in_an_answer_are_no_obstacle() -> None:
    answer = read_response(ANSWER.encode(), MAPPING)
    assert (answer.request_id, answer.result) == ("700011", "Success")
    told = answer.values
    assert (told.stan, told.amount, told.currency) == ("000321", "50.00", "EUR")
    assert (told.reference, told.token) == ("R&1", "99T")
    assert "99T" not in repr(answer)
    assert "R&1" not in repr(answer)


def test_a_device_request_keeps_its_blanks_and_finds_the_journal_wherever_it_is() -> None:
    asked = device.read_device_request(DEVICE.encode())
    receipt, journal = asked.outputs
    assert (receipt.lines, receipt.ticket_type) == (("  EV  ", ""), "MerchantReceipt")
    assert journal.entry == Entry(amount="50.00", currency="EUR", masked_card_number="****4242")
    assert asked.inputs == (Input("CashierKeyboard", "GetConfirmation"),)


def test_what_was_inferred_stands_where_the_mapping_says() -> None:
    mapping = Inferred(request_places=RequestPlaces(reason_code="PrivateData/Reason@Code"))
    body = write_request(Request(Kind.CARD, "X", "1", "W", reason_code="25"), mapping)
    assert b'<PrivateData><Reason Code="25"/></PrivateData>' in body


@settings(max_examples=40)
@given(request=REQUESTS)
def test_requests_survive_the_wire(request: Request) -> None:
    assert read_request(write_request(request, MAPPING), MAPPING) == request


@settings(max_examples=40)
@given(response=RESPONSES)
def test_responses_survive_the_wire(response: Response) -> None:
    assert read_response(write_response(response, MAPPING), MAPPING) == response


@settings(max_examples=40)
@given(asked=ASKED, answered=st.builds(DeviceResponse, WORD, WORD, WORD, WORD, REPLIES, CONFIRMED))
def test_device_messages_survive_the_wire(asked: DeviceRequest, answered: DeviceResponse) -> None:
    assert device.read_device_request(device.write_device_request(asked)) == asked
    assert device.read_device_response(device.write_device_response(answered)) == answered


@given(bodies=st.lists(st.binary(min_size=1, max_size=40), max_size=5), cuts=st.lists(st.integers(1, 9), min_size=1))
def test_frames_come_out_whole_however_they_arrive(bodies: list[bytes], cuts: list[int]) -> None:
    stream, frames, found = b"".join(map(frame, bodies)), Frames(), []
    while stream:
        cut = cuts[len(stream) % len(cuts)]
        found += frames.feed(stream[:cut])
        stream = stream[cut:]
    assert found == bodies
    assert not frames.within


@given(body=st.binary(max_size=400) | st.text(alphabet='<>/="&;![]?CDATAx ', max_size=80).map(str.encode))
def test_any_bytes_are_a_message_or_an_opi_error(body: bytes) -> None:
    for read in (
        lambda: read_request(body, MAPPING),
        lambda: read_response(body, MAPPING),
        lambda: device.read_device_request(body),
        lambda: device.read_device_response(body, "iso-8859-1"),
        lambda: Frames().feed(body),
    ):
        with suppress(OpiError):
            read()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "document type": "<!DOCTYPE a><a/>",
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>',
    "a file": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "a parameter entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><a/>',
    "an entity of nobody": "<a>&x;</a>",
    "depth": "<a>" * 25 + "</a>" * 25,
    "great depth": "<a>" * 40_000 + "</a>" * 40_000,
    "many elements": f"<a>{'<b/>' * 50_000}</a>",
    "many attributes": "<a " + " ".join(f"a{number}='1'" for number in range(6_000)) + "/>",
    "an open end": "<a><b></a>",
    "two roots": "<a/><b/>",
    "a prefix of nobody": "<x:a/>",
    "nothing": "",
    "blanks": "   ",
    "a control character": "<a>\x01</a>",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_xml_is_refused_cheaply(body: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(OpiError):
            markup.parse(body.encode())
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("body", [b"<a>\xff</a>", b'<?xml version="1.0" encoding="x"?><a>\xff</a>'])
def test_another_encoding_than_agreed_is_refused(body: bytes) -> None:
    with pytest.raises(OpiError):
        markup.parse(body)


def test_the_encoding_is_the_agreed_one_whatever_the_message_says_of_itself() -> None:
    body = '<?xml version="1.0" encoding="utf-16"?><a>é</a>'
    assert markup.parse(body.encode()).text == "é"
    assert markup.parse(body.encode("iso-8859-1"), "iso-8859-1").text == "é"


@pytest.mark.parametrize("text", ["\0", "\x0b", "\ud800", "\ufffe"])
def test_what_xml_cannot_carry_is_not_written(text: str) -> None:
    with pytest.raises(OpiError):
        markup.render(markup.Element("a", text=text))


@pytest.mark.parametrize("head", [b"\0\0\0\0", (LARGEST_FRAME + 1).to_bytes(4, "big"), b"\xff\xff\xff\xff"])
def test_a_length_that_cannot_be_meant_is_refused_before_anything_is_kept(head: bytes) -> None:
    with pytest.raises(OpiError):
        Frames().feed(head)


@pytest.mark.parametrize("body", [b"", b"x" * (LARGEST_FRAME + 1)])
def test_a_body_that_no_frame_holds_is_not_framed(body: bytes) -> None:
    with pytest.raises(OpiError):
        frame(body)
