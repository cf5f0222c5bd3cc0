"""One command and all that the terminal says about it, on a clock that the test moves."""

from __future__ import annotations

import pytest

from hardware.terminal.zvt import requests
from hardware.terminal.zvt.dialogue import (
    Aborted,
    Accepted,
    Broken,
    Completed,
    Dialogue,
    Display,
    Ends,
    Event,
    Limits,
    Printed,
    Refused,
    Result,
    answer_to,
)
from hardware.terminal.zvt.message import Message
from hardware.terminal.zvt.profile import Profile
from hardware.terminal.zvt.sequence import Sequence

ACCEPTED, COMPLETED, ACK = "80 00 00", "06 0F 00", bytes.fromhex("800000")
APPROVED = "04 0F 09 27 00 04 00 00 00 00 25 00"
ABORT = bytes.fromhex("06B000")
LIMITS = Limits(answer=5, completion=180, hard=600)


class Play:
    """A dialogue that was sent at 0, and what the terminal then says."""

    def __init__(self, *, ends: Ends = Ends.COMPLETION, sequence: Sequence | None = None) -> None:
        command = requests.read_card(Profile(), 15, tlv=False) if ends is Ends.STATUS else Message(0x0622)
        self.dialogue = Dialogue(command, LIMITS, ends=ends, sequence=sequence)
        self.dialogue.sent(0)
        self.answers: list[bytes] = []

    def hear(self, *apdus: str, at: float = 0) -> list[Event]:
        events = [event for each in apdus for event in self.dialogue.heard(bytes.fromhex(each), at)]
        self.answers += self.dialogue.output()
        return events

    def tick(self, at: float) -> list[Event]:
        events = self.dialogue.tick(at)
        self.answers += self.dialogue.output()
        return events


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(each) for each in events]


def test_a_command_is_accepted_answered_printed_and_completed_and_each_message_is_acknowledged() -> None:
    play = Play()
    events = play.hear(ACCEPTED, "04 FF 01 0A", APPROVED, "06 D1 02 81 41", "06 D3 02 06 00", "04 01 00", COMPLETED)
    assert kinds(events) == [Accepted, Display, Result, Printed, Printed, Completed]
    assert play.answers == [ACK] * 6, "all but its own 80 00"
    assert isinstance(play.dialogue.end, Completed)


def test_84_00_is_a_yes() -> None:
    assert kinds(Play().hear("84 00 00", COMPLETED)) == [Accepted, Completed]


@pytest.mark.parametrize(
    ("apdu", "code"),
    [("84 83 00", 0x83), ("84 1E 01 7D", 0x7D), ("84 1E 00", 0x1E), ("84 1E 03 6F 09 78", 0x6F), ("84 9C 00", 0x9C)],
)
def test_a_refusal_is_a_result_of_its_own_with_its_code(apdu: str, code: int) -> None:
    (end,) = Play().hear(apdu)
    assert isinstance(end, Refused)
    assert end.code == code


def test_an_abort_of_the_terminal_has_a_code_and_perhaps_none() -> None:
    for apdu, code in (("06 1E 01 6C", 0x6C), ("06 1E 00", 0xFF)):
        end = Play().hear(ACCEPTED, apdu)[-1]
        assert isinstance(end, Aborted)
        assert end.code == code


def test_what_is_left_over_from_an_earlier_command_is_acknowledged_and_not_believed() -> None:
    play = Play()
    assert play.hear(APPROVED, COMPLETED, "06 1E 01 6C") == []
    assert play.answers == [ACK] * 3
    assert kinds(play.hear(ACCEPTED, COMPLETED)) == [Accepted, Completed]


def test_a_status_before_the_acceptance_is_shown_and_gives_it_more_time() -> None:
    play = Play()
    assert kinds(play.hear("04 FF 01 06", at=4)) == [Display]
    assert play.tick(8.9) == []
    assert play.tick(9) == [Broken(False, "timeout")]


def test_no_acceptance_within_t3_breaks_it_off_before() -> None:
    play = Play()
    assert play.tick(4.9) == []
    assert play.tick(5) == [Broken(False, "timeout")]
    assert play.answers == [], "there is nothing that could be aborted"


def test_every_status_restarts_t4() -> None:
    play = Play()
    play.hear(ACCEPTED, at=1)
    play.hear("04 FF 01 0A", at=150)
    play.hear(APPROVED, at=300)
    assert play.tick(479) == []
    assert play.dialogue.deadline == 480


def test_the_minutes_of_a_status_are_bcd_and_replace_t4() -> None:
    play = Play()
    play.hear(ACCEPTED, "04 FF 02 0A 10", at=0)
    assert play.dialogue.deadline == LIMITS.hard, "ten minutes, not sixteen"
    play.hear("04 FF 02 0A 04", at=1)
    assert play.dialogue.deadline == 241
    play.hear("04 FF 02 0A 00", "04 FF 02 0A FA", at=2)
    assert play.dialogue.deadline == 242, "neither nothing nor nonsense changes it"


def test_the_end_of_t4_asks_for_an_abort_and_waits_a_little_for_the_end() -> None:
    play = Play()
    play.hear(ACCEPTED)
    assert play.tick(180) == []
    assert play.answers == [ABORT]
    end = play.hear(ACCEPTED, "06 1E 01 6C", at=182)[-1]
    assert isinstance(end, Aborted)
    assert play.dialogue.aborting


