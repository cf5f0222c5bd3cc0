"""Which card it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from hardware.terminal.interface import Card, TokenType
from payments import cards
from payments.cards import identify, same_card
from payments.models import CardToken
from tests.payments.clock import Clock

OLD, NEW = "the old key, which is 32 characters long", "the new key, which is 32 characters long"
PLASTIC = Card(
    TokenType.CARD, "67012345678901234567", par="V0010013020000000000000000000", brand="VISA", last_four="1001"
)
PHONE = Card(TokenType.CARD, "67099999999999999999", par=PLASTIC.par, brand="VISA", last_four="4242")
OTHER = Card(TokenType.CARD, "67011111111111111111", brand="MAESTRO", last_four="0007")


def test_a_card_is_known_the_second_time(db: None, clock: Clock) -> None:
    first = identify(PLASTIC, clock())
    again = identify(PLASTIC, clock.forward(hours=1))
    assert first == again
    assert (again.brand, again.last_four) == ("VISA", "1001")
    stored = CardToken.objects.get()
    assert (stored.first_seen_at, stored.last_seen_at) == (first.first_seen_at, clock())


def test_the_same_token_of_another_type_is_another_card(db: None, clock: Clock) -> None:
    assert identify(PLASTIC, clock()) != identify(Card(TokenType.UID, PLASTIC.token), clock())


def test_what_a_later_visit_does_not_say_is_kept(db: None, clock: Clock) -> None:
    identify(PLASTIC, clock())
    again = identify(Card(TokenType.CARD, PLASTIC.token), clock())
    assert (again.brand, again.last_four, bool(again.par_fingerprint)) == ("VISA", "1001", True)


def test_a_card_and_its_copy_in_a_phone_are_one_card_and_others_are_not(db: None, clock: Clock) -> None:
    plastic, phone, other = (identify(each, clock()) for each in (PLASTIC, PHONE, OTHER))
    another = identify(Card(TokenType.CARD, "67022222222222222222"), clock())
    assert same_card(plastic, plastic)
    assert same_card(plastic, phone)
    assert not same_card(plastic, other)
    assert not same_card(other, another)  # neither has a PAR


def test_cards_of_two_accounts_are_two_cards(db: None, clock: Clock) -> None:
    another = Card(TokenType.CARD, "67033333333333333333", par="V0010013020000000000000000001")
    assert not same_card(identify(PLASTIC, clock()), identify(another, clock()))


def test_one_token_of_two_types_is_found_by_its_type(db: None, clock: Clock) -> None:
    uid = Card(TokenType.UID, PLASTIC.token)
    plastic, tag = identify(PLASTIC, clock()), identify(uid, clock())
    CardToken.objects.filter(pk=tag.pk).update(fingerprint=plastic.fingerprint)
    assert identify(PLASTIC, clock()) == plastic


@pytest.mark.parametrize(("brand", "last_four"), [("V" * 30, "123456")])
def test_what_is_too_long_for_its_column_is_cut(db: None, clock: Clock, brand: str, last_four: str) -> None:
    talkative = Card(TokenType.CARD, PLASTIC.token, brand=brand, last_four=last_four)
    for _ in range(2):  # at its first visit, and at every later one
        identify(talkative, clock())
        stored = CardToken.objects.get()
        assert (stored.brand, stored.last_four) == (brand[:20], last_four[:4])


def test_whoever_comes_second_in_a_race_finds_the_record_of_the_first(
    db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = identify(PLASTIC, clock())
    monkeypatch.setattr(cards, "_look_up", lambda card: [])  # the first had not committed yet
    second = identify(PLASTIC, clock.forward(hours=1))
    assert (second, second.last_seen_at) == (first, clock())


def test_a_later_visit_writes_what_it_learnt_and_nothing_else(db: None, clock: Clock, settings: Settings) -> None:
    identify(PLASTIC, clock())
    CardToken.objects.update(first_seen_at=clock() - timedelta(days=9), token_type="card")
    before = CardToken.objects.values().get()
    identify(PLASTIC, clock.forward(hours=1))
    assert CardToken.objects.values().get() == before | {"last_seen_at": clock()}


def test_a_new_key_finds_old_cards_and_moves_them_over(db: None, clock: Clock, settings: Settings) -> None:
    settings.FINGERPRINT_KEYS = [OLD]
    plastic = identify(PLASTIC, clock())
    settings.FINGERPRINT_KEYS = [NEW, OLD]
    assert identify(PLASTIC, clock()) == plastic
    settings.FINGERPRINT_KEYS = [NEW]
    assert identify(PLASTIC, clock()) == plastic
    assert CardToken.objects.count() == 1


def test_a_phone_still_matches_its_card_after_a_change_of_keys(db: None, clock: Clock, settings: Settings) -> None:
    settings.FINGERPRINT_KEYS = [OLD]
    plastic = identify(PLASTIC, clock())
    settings.FINGERPRINT_KEYS = [NEW, OLD]
    phone = identify(PHONE, clock())
    plastic.refresh_from_db()
    assert same_card(plastic, phone)


def test_two_records_of_a_card_are_one_card_once_both_keys_are_known(
    db: None, clock: Clock, settings: Settings
) -> None:
    settings.FINGERPRINT_KEYS = [OLD]
    first = identify(OTHER, clock())
    settings.FINGERPRINT_KEYS = [NEW]  # somebody forgot the old key
    second = identify(OTHER, clock())
    assert not same_card(first, second)
    settings.FINGERPRINT_KEYS = [NEW, OLD]
    assert identify(OTHER, clock()) == second
    first.refresh_from_db()
    second.refresh_from_db()
    assert same_card(first, second)
    assert same_card(second, first)
    assert not same_card(first, identify(PLASTIC, clock()))


def test_three_records_of_a_card_are_one_card(db: None, clock: Clock, settings: Settings) -> None:
    newest = "the newest key, which is 32 characters long"
    records = []
    for keys in ([OLD], [NEW], [NEW, OLD], [newest], [newest, NEW]):
        settings.FINGERPRINT_KEYS = keys
        records.append(identify(OTHER, clock()))
    for record in records:
        record.refresh_from_db()
    assert CardToken.objects.count() == 3
    assert all(same_card(one, other) for one in records for other in records)


@pytest.mark.django_db(transaction=True)
def test_a_card_seen_twice_at_once_is_recorded_once(clock: Clock) -> None:
    def see(_: int) -> int:
        try:
            return identify(PLASTIC, clock()).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(see, range(8)))) == 1
    assert CardToken.objects.count() == 1


def test_nothing_about_a_card_is_stored_in_the_clear(db: None, clock: Clock) -> None:
    identify(PLASTIC, clock())
    stored = str(CardToken.objects.values().get())
    assert PLASTIC.token not in stored
    assert PLASTIC.par not in stored
    assert PLASTIC.token not in repr(PLASTIC)
