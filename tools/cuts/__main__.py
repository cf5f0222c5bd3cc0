"""``python -m tools.cuts [--write] [--only zvt+tcp,ccv]``: cut every line at every moment, and tell what came of it."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import environment

environment.apply()  # before anything reads the settings

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from evsite import celery, valkey
from tools.cuts.cutting import Cut, cut
from tools.cuts.page import PAGE, page, row_of
from tools.cuts.places import PROTOCOLS


def main(arguments: list[str] | None = None) -> int:
    """0 when both books agree, or a person has it, after every cut."""
    parser = argparse.ArgumentParser(prog="python -m tools.cuts", description="Lines cut at every moment.")
    parser.add_argument("--write", action="store_true", help=f"write docs/terminals/{PAGE.name}")
    parser.add_argument("--only", default=",".join(PROTOCOLS), help="protocols, separated by commas (%(default)s)")
    chosen = parser.parse_args(arguments)
    names = chosen.only.split(",")
    if not set(names) <= set(PROTOCOLS) or (chosen.write and len(names) < len(PROTOCOLS)):
        parser.error(f"--only takes some of {','.join(PROTOCOLS)}, and --write needs all")
    celery.app.set_default()
    _hurry()
    call_command("migrate", verbosity=0)
    with valkey.running(environment.VALKEY_SOCKET, data=None):  # for wake-ups that nobody needs
        cuts = {name: list(_cuts(name)) for name in names}
    wrong = [each for row in cuts.values() for each in row if not each.is_right]
    print(f"{sum(map(len, cuts.values()))} cuts, {len(wrong)} after which the books disagree and nobody knows")
    if chosen.write:
        PAGE.write_text(page(cuts), encoding="utf-8")
    return 1 if wrong else 0


def _cuts(name: str) -> Iterator[Cut]:
    """Cut one protocol's line at each of its moments."""
    for verb, moments in PROTOCOLS[name].moments.items():
        for moment in moments:
            with tempfile.TemporaryDirectory() as folder, _database():
                found = cut(PROTOCOLS[name], verb, moment, Path(folder))
            print(f"{name} {verb}:", *row_of(found), sep=" | ", flush=True)
            yield found


def _hurry() -> None:
    """Nobody cuts the power here, so nothing waits for the disk."""
    options = settings.DATABASES["default"]["OPTIONS"]
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")


@contextmanager
def _database() -> Iterator[None]:
    """The empty database, which is empty again afterwards: our guards let nothing be deleted."""
    path = Path(settings.DATABASES["default"]["NAME"])
    connections.close_all()
    empty = path.read_bytes()
    yield
    connections.close_all()
    path.write_bytes(empty)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # a cut is a misfortune to everybody, and they would all say so
    sys.exit(main())
