"""After the database came out of a backup: ids that charge points may still use are not given to others."""

from __future__ import annotations

from django.db import connection

from hardware.models import Transaction

#: Far more than were begun since any backup; OCPP 1.6 has room for two thousand restores.
SKIPPED = 1_000_000


def skip_transaction_ids() -> None:
    """Begin the next transaction well above those of the time that was lost.

    One of them may still run, or its end be on its way: under an id of its own it is an orphan for a person to see,
    under that of a new transaction its energy would be charged to somebody else.
    """
    table = Transaction._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [SKIPPED, table])
            if cursor.rowcount == 0:  # none was ever begun
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, SKIPPED])
        else:
            sequence = "pg_get_serial_sequence(%s, 'id')"
            cursor.execute(
                f"SELECT setval({sequence}, nextval({sequence}) + %s)",
                [table, table, SKIPPED],
            )
