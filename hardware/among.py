"""A question that finds its partial index."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import F, Func


class Among(Func):
    """Whether ``column`` is one of ``words``, with the words in the text of the SQL: ``state IN ('queued', 'sent')``.

    SQLite reads a partial index only where it sees that the question implies the index's condition, and behind the
    parameters of ``column__in`` it does not see that: it reads the whole table. Write the condition of the index as
    ``column__in=sorted(words)``. Words are our own: raises ValueError for one that is not made of letters, digits and
    underscores.
    """

    output_field = models.BooleanField()

    def __init__(self, column: str, words: Iterable[str]) -> None:
        chosen = sorted(words)
        if not all(word.isidentifier() for word in chosen):
            raise ValueError("words of SQL are made of letters, digits and underscores")
        super().__init__(F(column), template=f"%(expressions)s IN ({', '.join(map(repr, map(str, chosen)))})")
