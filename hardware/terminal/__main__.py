"""``python -m hardware.terminal payproxy+http://10.0.0.5:8080 status``: a terminal at a technician's command.

Exit status: 0 done, 1 declined or failed (no money moved), 2 called wrongly, 3 nobody knows whether money moved.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from moneyed import CURRENCIES, Money

from hardware.terminal.amounts import to_number
from hardware.terminal.registry import open_terminal, supported_schemes
from hardware.terminal.technician.notebook import Notebook, default_path
from hardware.terminal.technician.verbs import UNKNOWN, Technician

_WITH_AMOUNT = ("authorise", "capture", "refund")
_VERBS = ("status", "token", "authorise", "release", "capture", "refund", "abort", "recover", "end-of-day")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(
    arguments: list[str] | None = None,
    say: Callable[[str], None] = _tell,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Carry out one verb. Returns the exit status; raises SystemExit(2) for what argparse refuses."""
    parser = _parser()
    given = parser.parse_intermixed_args(arguments)
    try:
        amount = _amount(given)
        terminal = open_terminal(given.url, _profile(given.profile), say if given.trace else None)
    except ValueError as error:
        parser.error(str(error))
    try:
        notebook = Notebook(given.state or default_path(given.url), given.url)
        return _carry_out(Technician(terminal, notebook, say, clock, _command(given), given.language), given, amount)
    except ValueError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        say("Left without waiting for the answer.")
        return UNKNOWN
    finally:
        terminal.close()


def _carry_out(technician: Technician, given: argparse.Namespace, amount: Money) -> int:
    hold = technician.notebook.hold
    verbs: Mapping[str, Callable[[], int]] = {
        "status": technician.status,
        "token": technician.token,
        "authorise": lambda: technician.authorise(amount),
        "release": lambda: technician.release(hold(given.hold, captured=False)),
        "capture": lambda: technician.capture(hold(given.hold, captured=False), amount),
        "refund": lambda: technician.refund(hold(given.hold, captured=True), amount),
        "abort": technician.abort,
        "recover": lambda: technician.recover(forget=given.forget),
        "end-of-day": technician.end_of_day,
    }
    return verbs[given.verb]()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hardware.terminal",
        description="Ask a payment terminal, by hand. Money that is held stays in sight until it is released or taken.",
        epilog="Exit status: 0 done, 1 declined or failed, 2 called wrongly, 3 nobody knows whether money moved.",
    )
    parser.add_argument("url", help=f"the terminal: {', '.join(f'{each}://...' for each in supported_schemes())}")
    parser.add_argument("verb", choices=_VERBS)
    parser.add_argument("amount", nargs="?", help="of authorise, capture and refund: 40.00")
    parser.add_argument("--profile", default="{}", help="the device record's JSON, or @FILE with it")
    parser.add_argument("--currency", default="EUR", help="ISO 4217 (%(default)s)")
    parser.add_argument("--language", default="en", help="of the terminal's screen (%(default)s)")
    parser.add_argument("--hold", type=int, help="the request that made the hold (the latest that fits)")
    parser.add_argument("--forget", action="store_true", help="recover: a person found out, forget the question")
    parser.add_argument("--state", type=Path, help="file for what is open (one a terminal in the user's state folder)")
    parser.add_argument("--trace", action="store_true", help="show the dialogue, without tokens and references")
    return parser


def _amount(given: argparse.Namespace) -> Money:
    """The amount that was given. Raises ValueError for one that cannot be meant."""
    if (given.amount is not None) != (given.verb in _WITH_AMOUNT):
        raise ValueError(f"{given.verb} takes {'an' if given.verb in _WITH_AMOUNT else 'no'} amount")
    if given.currency not in CURRENCIES:
        raise ValueError(f"{given.currency} is not a currency")
    try:
        money = Money(Decimal(given.amount or "0"), given.currency)
    except InvalidOperation:
        raise ValueError(f"{given.amount} is not an amount") from None
    if not money.amount.is_finite() or (given.amount is not None and money.amount <= 0):
        raise ValueError(f"{given.amount} is not an amount above zero")
    return Money(to_number(money), given.currency)


def _profile(text: str) -> Mapping[str, object]:
    """The profile, given as JSON or as @FILE. Raises ValueError."""
    try:
        found = json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except OSError as error:
        raise ValueError(f"the profile cannot be read: {error.strerror}") from None
    except ValueError:
        raise ValueError("the profile is not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("the profile is not a JSON object")
    return found


def _command(given: argparse.Namespace) -> str:
    """How to call us again for the same terminal; a profile that was typed in may hold a key and is not shown."""
    profile = given.profile if given.profile.startswith("@") else "..."
    options = ["--profile", profile] if given.profile != "{}" else []
    options += ["--state", str(given.state)] if given.state else []
    return shlex.join(["python", "-m", "hardware.terminal", given.url, *options])


if __name__ == "__main__":
    sys.exit(main())
