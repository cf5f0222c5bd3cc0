"""What the numbers mean that a terminal answers with. Source: zvt.md, sections 11 and 12."""

from __future__ import annotations

from collections.abc import Mapping

#: Result and error codes: BMP 27, 06 1E and 84 xx. Up to 63 they are those of the host, which differ between hosts.
RESULTS: Mapping[int, str] = {
    0x00: "done",
    0x64: "card unreadable",
    0x65: "no card data",
    0x66: "processing error",
    0x67: "not for girocard or Maestro",
    0x68: "not for credit or fuel cards",
    0x6A: "turnover memory full",
    0x6B: "terminal not registered",
    0x6C: "timeout or stop key",
    0x6E: "card on the block list",
    0x6F: "wrong currency",
    0x71: "credit on the chip too low",
    0x72: "chip error",
    0x73: "card data wrong",
    0x74: "key used up",
    0x75: "text not authentic",
    0x76: "card not on the white list",
    0x77: "end of day failed",
    0x78: "card expired",
    0x79: "card not yet valid",
    0x7A: "card unknown",
    0x7B: "no stripe fallback for girocard",
    0x7C: "no stripe fallback",
    0x7D: "communication module silent",
    0x7E: "no fallback, debit note possible",
    0x83: "function impossible",
    0x85: "key missing",
    0x89: "PIN pad broken",
    0x9A: "protocol error",
    0x9B: "dial-up fault",
    0x9C: "please wait",
    0x9D: "partial issue of goods",
    0xA0: "receiver not ready",
    0xA1: "remote silent",
    0xA3: "no connection",
    0xA4: "purse submission impossible",
    0xA5: "forbidden by PCI",
    0xB1: "memory full",
    0xB2: "journal full",
    0xB4: "already reversed",
    0xB5: "reversal impossible",
    0xB7: "pre-authorisation wrong, or amount too high",
    0xB8: "pre-authorisation error, or the list of open ones",
    0xBF: "supply voltage low",
    0xC0: "card lock broken",
    0xC1: "merchant card locked",
    0xC2: "diagnosis needed",
    0xC3: "amount above the maximum",
    0xC4: "card profile invalid",
    0xC5: "kind of payment not supported",
    0xC6: "currency not applicable",
    0xC8: "amount too small",
    0xC9: "maximum of transactions too small",
    0xCB: "euro only",
    0xCC: "printer not ready",
    0xCD: "no cashback",
    0xD2: "not for cards of bank customers",
    0xDC: "card inserted",
    0xDD: "card cannot be ejected",
    0xDE: "card cannot be inserted",
    0xE0: "remote maintenance",
    0xE2: "card reader broken",
    0xE3: "shutter closed",
    0xE4: "activation needed",
    **dict.fromkeys((0xE7, 0xE8, 0xE9), "goods group not accepted"),
    0xEA: "card code not permitted",
    **dict.fromkeys((0xEB, 0xEC), "PIN impossible"),
    0xED: "PIN pad broken",
    0xF0: "end of day needed",
    0xF1: "offline error",
    0xF5: "outdoor terminal fault",
    0xF6: "outdoor terminal fault",
    0xFA: "clearing error",
    0xFB: "turnover record broken",
    0xFC: "device missing",
    0xFD: "baud rate not supported",
    0xFE: "register fault",
    0xFF: "other error, see the extended error text",
}

HIGHEST_HOST_CODE = 0x63

#: Of those, the ones that the peers agree on.
HOST_RESULTS: Mapping[int, str] = {
    0x01: "call the issuer",
    0x02: "call the issuer",
    0x03: "wrong contract number",
    0x04: "keep the card",
    0x05: "declined",
    0x0D: "amount invalid",
    0x0E: "card invalid",
    0x13: "present the chip: contactless too often",
    0x21: "card expired",
    0x29: "keep the card",
    0x2B: "keep the card",
    0x36: "card expired",
    0x37: "wrong PIN or password",
    0x38: "wrong PIN",
    0x3A: "terminal id not active",
    0x40: "wrong amount",
    0x50: "card expired",
    0x51: "wrong PIN",
    0x56: "terminal inactive",
    0x57: "initialisation needed",
    0x59: "terminal locked",
    0x5F: "try again",
    0x62: "extended diagnosis needed",
    **dict.fromkeys((0x32, 0x33, 0x3D, 0x41), "declined, or PIN needed"),
    **dict.fromkeys((0x53, 0x55, 0x58), "declined"),
}

