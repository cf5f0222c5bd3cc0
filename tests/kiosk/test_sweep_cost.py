"""What the kiosk's sweep costs: by what is open, not by what ever was."""

from __future__ import annotations

import pytest
from django.utils import timezone

from hardware.models import ChargePoint
from kiosk.sweep import sweep
from tests.support.plans import read_as_a_whole


@pytest.mark.django_db
def test_the_sweep_reads_only_what_is_open() -> None:
    assert not read_as_a_whole(lambda: sweep(timezone.now()), small={ChargePoint})
