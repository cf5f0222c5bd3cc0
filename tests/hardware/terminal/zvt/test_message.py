"""Fields of messages: what is told apart by the command under way, typed access, building."""

from __future__ import annotations

import pytest

from hardware.terminal.zvt import build, encodings
from hardware.terminal.zvt.apdu import Incomplete
from hardware.terminal.zvt.bmp import Bmp
from hardware.terminal.zvt.commands import REGISTRATION, STATUS_ENQUIRY, SYSTEM_INFORMATION
from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.explain import lines_of, result_of, status_of
from hardware.terminal.zvt.flags import closes_receipt
from hardware.terminal.zvt.message import Message, decode, decode_data
from hardware.terminal.zvt.results import result_meaning, status_meaning, terminal_status_meaning
from hardware.terminal.zvt.tlv import Tlv


def _decode(raw: str, sent: int | None = None) -> Message:
    return decode(bytes.fromhex(raw), sent=sent)


def test_a_reservation_is_built_as_terminals_expect_it() -> None:
    message = Message(
        0x0622,
        bmps=(
            build.byte(0x19, 0x40),
            build.digits(0x49, "978"),
            build.amount(2500),
            build.container(build.nested(0xE9, build.text_object(0x1F62, "AC"), build.text_object(0x1F63, "384HH2"))),
        ),
    )
    assert message.encode().hex() == "06221e1940490978040000000025000610e90e1f620241431f6306333834484832"
    assert decode(message.encode()) == message


def test_a_registration_is_built_with_its_positions() -> None:
    positional = (("password", b"\x12\x34\x56"), ("config_byte", b"\xba"), ("cc", b"\x09\x78"))
    message = Message(REGISTRATION, positional, (build.container(),))
    assert message.encode().hex() == "060008123456ba09780600"


def test_fields_are_read_by_type_and_missing_ones_are_none() -> None:
    message = _decode("040f2527000400000000250087024922f0f8eeeeeeeeeeee47718bf0f96769726f63617264002705")
    assert (message.number(0x27), message.amount(), message.digits(0x87)) == (0x05, 2500, "0249")
    assert message.text(0x8B) == "girocard"
    assert encodings.read_card_digits(message.value(0x22) or b"") == "************4771"
    assert (message.number(0x19), message.amount(0x37), message.digits(0x0B), message.text(0x3C)) == (None,) * 4
    assert message.object_value(0x1F14) is None


def test_a_field_that_is_no_number_says_so_instead_of_guessing() -> None:
    message = _decode("06230387ffff")
    with pytest.raises(ZvtError):
        message.digits(0x87)
    assert message.value(0x87) == b"\xff\xff"


def test_objects_are_found_by_their_path() -> None:
    message = _decode("040f0e060c620560034301a060034301b0")
    assert [each.value for each in message.objects(0x62, 0x60, 0x43)] == [b"\xa0"]
    assert [each.value for each in message.objects(0x60, 0x43)] == [b"\xb0"]
    assert message.object_value(0x60, 0x43) == b"\xb0"
    assert [each.tag for each in message.objects()] == [0x62, 0x60]


def test_the_command_under_way_tells_a_status_from_a_field() -> None:
    data = bytes.fromhex("1940")  # payment type 40, or status 19 and an unknown BMP
    assert decode_data(0x060F, data, sent=0x0601).number(0x19) == 0x40
    data = bytes.fromhex("2700")
    assert decode_data(0x060F, data, sent=0x0601).number(0x27) == 0
    assert decode_data(0x060F, bytes.fromhex("060600"), sent=0x0601).rest == bytes.fromhex("060600")
    status = decode_data(0x060F, bytes.fromhex("060600"), sent=STATUS_ENQUIRY)
    assert (status.position("terminal_status"), status.bmps) == (b"\x06", (Bmp(0x06, ()),))


def test_text_that_looks_like_a_container_is_text_when_anything_follows_it() -> None:
    message = _decode("06d1084006041f07010120")
    assert message.position("text") == bytes.fromhex("06041f07010120")
    assert message.bmps == ()


def test_an_empty_answer_has_no_positions() -> None:
    for raw in ("060f00", "061e00", "04ff00", "06d100", "800000", "840000", "841e00"):
        assert _decode(raw) == Message(int(raw[:4], 16))


def test_a_message_that_does_not_fit_its_command_is_refused() -> None:
    for wrong in (
        Message(0x0601, (("password", b"123"),)),
        Message(REGISTRATION, (("password", b"12"), ("config_byte", b"\0"))),
        Message(0x0601, bmps=(Bmp(0xC5, b"1"),)),
        Message(0x0601, bmps=(Bmp(0x04, b"1"),)),
        Message(0x0601, bmps=(Bmp(0x8B, bytes(100)),)),
        Message(0x0601, bmps=(Bmp(0x06, (Tlv(0x0714, b""),)),)),
        Message(0x0601, rest=bytes(65536)),
        Message(0x10000),
    ):
        with pytest.raises(ZvtError):
            wrong.encode()


