"""What a technician asks of a terminal beside the verbs. Only ``reverse`` moves money.

Every method blocks until the terminal has answered, and raises NotSent or OutcomeUnknown.
"""

from __future__ import annotations

from collections.abc import Sequence

from hardware.terminal.zvt import codes, requests
from hardware.terminal.zvt.answer import receipt_of
from hardware.terminal.zvt.conversation import Conversation
from hardware.terminal.zvt.dialogue import Aborted, Ends
from hardware.terminal.zvt.health import Health
from hardware.terminal.zvt.recovery import Pending
from hardware.terminal.zvt.verdict import Told

_MOST_QUESTIONS = 100  # of a terminal that tells one open hold at a time


class Maintenance:
    """Registration, diagnosis, and what the terminal remembers."""

    def __init__(self, conversation: Conversation, health: Health) -> None:
        self._conversation = conversation
        self._profile = conversation.profile
        self.initialise = health.initialise
        self.diagnose = health.diagnose
        self.register = conversation.register
        self.log_off = conversation.log_off

    def show(self, lines: Sequence[str], seconds: int) -> None:
        """06 E0: show up to eight lines on the terminal; 0 seconds is until something else comes."""
        charset = self._profile.charset
        self._conversation.ask(
            lambda tlv: requests.display_text(lines, seconds, charset), ends=Ends.ACCEPTANCE, answer=seconds
        )

    def reverse(self, receipt: str) -> Told:
        """06 30: undo the booking with this receipt number, past the records of whoever calls the verbs."""
        return self._conversation.ask(lambda tlv: requests.reversal(self._profile, receipt))

    def last_transaction(self) -> Told | None:
        """06 20: the last transaction, None where the terminal has none or cannot repeat it."""
        try:
            told = self._conversation.ask(lambda tlv: requests.repeat_receipt(self._profile, tlv=tlv))
        except codes.Unbegun as refusal:
            if refusal.code == codes.UNSUPPORTED:
                return None
            raise
        return told if told.results else None

    def pending(self) -> Pending:
        """06 23 about FFFF: the open holds. One at a time until FFFF, where the terminal lists no more than one."""
        found: set[str] = set()
        for _ in range(_MOST_QUESTIONS):
            told = self._conversation.ask(lambda tlv: requests.pending_enquiry(self._profile, tlv=tlv))
            end = told.end
            if not isinstance(end, Aborted) or end.code != codes.PENDING:
                return Pending(frozenset(found))
            listed = {each.value.hex() for each in end.message.objects(0x23, 0x08)}
            one = receipt_of(end.message)
            known = {each for each in (*listed, one) if each}
            if not one or listed or known <= found:
                named = end.message.value(0x87) is not None
                return Pending(frozenset(found | known), complete=bool(listed) or (named and not one))
            found |= known
        return Pending(frozenset(found))
