"""The cards that can be tapped on the virtual terminal. Nothing here looks like a real card number."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the card is presented."""

    PLASTIC = "plastic"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class SimCard:
    """A card face: ``account`` is what a plastic card and its phone wallet share (the PAR), ``name`` what they do not."""

    name: str
    label: str
    circuit: str  # the code of reference chapter 4.6
    last_four: str
    kind: Kind = Kind.PLASTIC
    account: str = ""
    declines: str = ""  # the host's word, when this card is always refused
    approves_at_most: int | None = None  # minor units
    note: str = ""

    @property
    def token(self) -> str:
        """``99`` and 16 characters (reference chapter 2.8), derived from the name and from nothing else."""
        return "99" + hashlib.sha256(f"token of {self.name}".encode()).hexdigest()[:16].upper()

    @property
    def par(self) -> str:
        """29 characters for Visa and Mastercard, nothing for the others."""
        prefix = {"VISA": "V001", "ECMC": "5001"}.get(self.circuit, "")
        digest = hashlib.sha256(f"par of {self.account or self.name}".encode()).hexdigest()[:25].upper()
        return prefix + digest if prefix else ""

    @property
    def masked(self) -> str:
        """The card number as a receipt shows it."""
        return f"************{self.last_four}"


CARDS = {
    card.name: card
    for card in (
        SimCard("visa-1", "Visa", "VISA", "1001"),
        SimCard("visa-2", "Visa", "VISA", "1002"),
        SimCard("mastercard-1", "Mastercard", "ECMC", "2001"),
        SimCard("maestro-1", "Maestro", "MAES", "3001"),
        SimCard("amex-1", "Amex", "AMEX", "4001"),
        SimCard("girocard-1", "girocard", "GIRO", "5001"),
        SimCard("wallet-visa-1", "Visa", "VISA", "7001", Kind.PHONE, account="visa-1", note="in a phone"),
        SimCard(
            "wallet-mc-1",
            "Mastercard",
            "ECMC",
            "7002",
            Kind.PHONE,
            account="mastercard-1",
            note="in a phone",
        ),
        SimCard("declined-1", "Visa", "VISA", "9001", declines="insufficient funds", note="is declined"),
        SimCard("partial-1", "Mastercard", "ECMC", "9002", approves_at_most=2000, note="at most 20.00"),
        SimCard("expired-1", "Visa", "VISA", "9003", declines="expired card", note="has expired"),
        SimCard("badge-1", "Charge card", "BADGE", "8001", declines="card not admitted", note="of a closed loop"),
    )
}
