"""What is true of amounts wherever they are kept."""

from __future__ import annotations

from typing import Any

from django.db import models


class CapitalLetters(models.Func):
    """Whether a text is three capital letters, as ISO 4217 has them; a CHECK that needs nothing but the database."""

    output_field = models.BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """GLOB knows the case of letters, LIKE does not."""
        return super().as_sql(compiler, connection, template="%(expressions)s GLOB '[A-Z][A-Z][A-Z]'", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """A regular expression, by the order of the bytes."""
        template = "%(expressions)s COLLATE \"C\" ~ '^[A-Z]{3}$'"
        return super().as_sql(compiler, connection, template=template, **context)


class Holding(models.Model):
    """Amounts of a hold in minor units of a currency: held = captured + released + open, at any moment."""

    authorised_minor: int
    captured_minor: int
    released_minor: int

    class Meta:
        abstract = True

    @property
    def open_minor(self) -> int:
        """What the bank still holds."""
        return self.authorised_minor - self.captured_minor - self.released_minor
