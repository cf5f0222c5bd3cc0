"""Keys change while money is held: everything is sealed anew, and it is said which key is still needed."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import Settings

from hardware.models import Terminal
from hardware.terminal.interface import Card, Handle, TokenType
from payments import rotation
from payments.cards import identify
from payments.lifecycle import State
from payments.models import Authorisation
from payments.rotation import KeyUse
from payments.secrets import key_id, seal_handle, unseal, unseal_handle
from tests.payments.clock import Clock

OLD, NEW = "the old key, which is 32 characters long", "the new key, which is 32 characters long"
PLASTIC = Card(TokenType.CARD, "67012345678901234567", par="V0010013020000000000000000000")
OTHER = Card(TokenType.CARD, "67099999999999999999")


@pytest.fixture(autouse=True)
def _old_keys(settings: Settings) -> None:
    settings.FIELD_KEYS = settings.FINGERPRINT_KEYS = [OLD]


@pytest.fixture
def im30(db: None) -> Terminal:
    return Terminal.objects.create(name="IM30", url="payproxy+http://localhost:1")


def held(im30: Terminal, clock: Clock, number: int = 1, state: State = State.AUTHORISED) -> Authorisation:
    handle = seal_handle(Handle(number, f"reference {number}"))
    return Authorisation.objects.create(
        terminal=im30,
        state=state,
        currency="EUR",
        requested_minor=5000,
        sealed_handle=handle,
        created_at=clock(),
        deadline_at=clock(),
    )


def reencrypt(*options: str) -> tuple[int, str, str]:
    """The exit code and what was said to whom."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("reencrypt", *options, stdout=out, stderr=err)
    except SystemExit as end:
        code = int(str(end.code))
    return code, out.getvalue(), err.getvalue()


def test_everything_sealed_with_an_old_key_is_sealed_with_the_new_one(
    im30: Terminal, clock: Clock, settings: Settings
) -> None:
    rows = [held(im30, clock, number, State.RELEASED if number % 2 else State.AUTHORISED) for number in range(1, 6)]
    never_held = Authorisation.objects.create(
        terminal=im30, currency="EUR", requested_minor=1, created_at=clock(), deadline_at=clock()
    )
    settings.FIELD_KEYS = [NEW, OLD]
    assert rotation.reseal(batch=2) == rotation.Resealed(5)
    settings.FIELD_KEYS = [NEW]
    for number, row in enumerate(rows, 1):
        row.refresh_from_db()
        assert unseal_handle(row.sealed_handle) == Handle(number, f"reference {number}")
    never_held.refresh_from_db()
    assert never_held.sealed_handle == ""


def test_what_was_done_is_not_done_again(im30: Terminal, clock: Clock, settings: Settings) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    row = held(im30, clock)
    assert rotation.reseal() == rotation.Resealed()
    assert Authorisation.objects.get().sealed_handle == row.sealed_handle


def test_a_worker_that_writes_meanwhile_wins(
    im30: Terminal, clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(im30, clock)
    settings.FIELD_KEYS = [NEW, OLD]
    newer = seal_handle(Handle(2, "newer"))

    def write_then_open(sealed: str) -> str:
        Authorisation.objects.update(sealed_handle=newer)
        return unseal(sealed)

    monkeypatch.setattr(rotation, "unseal", write_then_open)
    assert rotation.reseal().rows == 0
    assert Authorisation.objects.get().sealed_handle == newer


def test_the_command_says_when_the_old_key_may_be_taken_away(im30: Terminal, clock: Clock, settings: Settings) -> None:
    held(im30, clock)
    settings.FIELD_KEYS = [NEW, OLD]
    code, before, _ = reencrypt("--report")
    assert (code, "may be taken away" in before) == (0, False)
    assert f"key 2 ({key_id(OLD)}): 1 reference; still needed" in before
    code, after, _ = reencrypt()
    assert code == 0
    assert "1 reference sealed with the newest key." in after
    assert f"key 1 ({key_id(NEW)}): 1 reference, the newest" in after
    assert f"key 2 ({key_id(OLD)}): 0 references; it may be taken away" in after


@pytest.mark.parametrize("options", [[], ["--report"]])
def test_a_lost_key_is_an_error_that_names_the_authorisation_and_not_the_text(
    im30: Terminal, clock: Clock, settings: Settings, options: list[str]
) -> None:
    row = held(im30, clock)
    settings.FIELD_KEYS = [NEW]
    code, out, err = reencrypt(*options)
    assert code == 1
    assert f"a key that is not in the setting ({key_id(OLD)}): 1 reference" in out
    assert options or row.reference in err
    assert row.sealed_handle.partition(":")[2] not in out + err
    assert Authorisation.objects.get().sealed_handle == row.sealed_handle


def test_a_text_that_was_changed_is_an_error_and_keeps_nothing_else_from_its_new_key(
    im30: Terminal, clock: Clock, settings: Settings
) -> None:
    changed, sound = held(im30, clock, 1), held(im30, clock, 2)
    Authorisation.objects.filter(pk=changed.pk).update(sealed_handle=changed.sealed_handle[:-4] + "AAA=")
    settings.FIELD_KEYS = [NEW, OLD]
    done = rotation.reseal(batch=1)
    assert (done.rows, done.unreadable) == (1, [changed.reference])
    sound.refresh_from_db()
    assert sound.sealed_handle.startswith(key_id(NEW))


def test_the_old_key_of_a_card_is_needed_while_its_session_runs(
    im30: Terminal, clock: Clock, settings: Settings
) -> None:
    running, finished = held(im30, clock), held(im30, clock, state=State.RELEASED)
    for row, card in ((running, PLASTIC), (finished, OTHER)):
        row.card = identify(card, clock())
        row.save()
    settings.FINGERPRINT_KEYS = [NEW, OLD]
    assert rotation.fingerprints_by_key() == [KeyUse(key_id(NEW), 1, 0, 0), KeyUse(key_id(OLD), 2, 2, 1)]
    assert "2 cards; still needed by 1 of them" in reencrypt("--report")[1]
    identify(PLASTIC, clock())  # the driver came back
    assert rotation.fingerprints_by_key() == [KeyUse(key_id(NEW), 1, 1, 1), KeyUse(key_id(OLD), 2, 1, 0)]
    assert f"({key_id(OLD)}): 1 card; it may be taken away" in reencrypt("--report")[1]


def test_a_card_whose_account_only_an_old_key_knows_hangs_on_that_key(
    im30: Terminal, clock: Clock, settings: Settings
) -> None:
    identify(PLASTIC, clock())
    settings.FINGERPRINT_KEYS = [NEW, OLD]
    identify(Card(TokenType.CARD, PLASTIC.token), clock())  # this time it does not say its PAR
    assert [use.rows for use in rotation.fingerprints_by_key()] == [1, 1]
    settings.FINGERPRINT_KEYS = [NEW]
    assert [(use.place, use.rows) for use in rotation.fingerprints_by_key()] == [(1, 1), (0, 1)]


def test_the_older_of_two_records_of_a_card_needs_no_key(im30: Terminal, clock: Clock, settings: Settings) -> None:
    identify(PLASTIC, clock())
    settings.FINGERPRINT_KEYS = [NEW]
    identify(PLASTIC, clock())
    settings.FINGERPRINT_KEYS = [NEW, OLD]
    identify(PLASTIC, clock())
    assert [use.rows for use in rotation.fingerprints_by_key()] == [1, 0]
