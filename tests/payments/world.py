"""One row of everything that has to do with money, and ways to change it past the program, in plain SQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model

from hardware.models import Connector, Terminal
from kiosk.lifecycle import State as SessionState
from kiosk.models import Receipt, Session
from payments import journal
from payments.lifecycle import State
from payments.models import Authorisation, CardToken, Decision, Evidence, JournalEntry, JournalSeal, Operation, Refund
from tests.support import reconciled, records

Kind = Operation.Kind


class World:
    """Rows by name. ``change``, ``again`` and ``remove`` do what somebody with the database's password can do."""

    def __init__(self, now: datetime) -> None:
        self.now, self._numbers = now, count(5000)
        kiosk = records.site()
        user = User.objects.get(username="support")
        self.terminal = kiosk.terminal
        self.other_terminal = Terminal.objects.create(name="Second", url="payproxy+http://localhost:1")
        self.card = records.card(now=now)
        self.session = records.session(kiosk, SessionState.CHARGING, now)
        self.free_connector = Connector.objects.exclude(pk=self.session.connector_id)[0]
        self.receipt = records.receipt(self.session, now)
        self.held = self.authorisation(State.AUTHORISED)
        self.captured = self.authorisation(State.CAPTURED, captured_minor=1500, released_minor=2500, refunded_minor=600)
        self.doubted = self.authorisation(State.IN_DOUBT)
        self.capture = self.operation(self.captured, Kind.CAPTURE, Operation.State.ANSWERED, 1500, outcome="approved")
        self.lost = self.operation(self.doubted, Kind.CAPTURE, Operation.State.UNKNOWN, 1500)
        self.given = self.refund(user, Refund.State.DONE, 500)
        self.refund_sent = self.operation(
            self.captured, Kind.REFUND, Operation.State.ANSWERED, 500, refund=self.given, outcome="approved"
        )
        self.requested = self.operation(self.held, Kind.AUTHORISE, Operation.State.ANSWERED, 5000, outcome="approved")
        self.token_read = self.operation(None, Kind.READ_TOKEN, Operation.State.ANSWERED, 0, currency="")
        self.key = uuid4()
        for state in ("not_sent", "cancelled", "answered"):
            setattr(
                self, f"spare_{state}", self.operation(None, Kind.READ_TOKEN, Operation.State(state), 0, currency="")
            )
        self.decision = Decision.objects.create(
            authorisation=self.doubted, operation=self.lost, event="found_nothing", note="seen", user=user, at=now
        )
        self.evidence = Evidence.objects.create(
            reconciliation=reconciled.reconciliation(self.terminal, now),
            authorisation=self.doubted,
            operation=self.lost,
            kind=Kind.CAPTURE,
            outcome="approved",
            at=now,
        )
        for each in Authorisation.objects.filter(journal=None).order_by("pk"):
            journal.write(each.pk, "requested", now - timedelta(hours=1), was=None)
        self.entry: JournalEntry = self.captured.journal.get()
        self.seal: JournalSeal | None = journal.seal(now)

    def authorisation(self, state: State, **fields: Any) -> Authorisation:
        return Authorisation.objects.create(
            terminal=self.terminal,
            state=state,
            currency="EUR",
            requested_minor=5000,
            authorised_minor=4000,
            card=self.card,
            created_at=self.now,
            deadline_at=self.now + timedelta(days=5),
            **fields,
        )

    def operation(
        self, of: Authorisation | None, kind: Kind, state: Operation.State, minor: int, **fields: Any
    ) -> Operation:
        number = Operation.objects.filter(terminal=self.terminal).count() + 1000
        fields = {"currency": "EUR"} | fields
        return Operation.objects.create(
            authorisation=of,
            kind=kind,
            state=state,
            terminal=self.terminal,
            request_id=number,
            amount_minor=minor,
            created_at=self.now,
            due_at=self.now,
            **fields,
        )

    def spare(self) -> Authorisation:
        """Another hold."""
        return self.authorisation(State.AUTHORISED)

    def number(self) -> int:
        """A number that nobody had."""
        return next(self._numbers)

    def refund(self, user: User, state: Refund.State, minor: int) -> Refund:
        return Refund.objects.create(
            authorisation=self.captured,
            state=state,
            amount_minor=minor,
            reason="cable",
            requested_by=user,
            created_at=self.now,
        )

    # Past the program

    def change(self, name: str, **values: Any) -> World:
        """UPDATE that row."""
        row = self._row(name)
        prepared = _prepared(row, values)
        assigned = ", ".join(f"{column} = %s" for column in prepared)
        return self._run(f"UPDATE {{table}} SET {assigned} WHERE {{key}} = %s", row, list(prepared.values()))  # noqa: S608  # the tests' own names

    def again(self, name: str, **values: Any) -> World:
        """INSERT the same row once more, with a key of its own and other values."""
        row = self._row(name)
        if isinstance(row.pk, UUID):
            values = {"id": uuid4()} | values
        if isinstance(row, Operation):
            values = {"request_id": self.number()} | values
        prepared = _prepared(row, values)
        columns = [
            str(each.column) for each in row._meta.concrete_fields if not each.primary_key or each.attname in values
        ]
        taken = ", ".join("%s" if column in prepared else column for column in columns)
        sql = f"INSERT INTO {{table}} ({', '.join(columns)}) SELECT {taken} FROM {{table}} WHERE {{key}} = %s"  # noqa: S608
        return self._run(sql, row, [prepared[column] for column in columns if column in prepared])

    def remove(self, name: str) -> World:
        """DELETE that row."""
        return self._run("DELETE FROM {table} WHERE {key} = %s", self._row(name), [])

    def _row(self, name: str) -> Model:
        row: Model = getattr(self, name)
        return row

    def _run(self, sql: str, row: Model, values: list[Any]) -> World:
        key = row._meta.pk
        assert key is not None
        with connection.cursor() as cursor:
            cursor.execute(
                sql.format(table=row._meta.db_table, key=key.column),
                [*values, key.get_db_prep_save(row.pk, connection)],
            )
            assert cursor.rowcount == 1, "it must be about a row that is there"
        return self


#: What is attacked: whatever says that money moved, or what it moved for.
MONEY: tuple[type[Model], ...] = (
    Authorisation,
    CardToken,
    Decision,
    JournalEntry,
    JournalSeal,
    Operation,
    Refund,
    Receipt,
    Session,
)


def _prepared(row: Model, values: dict[str, Any]) -> dict[str, Any]:
    fields = {each.attname: each for each in row._meta.concrete_fields}
    return {
        str(fields[name].column): fields[name].get_db_prep_save(value, connection) for name, value in values.items()
    }