@pytest.mark.parametrize(("minor", "wrong"), [(0, False), (10**12 - 1, False), (10**12, True), (-1, True)])
def test_an_amount_has_at_most_twelve_digits(minor: int, wrong: bool) -> None:
    if wrong:
        with pytest.raises(ZvtError):
            build.amount(minor)
    else:
        assert Message(0x0601, bmps=(build.amount(minor),)).amount() == minor


def test_an_apdu_that_is_cut_off_says_what_it_would_have_been() -> None:
    with pytest.raises(Incomplete) as cut:
        _decode("061e04b8")
    assert cut.value.header is not None
    assert (cut.value.header.command, cut.value.header.length, cut.value.offset) == (0x061E, 4, 4)
    with pytest.raises(Incomplete) as cut:
        _decode("061e")
    assert cut.value.header is None


def test_results_and_statuses_are_told_with_their_meaning() -> None:
    assert result_of(_decode("061e016c")) == (0x6C, "timeout or stop key")
    assert result_of(_decode("841e017d")) == (0x7D, "communication module silent")
    assert result_of(_decode("848300")) == (0x83, "function impossible")
    assert result_of(_decode("040f022705")) == (0x05, "declined")
    assert result_of(_decode("061e00")) is None
    assert result_of(_decode("060f01dc")) is None
    assert status_of(_decode("060f01dc")) == (0xDC, "card inserted")
    assert status_of(_decode("04ff010e")) == (0x0E, "please wait")
    assert status_of(_decode("800000")) is None
    assert status_meaning(0x4A) == "present card, remove card"
    assert status_meaning(0x40) == "unknown status"
    assert (terminal_status_meaning(0), result_meaning(0)) == ("ready", "done")
    assert result_meaning(0x0A) == "declined by the host (10)"
    assert result_meaning(0x80) == "unknown code"


def test_lines_of_displays_and_receipts_are_told_as_text() -> None:
    assert lines_of(_decode("06d109004869" + "06041f070102")) == ["Hi"]
    assert lines_of(_decode("06d30d060b1f07010225050901400700")) == [""]
    assert lines_of(_decode("04ff08ff06052403070131")) == ["1"]


def test_texts_survive_each_character_set() -> None:
    assert encodings.read_text(b"Test { | } ~", encodings.ZVT_7_BIT) == "Test ä ö ü ß"
    assert encodings.write_text("Äöß", encodings.ZVT_7_BIT) == b"[|~"
    assert encodings.read_text(b"\x84", encodings.CP437) == "ä"
    for code, raw in ((0xFE, "ä".encode()), (0xFF, b"\x84"), (0x01, b"\xe4"), (0x0F, b"\xe4"), (0x00, b"a")):
        charset = encodings.charset_named(code)
        assert charset is not None
        assert encodings.write_text(encodings.read_text(raw, charset), charset) == raw
    assert encodings.charset_named(0x0C) is None
    assert encodings.read_text(b"\xff\xfe", "utf-8") == "\ufffd\ufffd"


def test_card_digits_stay_text_and_keep_masks_and_zeros() -> None:
    for raw, text in (("00471100", "00471100"), ("67eeef", "67***"), ("4711d2412f", "4711D2412")):
        assert encodings.read_card_digits(bytes.fromhex(raw)) == text
        assert encodings.write_card_digits(text).hex() == raw
    for raw in ("4f11", "4a11"):
        with pytest.raises(ZvtError):
            encodings.read_card_digits(bytes.fromhex(raw))
    with pytest.raises(ZvtError):
        encodings.write_card_digits("47 11")


def test_the_attribute_tells_the_last_line() -> None:
    assert [closes_receipt(each) for each in (0x00, 0x40, 0x80, 0x81, 0xFE, 0xFF)] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]


def test_system_information_is_read_with_and_without_a_battery() -> None:
    fixed = b"00000001" + b"A" * 17 + b"52525111"
    for tail, names in ((b"8.0", 4), (b"ABCD8.0", 5), (b"ABCD12.0", 5), (b"12.0", 4)):
        message = decode_data(0x060F, fixed + tail, sent=SYSTEM_INFORMATION)
        assert len(message.positional) == names
        assert message.data() == fixed + tail
    assert decode_data(0x060F, b"\x51", sent=SYSTEM_INFORMATION).position("device_id") is None
