"""Exact decimals in the database."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

if TYPE_CHECKING:
    _Whole = models.BigIntegerField[Any, Any]
else:
    _Whole = models.BigIntegerField


class ScaledDecimalField(_Whole):
    """A Decimal kept as a whole number of its smallest step, because SQLite keeps decimals as floats.

    ``places`` is the number of decimal places, 4 unless told.
    """

    def __init__(self, *args: Any, places: int = 4, **kwargs: Any) -> None:
        self.places = places
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "places": self.places}

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> Decimal | None:
        """The stored steps as a Decimal."""
        return None if value is None else Decimal(value).scaleb(-self.places)

    def to_python(self, value: Any) -> Decimal | None:
        """Whatever a form or a caller gives, as a Decimal. Raises ValidationError."""
        return None if value is None else forms.DecimalField().to_python(value)

    def get_prep_value(self, value: Any) -> int | None:
        """The number of steps. Raises ValueError for a value with more places than the field has."""
        if value is None:
            return None
        steps = Decimal(value).scaleb(self.places)
        if steps != steps.to_integral_value():
            raise ValueError(f"{value} has more than {self.places} decimal places")
        return int(steps)

    def formfield(self, **kwargs: Any) -> Any:
        """A decimal input."""
        return models.Field.formfield(
            self, **{"form_class": forms.DecimalField, "decimal_places": self.places, **kwargs}
        )
