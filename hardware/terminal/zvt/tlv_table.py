"""The TLV tags that ZVT terminals use: what they mean and how to read them. Source: zvt.md, section 7."""

from __future__ import annotations

from collections.abc import Mapping

from hardware.terminal.zvt.bmp_table import Form, Kind


def _of(form: Form, names: Mapping[int, str]) -> dict[int, Kind]:
    return {tag: Kind(name, form) for tag, name in names.items()}


def _secret(form: Form, names: Mapping[int, str]) -> dict[int, Kind]:
    return {tag: Kind(name, form, secret=True) for tag, name in names.items()}


_CONTAINERS = {
    0x21: "allowed goods groups",
    0x22: "forbidden goods groups",
    0x23: "open pre-authorisations",
    0x24: "display lines",
    0x25: "print lines",
    0x26: "permitted commands",
    0x27: "character sets",
    0x28: "languages",
    0x2D: "file",
    0x2E: "time stamp",
    0x2F: "payment kind",
    0x30: "card list",
    0x34: "clock of the terminal",
    0x35: "time of the daily restart",
    0x60: "application",
    0x61: "applications on the stripe",
    0x62: "applications on the chip",
    0x64: "receipt header",
    0x65: "receipt advertising",
    0x66: "receipt lines for the customer",
    0x67: "receipt lines for the merchant",
    0x68: "outcome text",
    0x69: "original transaction",
    0xE1: "goods",
    0xE2: "currency conversion",
    0xE4: "terminal",
    0xE6: "card type",
    0xE8: "prices",
    0xE9: "our reference",
}

_NUMBERS = {
    0x1A: "largest message",
    0x1E: "file offset",
    0x1F00: "file size",
    0x1F10: "cardholder check",
    0x1F11: "online",
    0x1F12: "technology",
    0x1F4C: "contactless card type",
    0x1F50: "SAK",
    0x1F5B: "card poll timeout",
    0x41: "card type",
    0x48: "priority",
    0x49: "card type of the operator",
}

_TEXTS = {
    0x07: "text line",
    0x13: "extra result code",
    0x15: "language",
    0x1F0C: "licence plate",
    0x1F17: "extended error text",
    0x1F40: "device name",
    0x1F41: "software version",
    0x1F62: "kind of reference",
    0x1F63: "reference",
    0x42: "application label",
    0x44: "preferred name",
}

_DIGITS = {
    0x08: "receipt number",
    0x10: "merchant display",
    0x11: "customer display",
    0x12: "printer width",
    0x1F0E: "date YYYYMMDD",
    0x1F0F: "time HHMMSS",
    0x1F2B: "long trace number",
    0x1F44: "terminal id",
    0x1F73: "message sequence id",
    0x45: "receipts due",
}

_BYTES = {
    0x09: "print attribute",
    0x0A: "command",
    0x14: "character set",
    0x1B: "diagnosis",
    0x1C: "file block",
    0x1D: "file id",
    0x1F01: "receipt to repeat",
    0x1F02: "receipt to repeat",
    0x1F03: "receipt to repeat",
    0x1F04: "receipts wanted",
    0x1F05: "unknown cards",
    0x1F06: "reservation kind",
    0x1F07: "receipt type",
    0x1F15: "card reading control",
    0x1F16: "extended error code",
    0x1F1F: "synchronisation",
    0x1F37: "receipt info",
    0x1F42: "serial number",
    0x1F43: "device state",
    0x1F4D: "card subtype",
    0x1F4E: "card subtype",
    0x1F4F: "ATQA",
    0x1F60: "allowed technologies",
    0x1F70: "partial approval",
    0x1F71: "understood tags",
    0x1F72: "report a contactless card",
    0x40: "wanted chip data",
    0x43: "application id",
    0xFF48: "screen saver",
}

_SECRET_BYTES = {
    0x1F09: "track 2",
    0x1F0A: "track 3",
    0x1F0D: "data for the host",
    0x1F14: "card identification",
    0x1F45: "ATS",
    0x1F61: "customer index",
    0x4C: "contactless UID",
    0xC0: "previous token",
    0xD1: "BIN",
    0xFF41: "host address",
}

TAGS: Mapping[int, Kind] = {
    **_of(Form.OBJECTS, _CONTAINERS),
    **_of(Form.NUMBER, _NUMBERS),
    **_of(Form.TEXT, _TEXTS),
    **_of(Form.DIGITS, _DIGITS),
    **_of(Form.BINARY, _BYTES),
    0x1F0B: Kind("highest pre-authorisation", Form.AMOUNT),
    **_secret(Form.BINARY, _SECRET_BYTES),
    **_secret(Form.TEXT, {0x1F08: "track 1", 0x46: "chip data for the customer", 0x47: "chip data for the merchant"}),
    0xFF40: Kind("service password", Form.DIGITS, secret=True),
}
