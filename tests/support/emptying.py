"""Empties the database after a test that committed.

Django's own way also makes the permissions anew, which takes ten times as long; here they stay, with the roles.
"""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection

#: What the end of a migration writes (``post_migrate``).
_KEPT = {ContentType, Permission, Group, Group.permissions.through}


def empty() -> None:
    """Delete every row but those of ``_KEPT``."""
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), _tables()))


@cache
def _tables() -> list[str]:
    models = set(apps.get_models(include_auto_created=True)) - _KEPT
    return sorted({model._meta.db_table for model in models})
