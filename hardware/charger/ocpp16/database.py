"""Database work of charge point sockets, in threads of its own so that no page waits for it, nor it for a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")

#: SQLite has one writer: a queue of our own is fairer and quicker than its busy-wait.
_executor = ThreadPoolExecutor(1 if connection.vendor == "sqlite" else 8, thread_name_prefix="ocpp")


def in_database(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """``function`` to be awaited; it runs in a thread with a database connection."""
    awaitable: Callable[P, Awaitable[T]] = database_sync_to_async(function, thread_sensitive=False, executor=_executor)
    return awaitable
