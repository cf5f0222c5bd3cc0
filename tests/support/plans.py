"""How the database finds what it is asked for: whether a question costs by what it finds, or by all that there is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model, UniqueConstraint

#: A step of SQLite's plan, and the index that it uses.
_STEP = re.compile(r"^(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")


def read_as_a_whole(work: Callable[[], object], *, small: set[type[Model]]) -> list[str]:
    """The steps of the questions that ``work`` asks which do not go by a key or by a partial index.

    An index on all rows of a table is no excuse: it leads to everything that ever was. ``small`` are tables that may
    be read as a whole. The questions are explained with the parameters they are asked with, because what SQLite does
    depends on them. Tests have tables so small that PostgreSQL would read them as a whole: it is told not to.
    """
    steps: list[str] = []

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.startswith("SELECT"):
            with connection.cursor() as cursor:  # inside the wrapper, but EXPLAIN is not SELECT
                cursor.execute(f"{_EXPLAIN[connection.vendor]} {sql}", params)
                steps.extend(row[-1] for row in cursor.fetchall())
        return execute(sql, params, many, context)

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    with connection.execute_wrapper(explain):
        work()
    names = {model._meta.db_table for model in small}
    return [step for step in steps if _is_whole(step, names)]


_EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}


def _is_whole(step: str, small: set[str]) -> bool:
    if connection.vendor == "postgresql":
        found = re.search(r"Seq Scan on (\w+)", step)
        return found is not None and found[1] not in small
    found = _STEP.match(step)
    if found is None or found[2] in small or "PRIMARY KEY" in step:
        return False
    verb, _, index = found.groups()
    by_key = verb == "SEARCH" and (index or "").startswith("sqlite_autoindex_")
    return not by_key and index not in _partial_indexes()


def _partial_indexes() -> set[str]:
    indexes = {index.name for model in apps.get_models() for index in model._meta.indexes if index.condition}
    unique = (each for model in apps.get_models() for each in model._meta.constraints)
    return indexes | {each.name for each in unique if isinstance(each, UniqueConstraint) and each.condition}
