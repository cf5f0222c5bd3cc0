"""What the virtual terminal's screen says, in its four languages. The ids are ours: CCV's list is given on request."""

from __future__ import annotations

LANGUAGES = ("en", "nl", "de", "fr")

IDLE = "S1000"
PRESENT_CARD = "S1001"
PRESENT_CARD_TO_STOP = "S1002"
ENTER_PIN = "S1003"
APPROVED = "S1010"
DECLINED = "S1011"
CANCELLED = "S1012"
TIMED_OUT = "S1013"
CARD_READ = "S1014"
PAID = "S1015"
RELEASED = "S1016"
REFUNDED = "S1017"
WRONG_PIN = "S1018"

_TEXTS = {
    IDLE: ("Welcome", "Welkom", "Willkommen", "Bienvenue"),
    PRESENT_CARD: (
        "Present your card or phone",
        "Houd uw kaart of telefoon voor de lezer",
        "Karte oder Telefon vorhalten",
        "Présentez votre carte ou téléphone",
    ),
    PRESENT_CARD_TO_STOP: (
        "Present the card you started with",
        "Houd de kaart voor waarmee u begon",
        "Karte vom Start vorhalten",
        "Présentez la carte du départ",
    ),
    ENTER_PIN: ("Enter your PIN", "Voer uw pincode in", "PIN eingeben", "Saisissez votre code"),
    APPROVED: ("Approved", "Goedgekeurd", "Genehmigt", "Accepté"),
    DECLINED: ("Declined", "Geweigerd", "Abgelehnt", "Refusé"),
    CANCELLED: ("Cancelled", "Geannuleerd", "Abgebrochen", "Annulé"),
    TIMED_OUT: ("Time is up", "De tijd is om", "Zeit abgelaufen", "Délai dépassé"),
    CARD_READ: ("Card read, thank you", "Kaart gelezen, dank u", "Karte gelesen, danke", "Carte lue, merci"),
    PAID: ("Paid", "Betaald", "Bezahlt", "Payé"),
    RELEASED: ("Reservation released", "Reservering vrijgegeven", "Reservierung freigegeben", "Réservation libérée"),
    REFUNDED: ("Refunded", "Terugbetaald", "Erstattet", "Remboursé"),
    WRONG_PIN: ("Wrong PIN", "Onjuiste pincode", "Falsche PIN", "Code incorrect"),
}


def text(text_id: str, language: str) -> str:
    """Return a screen's text; English where the language is not one of ours."""
    return _TEXTS[text_id][LANGUAGES.index(spoken(language))]


def spoken(language: str) -> str:
    """Return ``language`` (a two-letter code), or English where it is not one of ours."""
    return language if language in LANGUAGES else "en"
