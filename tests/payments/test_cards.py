"""Which card it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings

from hardware.terminal.interface import Card, TokenType
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
