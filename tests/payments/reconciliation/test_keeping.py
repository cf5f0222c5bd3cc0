"""The same finding is the same row, and two findings are two, however much they look alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from uuid import UUID

import pytest

from hardware.models import Terminal
from hardware.terminal.interface import Verb
from payments.models import Difference, Reconciliation
from payments.reconciliation.compare import Finding, What
from payments.reconciliation.keeping import _matter, keep
from tests.payments.reconciliation.sides import NOON, SINCE, UNTIL, compared, ours, theirs

ENTRY = ours(Verb.CAPTURE, 7)
LINE = theirs(Verb.CAPTURE, 7)
OP = f"op:{UUID(int=7).hex}"
THEIRS = "capture:7:1234EUR:260610T100000"


@pytest.mark.parametrize(
    ("finding", "matter"),
    [
        (Finding(What.AMOUNT_DIFFERS, ENTRY, LINE), f"amount_differs:{OP}"),
        (Finding(What.WRONG_STATE, ENTRY, LINE), f"wrong_state:{OP}"),
        (Finding(What.MISSING_THERE, ENTRY), f"missing_there:{OP}"),
        (Finding(What.WRONG_STATE, replace(ENTRY, operation=None), LINE), "wrong_state:auth:1:capture"),
        (Finding(What.MISSING_HERE, None, LINE), f"missing_here:{THEIRS}"),
        (
            Finding(What.MISSING_HERE, None, replace(LINE, request_id=None, stan="42")),
            f"missing_here:{THEIRS.replace('7', '42', 1)}",
        ),
        (Finding(What.DUPLICATE, ENTRY, LINE), f"duplicate:{OP}:{THEIRS}"),
    ],
    ids=["amount", "outcome", "not there", "decided", "not here", "no request id", "twice"],
)
def test_what_a_finding_is_about_never_changes(finding: Finding, matter: str) -> None:
    """Were it written otherwise tomorrow, every explained difference would be a new one."""
    assert _matter(finding) == matter


def test_what_a_line_is_about_is_the_same_on_every_clock_on_the_wall() -> None:
    elsewhere = replace(LINE, at=NOON.astimezone(timezone(timedelta(hours=5))))
    assert _matter(Finding(What.MISSING_HERE, None, elsewhere)) == f"missing_here:{THEIRS}"


def test_lines_that_look_alike_are_counted_and_are_the_same_rows_the_next_night(db: None) -> None:
    terminal = Terminal.objects.create(name="IM30", url="payproxy+http://localhost:1")
    lines = [LINE, theirs(Verb.CAPTURE, 8), LINE, LINE]
    nights = []
    for night in (UNTIL, UNTIL + timedelta(days=1)):
        run = Reconciliation.objects.create(
            terminal=terminal,
            source="file",
            state="agrees",
            since=SINCE,
            until=UNTIL,
            created_at=night,
            started_at=night,
            finished_at=night,
        )
        comparison = compared([], lines)
        nights.append(sorted(each.pk for each in keep(run, comparison, frozenset(Verb), night)))
    matter = f"missing_here:{THEIRS}"
    kept = Difference.objects.filter(resolved_at=None).values_list("matter", flat=True)
    assert sorted(kept) == [matter, f"{matter}#2", f"{matter}#3", "missing_here:capture:8:1234EUR:260610T100000"]
    assert nights[0] == nights[1]
