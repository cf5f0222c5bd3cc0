"""Waiting for rows that another thread writes."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from tests.support.waiting import eventually

M = TypeVar("M", bound=Model)


def arrives(query: QuerySet[M]) -> M:
    """The first row of ``query``, once there is one."""
    row = eventually(lambda: query.all().first(), what=str(query.query))
    assert row is not None
    return row
