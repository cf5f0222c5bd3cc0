"""A question that finds its partial index."""

from __future__ import annotations

import pytest
from django.utils import timezone

from hardware.among import Among
from hardware.models import ChargePoint, Command


@pytest.mark.django_db
def test_it_finds_what_has_one_of_the_words() -> None:
    charge_point = ChargePoint.objects.create(name="One", identity="ONE")
    for state in ("queued", "sent", "expired"):
        Command.objects.create(charge_point=charge_point, kind="reset", state=state, created_at=timezone.now())
    found = Command.objects.filter(Among("state", {"sent", "queued"}))
    assert sorted(found.values_list("state", flat=True)) == ["queued", "sent"]


def test_it_takes_no_word_that_could_be_more_than_a_word() -> None:
    with pytest.raises(ValueError, match="letters"):
        Among("state", ["it's"])
