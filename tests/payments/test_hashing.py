"""What a hash of the journal covers must never change, or every journal that was ever written would be broken."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from uuid import UUID

from payments.journal.hashing import ENTRY, SEAL, chained, spelled

AT = datetime(2026, 5, 4, 14, 0, 0, 1000, tzinfo=timezone(timedelta(hours=2)))


def test_what_is_hashed_is_spelled_the_same_for_ever() -> None:
    values = [7, "approved", None, AT, UUID(int=255), "€"]
    text = (
        rb'["hash before",7,"approved",null,"2026-05-04T12:00:00.001000+00:00",'
        rb'"00000000-0000-0000-0000-0000000000ff","\u20ac"]'
    )
    assert spelled("hash before", values) == text
    assert chained("hash before", values) == hashlib.sha256(text).hexdigest()


def test_a_hash_covers_every_column_in_an_order_that_never_changes() -> None:
    assert chained("", ENTRY) == "5f0668f475678ac8b775b062425e56ddf16a4e81c03ffc2fee748122554af7bb"
    assert chained("", SEAL) == "8f1c8accfaf5d23375514f0ab24590937e5eece61a6a7f64d210059b4fd19a76"
