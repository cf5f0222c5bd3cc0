"""What the terminal's intermediate status (04 FF) says to a driver, in the driver's language.

The terminal sends a number. Some numbers come with a text of its own, for which see ``display_text``.
Source: zvt.md, chapter 11.
"""

from __future__ import annotations

from collections.abc import Mapping

from hardware.terminal.zvt.encodings import read_text
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.profile import Profile
from hardware.terminal.zvt.results import STATUSES

FALLBACK = "en"
_REMOVE = 0x0B
_REMOVE_CARD = 0x40  # the same text, and: remove your card
_WITH_REMOVAL = frozenset({*range(0x01, 0x1E), 0x26, 0x27})
_DISPLAY_LINES, _LINE = 0x24, 0x07

_PRESENT, _PIN_PAD, _HOST, _WAIT, _CONFIRM = 0x0A, 0x01, 0x04, 0x0E, 0x00

_EN: Mapping[int, str] = {
    0x00: "Please confirm the amount",
    0x01: "Please look at the PIN pad",
    0x03: "Not possible",
    0x04: "Waiting for the bank",
    0x07: "This card is not accepted",
    0x08: "Unknown card",
    0x09: "This card has expired",
    0x0A: "Please present your card",
    0x0B: "Please remove your card",
    0x0C: "The card cannot be read",
    0x0D: "Cancelled",
    0x0E: "Please wait",
    0x12: "The terminal has a fault",
    0x13: "Payment is not possible",
    0x14: "Not enough credit",
    0x15: "Wrong PIN",
    0x16: "The limit is too low",
    0x18: "Wrong PIN too often",
    0x1A: "Out of service",
    0x1C: "Approved",
    0x1D: "Declined",
    0x28: "Please choose a currency on the terminal",
    0x29: "Please choose a language on the terminal",
    0x2C: "Please choose debit or credit on the terminal",
    0xE0: "Please choose an application on the terminal",
}
_NL: Mapping[int, str] = {
    0x00: "Bevestig het bedrag",
    0x01: "Kijk op het pinpad",
    0x03: "Niet mogelijk",
    0x04: "Wachten op de bank",
    0x07: "Deze kaart wordt niet geaccepteerd",
    0x08: "Onbekende kaart",
    0x09: "Deze kaart is verlopen",
    0x0A: "Bied uw kaart aan",
    0x0B: "Verwijder uw kaart",
    0x0C: "De kaart kan niet worden gelezen",
    0x0D: "Geannuleerd",
    0x0E: "Een ogenblik geduld",
    0x12: "Storing in de terminal",
    0x13: "Betalen is niet mogelijk",
    0x14: "Onvoldoende saldo",
    0x15: "Onjuiste pincode",
    0x16: "De limiet is te laag",
    0x18: "Te vaak een onjuiste pincode",
    0x1A: "Buiten gebruik",
    0x1C: "Akkoord",
    0x1D: "Geweigerd",
    0x28: "Kies een valuta op de terminal",
    0x29: "Kies een taal op de terminal",
    0x2C: "Kies debit of credit op de terminal",
    0xE0: "Kies een toepassing op de terminal",
}
_DE: Mapping[int, str] = {
    0x00: "Bitte Betrag bestätigen",
    0x01: "Bitte auf das PIN-Pad schauen",
    0x03: "Nicht möglich",
    0x04: "Warten auf die Bank",
    0x07: "Diese Karte wird nicht angenommen",
    0x08: "Karte unbekannt",
    0x09: "Diese Karte ist abgelaufen",
    0x0A: "Bitte Karte vorhalten oder einstecken",
    0x0B: "Bitte Karte entnehmen",
    0x0C: "Karte nicht lesbar",
    0x0D: "Abgebrochen",
    0x0E: "Bitte warten",
    0x12: "Störung am Terminal",
    0x13: "Zahlung nicht möglich",
    0x14: "Guthaben zu gering",
    0x15: "PIN falsch",
    0x16: "Limit zu niedrig",
    0x18: "PIN zu oft falsch",
    0x1A: "Außer Betrieb",
    0x1C: "Genehmigt",
    0x1D: "Abgelehnt",
    0x28: "Bitte am Terminal die Währung wählen",
    0x29: "Bitte am Terminal die Sprache wählen",
    0x2C: "Bitte am Terminal Debit oder Kredit wählen",
    0xE0: "Bitte am Terminal die Anwendung wählen",
}
_FR: Mapping[int, str] = {
    0x00: "Veuillez confirmer le montant",
    0x01: "Veuillez regarder le clavier",
    0x03: "Impossible",
    0x04: "En attente de la banque",
    0x07: "Cette carte n’est pas acceptée",
    0x08: "Carte inconnue",
    0x09: "Cette carte a expiré",
    0x0A: "Présentez votre carte",
    0x0B: "Retirez votre carte",
    0x0C: "La carte est illisible",
    0x0D: "Annulé",
    0x0E: "Veuillez patienter",
    0x12: "Le terminal est en panne",
    0x13: "Paiement impossible",
    0x14: "Solde insuffisant",
    0x15: "Code incorrect",
    0x16: "Plafond insuffisant",
    0x18: "Trop de codes incorrects",
    0x1A: "Hors service",
    0x1C: "Accepté",
    0x1D: "Refusé",
    0x28: "Choisissez une devise sur le terminal",
    0x29: "Choisissez une langue sur le terminal",
    0x2C: "Choisissez débit ou crédit sur le terminal",
    0xE0: "Choisissez une application sur le terminal",
}
TEXTS: Mapping[str, Mapping[int, str]] = {"en": _EN, "nl": _NL, "de": _DE, "fr": _FR}

#: Numbers that say to a driver what another one says; all that is not listed anywhere is a matter of waiting.
_SAME: Mapping[int, int] = {
    0x02: _PIN_PAD,
    0x10: 0x08,
    0x19: 0x0C,
    0x1B: 0x1C,
    0x2A: _PRESENT,
    0x68: _WAIT,
    0xA0: 0x1C,
    0xA2: 0x0D,
    0xCC: _PIN_PAD,
    0xE1: 0x29,
}
_ALSO_REMOVE = {0xA1: 0xA0, 0xA3: 0xA2}


def display_text(message: Message, profile: Profile, language: str) -> str:
    """What an intermediate status says: the terminal's own text where it sends one that drivers may see."""
    own = [read_text(each.value, profile.charset).strip() for each in message.objects(_DISPLAY_LINES, _LINE)]
    if profile.show_terminal_text and any(own):
        return " ".join(filter(None, own))
    status = (message.position("status") or bytes([_WAIT]))[0]
    return text_of(status, language)


def text_of(status: int, language: str) -> str:
    """The text for a number; what is no matter of a driver's is a request to wait."""
    texts = TEXTS.get(language[:2].lower(), TEXTS[FALLBACK])
    removal = status - _REMOVE_CARD in _WITH_REMOVAL and status not in STATUSES
    if removal or status in _ALSO_REMOVE:
        said = text_of(_ALSO_REMOVE.get(status, status - _REMOVE_CARD), language)
        return said if said == texts[_REMOVE] else f"{said}. {texts[_REMOVE]}"
    return texts.get(_SAME.get(status, status), texts[_WAIT])