#: The status of 05 01 where it means something else than a result.
TERMINAL_STATUSES: Mapping[int, str] = {
    0x00: "ready",
    0x51: "initialisation needed",
    0x62: "clock wrong",
    0xDF: "terminal blocked",
    0xE1: "card not fully removed",
}

#: 04 FF: what the terminal shows. The same code + 40 adds "remove card" to 01 to 1D, 26 and 27.
STATUSES: Mapping[int, str] = {
    0x00: "confirm the amount",
    0x01: "look at the PIN pad",
    0x02: "look at the PIN pad",
    0x03: "not possible",
    0x04: "waiting for the host",
    0x05: "reversal is being sent",
    0x06: "bookings are being sent",
    0x07: "card not admitted",
    0x08: "card unknown",
    0x09: "card expired",
    0x0A: "present card",
    0x0B: "remove card",
    0x0C: "card unreadable",
    0x0D: "processing broken off",
    0x0E: "please wait",
    0x0F: "end of day begins",
    0x10: "card invalid",
    0x11: "balance shown",
    0x12: "system fault",
    0x13: "payment impossible",
    0x14: "credit too low",
    0x15: "wrong PIN",
    0x16: "limit too low",
    0x17: "please wait",
    0x18: "PIN tried too often",
    0x19: "card data wrong",
    0x1A: "service mode",
    0x1B: "approved, please fuel",
    0x1C: "approved, take the goods",
    0x1D: "declined",
    0x26: "enter mobile number",
    0x27: "repeat mobile number",
    0x28: "choose currency",
    0x29: "choose language",
    0x2A: "insert card to load",
    0x2B: "offline emergency mode",
    0x2C: "choose debit or credit",
    0x68: "card insertion seen",
    0x69: "choose currency conversion",
    0xA0: "payment done",
    0xA1: "payment done, remove card",
    0xA2: "cancelled",
    0xA3: "cancelled, remove card",
    0xA4: "cancellation impossible",
    0xA5: "cancellation impossible, remove card",
    0xC7: "enter mileage",
    0xC8: "waiting for the cashier",
    0xC9: "diagnosis runs",
    0xCA: "initialisation runs",
    0xCB: "merchant journal full",
    0xCC: "debit impossible, PIN needed",
    0xD2: "dialling",
    0xD3: "line up",
    0xE0: "choose application",
    0xE1: "choose language",
    0xE2: "cleaning card wanted",
    0xF1: "offline",
    0xF2: "online",
    0xF3: "offline transaction",
    0xFF: "see the text",
}

_REMOVE_CARD = 0x40
_WITH_REMOVAL = frozenset({*range(0x01, 0x1E), 0x26, 0x27})

CARD_TYPES: Mapping[int, str] = {
    2: "ec",
    5: "girocard",
    6: "Mastercard",
    8: "American Express",
    9: "debit note",
    10: "Visa",
    11: "Visa Electron",
    12: "Diners Club",
    13: "V PAY",
    14: "JCB",
    18: "DKV",
    28: "UTA",
    30: "GeldKarte",
    46: "Maestro",
    69: "Postcard",
    87: "Bancontact",
    97: "Alipay",
    196: "Dankort",
    198: "China UnionPay",
    232: "Discover",
    256: "MIFARE",
    260: "BlueCode",
}


def result_meaning(code: int) -> str:
    """What a result or error code says, in English, for technicians."""
    known = RESULTS.get(code) or HOST_RESULTS.get(code)
    if known:
        return known
    return f"declined by the host ({code})" if code <= HIGHEST_HOST_CODE else "unknown code"


def terminal_status_meaning(code: int) -> str:
    """What the answer to a status enquiry says, in English, for technicians."""
    return TERMINAL_STATUSES.get(code) or result_meaning(code)


def status_meaning(code: int) -> str:
    """What an intermediate status says, in English, for technicians."""
    if code - _REMOVE_CARD in _WITH_REMOVAL:
        return f"{STATUSES[code - _REMOVE_CARD]}, remove card"
    return STATUSES.get(code, "unknown status")
