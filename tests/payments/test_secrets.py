"""What is encrypted, what is fingerprinted, and how keys change."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from hardware.terminal.interface import Handle
from payments.secrets import (
    KEY_ID_LENGTH,
    Unreadable,
    fingerprint,
    fingerprints,
    key_id,
    seal,
    seal_handle,
    unseal,
    unseal_handle,
)

OLD, NEW = "the old key, which is 32 characters long", "the new key, which is 32 characters long"


@given(st.text())
def test_what_was_sealed_can_be_unsealed_and_not_be_read(text: str) -> None:
    sealed = seal(text)
    assert unseal(sealed) == text
    assert len(text) < 4 or text not in sealed


def test_a_handle_comes_back_whole() -> None:
    handle = Handle(7, "reference", version="2", stan="000042")
    assert unseal_handle(seal_handle(handle)) == handle


def test_a_new_key_opens_what_the_old_one_sealed(settings: Settings) -> None:
    settings.FIELD_KEYS = [OLD]
    sealed = seal("secret")
    settings.FIELD_KEYS = [NEW, OLD]
    assert unseal(sealed) == "secret"
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(Unreadable, match="not in FIELD_KEY"):
        unseal(sealed)


def test_the_newest_key_seals_and_names_itself(settings: Settings) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    assert seal("secret").startswith(f"{key_id(NEW)}:")
    assert len(key_id(NEW)) == KEY_ID_LENGTH
    assert len({key_id(OLD), key_id(NEW)}) == 2


def test_the_same_text_is_never_sealed_alike() -> None:
    assert seal("secret") != seal("secret")


@pytest.mark.parametrize("text", ["", ":", "no colon at all", f"{key_id(OLD)}:", f"{'x' * 8}:abc"])
def test_what_was_never_sealed_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        unseal(text)


def test_a_changed_text_is_refused() -> None:
    sealed = seal("secret")
    with pytest.raises(Unreadable, match="changed after"):
        unseal(sealed[:-4] + "AAA=")


def test_a_fingerprint_depends_on_key_kind_and_value(settings: Settings) -> None:
    settings.FINGERPRINT_KEYS = [OLD]
    one = fingerprint("card", "1234")
    assert one == fingerprint("card", "1234")
    assert len({one, fingerprint("uid", "1234"), fingerprint("card", "1235")}) == 3
    settings.FINGERPRINT_KEYS = [NEW, OLD]
    assert fingerprints("card", "1234") == [fingerprint("card", "1234"), one]
    assert one.split(":")[0] != fingerprint("card", "1234").split(":")[0]


def test_what_was_written_long_ago_is_understood(settings: Settings) -> None:
    """These texts are in databases: whoever changes how they are made must be able to read the old ones."""
    settings.FIELD_KEYS = settings.FINGERPRINT_KEYS = [OLD]
    assert key_id(OLD) == "fki0ReVz"
    assert fingerprint("card", "1234") == "fki0ReVz:Rv_IKj_plbjhd4SCgf8U9JDJtJMLi7mwOY1Rt7IqrHk"
    sealed = (
        "fki0ReVz:gAAAAABrAtZnq8zMtDPSr1MJQ8lkCDLqSZPFiitwjdE6cZRRm0jaAWGdH9uhuUyIvlL6efNL7ZpYNXjp_K8TGj-Zt_AxcYp-hg=="
    )
    assert unseal(sealed) == "secret"


@given(st.text(alphabet="0123456789", min_size=12, max_size=24))
def test_a_fingerprint_shows_nothing_of_the_value_and_fits_its_column(digits: str) -> None:
    found = fingerprint("card", digits)
    assert len(found) == 52
    assert not re.search(r"\d{12}", found)
    assert digits not in found