def test_a_terminal_that_does_not_end_even_then_leaves_it_open() -> None:
    play = Play()
    play.hear(ACCEPTED)
    play.tick(180)
    play.hear("04 FF 01 04", at=184)
    assert play.tick(185) == [Broken(True, "timeout")]


def test_an_abort_that_does_not_get_across_at_the_end_of_t4_is_not_tried_for_ever() -> None:
    play = Play()
    play.hear(ACCEPTED)
    play.tick(180)
    play.dialogue.abort_failed()
    assert play.tick(185) == [Broken(True, "timeout")]


def test_patience_has_an_end_however_often_the_terminal_asks_for_it() -> None:
    play = Play()
    play.hear(ACCEPTED)
    for at in range(0, 600, 100):
        play.hear("04 FF 02 0A 05", at=at)
    play.tick(600)
    assert play.tick(605) == [Broken(True, "timeout")]


def test_an_abort_waits_for_the_acceptance_and_is_sent_once() -> None:
    play = Play()
    play.dialogue.abort()
    play.tick(1)
    assert play.answers == []
    play.hear(ACCEPTED)
    play.tick(1)
    play.tick(1)
    assert play.answers == [ABORT]
    assert isinstance(play.hear(ACCEPTED, "06 1E 01 6C")[-1], Aborted)


def test_an_abort_that_crosses_the_completion_changes_nothing() -> None:
    play = Play()
    play.hear(ACCEPTED)
    play.dialogue.abort()
    play.tick(1)
    events = play.hear(APPROVED, "84 83 00", COMPLETED)
    assert kinds(events) == [Result, Completed]
    assert play.answers == [ABORT, ACK, ACK]
    assert not play.dialogue.aborting, "the terminal said that it was too late"


def test_a_refused_abort_may_be_asked_for_again() -> None:
    play = Play()
    play.hear(ACCEPTED)
    for _ in range(2):
        play.dialogue.abort()
        play.tick(1)
        play.hear("84 83 00")
    assert play.answers == [ABORT, ABORT]


def test_reading_a_card_ends_with_its_status_information() -> None:
    play = Play(ends=Ends.STATUS)
    assert kinds(play.hear(ACCEPTED, "04 FF 01 0A", "04 0F 03 06 01 00")) == [Accepted, Display, Result, Completed]
    assert play.answers == [ACK] * 2


def test_a_command_without_completion_ends_with_its_acceptance() -> None:
    assert kinds(Play(ends=Ends.ACCEPTANCE).hear(ACCEPTED)) == [Accepted, Completed]


def test_what_the_terminal_asks_and_we_cannot_do_is_refused() -> None:
    play = Play()
    assert kinds(play.hear(ACCEPTED, "04 0C 00", "06 D8 00")) == [Accepted]
    assert play.answers == [bytes.fromhex("848300")] * 2


@pytest.mark.parametrize(("before", "accepted"), [([], False), ([ACCEPTED], True), ([ACCEPTED, APPROVED], True)])
def test_a_lost_line_is_no_end_that_can_be_trusted(before: list[str], accepted: bool) -> None:
    play = Play()
    play.hear(*before)
    assert play.dialogue.lost() == [Broken(accepted, "connection_lost")]


def test_what_had_ended_before_the_line_was_lost_has_ended() -> None:
    play = Play()
    play.hear(ACCEPTED, APPROVED, COMPLETED)
    assert play.dialogue.lost() == []
    assert play.hear(APPROVED) == []
    assert isinstance(play.dialogue.end, Completed)


def test_half_an_apdu_is_garbage() -> None:
    play = Play()
    play.hear(ACCEPTED)
    assert play.hear("06 0F 05 27") == [Broken(True, "garbled")]


def test_only_what_the_terminal_says_by_itself_is_answered_between_commands() -> None:
    assert answer_to(bytes.fromhex("060F00")) == ACK
    assert answer_to(bytes.fromhex("800000")) is None


def test_sequence_ids_count_on_are_echoed_and_tell_a_repetition() -> None:
    sequence = Sequence()
    play = Play(sequence=sequence)
    assert play.dialogue.apdu == bytes.fromhex("06220806061F7303000001")
    status = "04 FF 09 0A 06 06 1F 73 03 00 00 02"
    assert kinds(play.hear("80 00 08 06 06 1F 73 03 00 00 01", status, status)) == [Accepted, Display]
    assert play.answers == [bytes.fromhex("80000806061F7303000002")] * 2
    play.hear("06 0F 08 06 06 1F 73 03 00 00 03")
    assert Dialogue(Message(0x0622), LIMITS, sequence=sequence).apdu[-3:] == bytes.fromhex("000004")


def test_a_sequence_begins_anew_after_its_last_number() -> None:
    sequence = Sequence()
    sequence.repeats(Dialogue(Message(0x0622), LIMITS).command)
    play = Play(sequence=sequence)
    play.hear("80 00 00", "06 0F 08 06 06 1F 73 03 99 99 99")
    assert Dialogue(Message(0x0622), LIMITS, sequence=sequence).apdu[-3:] == bytes.fromhex("000001")
