"""Whoever changes money past the program is found: a changed, removed, added or exchanged row, here or there."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from payments import guards, journal
from payments.journal import hashing, verifying
from payments.journal.verifying import EXPLANATIONS
from payments.models import Authorisation, JournalEntry, JournalSeal, Refund
from tests.payments.approving import QuickDesk
from tests.payments.cashdesk import euros


@pytest.fixture
def books(quick_desk: QuickDesk) -> QuickDesk:
    """Three payments, a refund of one, sealed twice; and nobody guards them any more."""
    quick_desk.taken()
    refunded = quick_desk.taken()
    quick_desk.run(quick_desk.refund(refunded, euros("2.34")))
    journal.seal(quick_desk.clock.forward(hours=1))
    quick_desk.held()
    journal.seal(quick_desk.clock.forward(hours=1))
    with connection.cursor() as cursor:
        for guard in guards.GUARDS:
            for statement in guard.drop(connection.vendor):
                cursor.execute(statement)
    assert journal.verify() == journal.Verdict(12, 2, str(JournalSeal.objects.get(number=2)))
    return quick_desk


def entry(index: int) -> JournalEntry:
    return JournalEntry.objects.order_by("pk")[index]


def change(index: int, **values: object) -> None:
    JournalEntry.objects.filter(pk=entry(index).pk).update(**values)


def remove(*indices: int) -> None:
    JournalEntry.objects.filter(pk__in=[entry(index).pk for index in indices]).delete()


def swap() -> None:
    """Entries 2 and 3 of the first payment change places."""
    first, second = entry(1), entry(2)
    change(1, number=99)
    change(2, number=first.number)
    JournalEntry.objects.filter(pk=first.pk).update(number=second.number)


def add() -> None:
    """An entry at the end of a chain, by somebody who can calculate hashes."""
    with journal.because(actor="terminal"):
        journal.write(entry(3).authorisation_id, "refund_done", entry(3).at, was={})
    JournalEntry.objects.filter(pk=entry(12).pk).update(id=-1)


def calculate_anew(index: int, **values: object) -> None:
    """Change an entry and every hash of its chain after it."""
    change(index, **values)
    previous = ""
    for each in JournalEntry.objects.filter(authorisation=entry(index).authorisation_id).order_by("number"):
        each.hash = previous = hashing.chained(previous, [getattr(each, name) for name in hashing.ENTRY])
        each.save()


def take_away_a_payment() -> None:
    authorisation = Authorisation.objects.order_by("pk")[0]
    JournalEntry.objects.filter(authorisation=authorisation).delete()
    authorisation.operations.all().delete()
    authorisation.delete()


TAMPERINGS: dict[str, tuple[Callable[[], object], set[str]]] = {
    "a time is changed": (lambda: change(1, at=entry(0).at.replace(year=2001)), {"changed"}),
    "an actor is changed": (lambda: change(1, actor="system"), {"changed"}),
    "a person is put in": (lambda: change(1, cause="found_held"), {"changed"}),
    "an amount is changed": (lambda: change(3, captured_minor=1233), {"changed", "unbalanced", "row_differs"}),
    "a former amount is changed": (lambda: change(3, was_authorised_minor=1), {"changed", "break"}),
    "a hash is changed": (lambda: change(1, hash="0" * 64), {"changed", "seal_broken"}),
    "an entry is removed": (lambda: remove(1), {"gap", "changed", "seal_broken"}),
    "the first entry is removed": (lambda: remove(0), {"gap", "changed", "seal_broken"}),
    "the newest entry is removed": (lambda: remove(3), {"row_differs", "seal_broken"}),
    "all entries of a payment are removed": (lambda: remove(0, 1, 2, 3), {"no_chain", "seal_broken"}),
    "all of a payment is removed": (take_away_a_payment, {"seal_broken"}),
    "entries change places": (swap, {"changed", "break"}),
    "an entry is added": (add, {"seal_broken"}),
    "a chain is calculated anew": (lambda: calculate_anew(1, actor="system"), {"seal_broken"}),
    "money of an authorisation is changed": (
        lambda: Authorisation.objects.filter(state="captured").update(captured_minor=1200, released_minor=3800),
        {"row_differs"},
    ),
    "a refund is forgotten": (lambda: Refund.objects.update(state="refused"), {"refunds_differ"}),
    "a refund is added": (
        lambda: Refund.objects.create(
            authorisation=Authorisation.objects.order_by("pk")[0], amount_minor=1, reason="x", created_at=entry(0).at
        ),
        {"refunds_differ"},
    ),
    "a seal is changed": (
        lambda: JournalSeal.objects.filter(number=1).update(count=9),
        {"seal_changed", "seal_broken"},
    ),
    "a seal is removed": (
        lambda: JournalSeal.objects.filter(number=1).delete(),
        {"seal_gap", "seal_changed", "seal_broken"},
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_found(books: QuickDesk, tampering: str) -> None:
    act, expected = TAMPERINGS[tampering]
    act()
    assert {finding.what for finding in journal.verify().findings} == expected


def test_a_chain_without_its_authorisation_is_found(books: QuickDesk) -> None:
    taken_away = Authorisation.objects.order_by("pk")[2]
    with transaction.atomic():
        taken_away.operations.update(authorisation=None, kind="read_token", amount_minor=0)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM payments_authorisation WHERE id = %s", [taken_away.pk])
        assert {finding.what for finding in journal.verify().findings} == {"no_authorisation"}
        transaction.set_rollback(True)


def test_whoever_calculates_everything_anew_is_found_by_what_was_written_down_elsewhere(books: QuickDesk) -> None:
    written_down = str(JournalSeal.objects.get(number=1))
    calculate_anew(1, actor="system")
    JournalSeal.objects.all().delete()
    journal.seal(books.clock())
    assert journal.verify().findings == []
    assert [finding.what for finding in journal.verify(written_down).findings] == ["anchor"]


def test_there_is_an_end_to_what_is_listed(books: QuickDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "ENOUGH", 2)
    JournalEntry.objects.update(hash="0" * 64)
    assert len(journal.verify().findings) == 2


def verify_journal(*options: str) -> tuple[int, str]:
    out, code = StringIO(), 0
    try:
        call_command("verify_journal", *options, stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    return code, out.getvalue()


def test_the_command_says_that_all_is_in_order_and_what_to_write_down(books: QuickDesk) -> None:
    newest = JournalSeal.objects.get(number=2)
    code, said = verify_journal("--anchor", str(newest))
    assert (code, said.splitlines()) == (
        0,
        [f"12 entries, 2 seals: in order. Seal 2 is {newest.hash}: write down {newest} elsewhere, for --anchor."],
    )


def test_the_command_says_what_where_and_what_to_do(books: QuickDesk) -> None:
    change(3, actor="system")
    code, said = verify_journal("--anchor", "7:" + "0" * 64)
    first, second, *rest = said.splitlines()
    tampered = entry(3)
    assert code == 1
    assert first == (
        f"changed: entry 4 of authorisation number {tampered.authorisation_id} (entry id {tampered.pk}): "
        + EXPLANATIONS["changed"]
    )
    assert second == "anchor: seal 7: " + EXPLANATIONS["anchor"]
    assert rest[0] == "12 entries, 2 seals: 2 found."
    assert "keep a copy of the database" in said


def test_an_empty_journal_is_in_order(db: None) -> None:
    assert verify_journal() == (0, "0 entries, 0 seals: in order. Nothing is sealed yet.\n")


@pytest.mark.django_db(transaction=True)
def test_nobody_who_writes_waits_for_the_check_and_it_sees_one_moment(
    quick_desk: QuickDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_desk.taken()
    checked = verifying._check_refunds
    other = connection.copy()

    def write_meanwhile(verdict: journal.Verdict) -> None:
        with other.cursor() as cursor:
            cursor.execute("UPDATE payments_authorisation SET reason = 'written meanwhile'")
        checked(verdict)
        assert not Authorisation.objects.filter(reason="written meanwhile").exists()

    monkeypatch.setattr(verifying, "_check_refunds", write_meanwhile)
    try:
        assert journal.verify().findings == []
    finally:
        other.close()


def told() -> list[tuple[str, str, int | None]]:
    return [(each.what, each.where, each.entry) for each in journal.verify().findings]


def told_after(act: Callable[[], object]) -> list[tuple[str, str, int | None]]:
    """The same once ``act`` was done, which is then undone."""
    with transaction.atomic():
        act()
        found = told()
        transaction.set_rollback(True)
    return found


def test_an_authorisation_without_its_journal_is_named(books: QuickDesk) -> None:
    for row, seal in zip(Authorisation.objects.order_by("pk"), (1, 1, 2), strict=True):
        assert told_after(row.journal.all().delete) == [
            ("no_chain", f"authorisation {row.reference}", None),
            ("seal_broken", f"seal {seal}", None),
        ]


def test_what_is_wrong_with_an_entry_names_the_entry_and_the_authorisation(books: QuickDesk) -> None:
    calculate_anew(3, captured_minor=1200)
    newest = entry(3)
    Authorisation.objects.filter(pk=newest.authorisation_id).update(closed_at=None)
    JournalSeal.objects.filter(number=2).update(number=3)
    assert told() == [
        ("unbalanced", f"entry 4 of authorisation number {newest.authorisation_id}", newest.pk),
        ("row_differs", f"authorisation {newest.authorisation.reference}", newest.pk),
        ("seal_broken", "seal 1", None),
        ("seal_gap", "seal 3", None),
        ("seal_changed", "seal 3", None),
    ]


def test_a_journal_without_its_authorisation_is_named_and_what_comes_after_it_is_checked(books: QuickDesk) -> None:
    first, second, _ = Authorisation.objects.order_by("pk")
    newest, other = first.journal.latest("number"), second.journal.latest("number")
    with transaction.atomic():
        first.operations.update(authorisation=None, kind="read_token", amount_minor=0)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM payments_authorisation WHERE id = %s", [first.pk])
        Authorisation.objects.filter(pk=second.pk).update(refunded_minor=0)
        assert told() == [
            ("no_authorisation", f"authorisation number {first.pk}", newest.pk),
            ("row_differs", f"authorisation {second.reference}", other.pk),
            ("refunds_differ", f"authorisation number {second.pk}", None),
        ]
        transaction.set_rollback(True)


def test_only_the_authorisation_whose_refunds_differ_is_named(books: QuickDesk) -> None:
    for row in Authorisation.objects.order_by("pk"):
        given = Refund(authorisation=row, amount_minor=1, reason="x", created_at=books.clock())
        assert told_after(given.save) == [("refunds_differ", f"authorisation number {row.pk}", None)]


@pytest.mark.parametrize(
    "amounts",
    [
        {"authorised_minor": 5001, "released_minor": 3767},
        {"authorised_minor": -1, "captured_minor": 0, "released_minor": -1, "refunded_minor": 0},
        {"refunded_minor": 1235},
        {"refunded_minor": -1},
        {"captured_minor": 5001, "released_minor": -1},
        {"captured_minor": 1233},
        {"state": "capturing"},  # nothing is taken while it is under way
    ],
    ids=str,
)
def test_amounts_that_the_database_would_refuse_do_not_add_up_here_either(amounts: dict[str, object]) -> None:
    """Whoever tampers with the database can take its constraints away first."""
    row: dict[str, object] = dict.fromkeys(hashing.ENTRY, 0) | {"state": "captured", "requested_minor": 5000}
    row |= {"authorised_minor": 5000, "captured_minor": 1234, "released_minor": 3766, "refunded_minor": 0}
    assert verifying._adds_up(tuple(row.values()))
    assert not verifying._adds_up(tuple((row | amounts).values()))
