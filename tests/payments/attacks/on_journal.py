"""Attacks on the journal, its seals, decisions and evidence: what is written once."""

from __future__ import annotations

from tests.payments.attacks.attack import Attack

JOURNAL = [
    Attack("journal_number_once", "write two entries with one number", lambda w: w.again("entry")),
    Attack(
        "journal_entry_adds_up",
        "journal more captured than held",
        lambda w: w.again("entry", number=2, captured_minor=4001),
    ),
    Attack("journal_never_changes", "change an entry", lambda w: w.change("entry", captured_minor=1)),
    Attack("journal_never_goes", "take an entry away", lambda w: w.remove("entry")),
    Attack("authorisation_id", "take an authorisation away, and leave its journal", lambda w: w.remove("held")),
    Attack("seal_number_once", "make two seals with one number", lambda w: w.again("seal")),
    Attack("seal_covers_something", "seal nothing", lambda w: w.again("seal", number=2, count=0)),
    Attack("seal_never_changes", "change a seal", lambda w: w.change("seal", digest="0" * 64)),
    Attack("seal_never_goes", "take a seal away", lambda w: w.remove("seal")),
    Attack(
        "decision_never_changes", "change what a person decided", lambda w: w.change("decision", note="something else")
    ),
    Attack("decision_never_goes", "take a decision away", lambda w: w.remove("decision")),
    Attack("evidence_never_changes", "change what a list said", lambda w: w.change("evidence", outcome="declined")),
    Attack("evidence_never_goes", "take away what a list said", lambda w: w.remove("evidence")),
]
