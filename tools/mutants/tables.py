"""Mutants of the two tables of states, which mutmut leaves alone because they are data: a row gone, wrong or too many."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

#: The files with a table of states in them.
TABLES = ["payments/lifecycle.py", "kiosk/lifecycle.py"]
_MARK = ".TABLE: "


def mutants_of(module_name: str) -> Iterator[str]:
    """``payments.lifecycle.TABLE: pending approved -> failed``; nothing after the arrow: the row is gone."""
    module = import_module(module_name)
    states = [str(state) for state in module.State]
    for state in states:
        for event in map(str, module.Event):
            follows = module.TABLE.get((state, event))
            wrong = next(each for each in states if each not in (state, follows))
            if follows is not None:
                yield f"{module_name}{_MARK}{state} {event} ->"
            yield f"{module_name}{_MARK}{state} {event} -> {wrong}"


def is_one(mutant: str) -> bool:
    """Whether it is a mutant of a table."""
    return _MARK in mutant


def tests_of(mutant: str) -> str:
    """The file with the tests of the table that it changes."""
    return f"tests/{mutant.partition('.')[0]}/test_lifecycle.py"


def apply(mutant: str) -> None:
    """Change the table in this process, for good."""
    module_name, _, change = mutant.partition(_MARK)
    pair, _, follows = change.partition(" ->")
    module = import_module(module_name)
    state, event = pair.split()
    if follows:
        module.TABLE[module.State(state), module.Event(event)] = module.State(follows.strip())
    else:
        del module.TABLE[module.State(state), module.Event(event)]
