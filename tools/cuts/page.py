"""The cuts as tables, for ``docs/terminals/cuts.md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.figures import table
from hardware.terminal.interface import Verb
from payments.lifecycle import State
from tools.cuts.cutting import Bank, Cut
from tools.cuts.visit import Look

PAGE = Path(__file__).resolve().parents[2] / "docs" / "terminals" / "cuts.md"

_BEGINNING = """\
# When the line is cut

Written by `make cuts`. For each protocol the real driver and the real simulator speak through a relay that cuts the line
at one of ten moments of an authorisation of € 40.00, and of the capture of € 18.40 after half a kilowatt-hour. The line
stays cut until the driver has given up. Then it stands again, and the product is left to itself until nothing happens any
more: what was provably not sent is sent again, what is in doubt is asked about.

Over TCP both sides notice the cut. On the serial line the kiosk's adapter is pulled out: the terminal notices nothing but
that nobody answers. The device records are those of `make run`; what a record says about a terminal decides how much
recovery may believe ([ZVT](zvt.md#recovery), [OPI](opi.md), [CCV](ccv.md), [PayProxy](payproxy.md)). A card is presented
in every authorisation, also to a terminal that still asks for one when nobody waits for it.
"""

_TITLES = {Verb.AUTHORISE: "Authorisation", Verb.CAPTURE: "Capture"}
_HEADINGS = (
    "the line is cut",
    "the driver reads",
    "our books",
    "later the driver reads",
    "our books",
    "the bank's book",
    "do they agree",
)


def page(cuts: Mapping[str, Sequence[Cut]]) -> str:
    """The whole page; the cuts by protocol."""
    parts = [_BEGINNING, _summary(cuts)]
    for name, found in cuts.items():
        parts.append(f"## {name}\n")
        for verb, title in _TITLES.items():
            rows = [row_of(each) for each in found if each.verb is verb]
            parts.append(f"### {title}\n\n{table(_HEADINGS, rows)}\n")
    return "\n".join(parts)


def row_of(found: Cut) -> tuple[str, ...]:
    """The cells of one cut."""
    return (
        found.moment.words,
        found.at_once.screen,
        _ours(found.at_once),
        found.later.screen,
        _ours(found.later),
        _banks(found.bank),
        _verdict(found),
    )


def _summary(cuts: Mapping[str, Sequence[Cut]]) -> str:
    headings = ("protocol", "cuts", "both books agree", "a person decides", "they disagree and nobody knows")
    rows = []
    for name, found in cuts.items():
        doubts, wrong = sum(each.later.in_doubt for each in found), sum(not each.is_right for each in found)
        counts = (len(found), len(found) - doubts - wrong, doubts, wrong)
        rows.append((name, *map(str, counts)))
    return table(headings, rows, right=frozenset(range(1, 5))) + "\n"


def _verdict(found: Cut) -> str:
    if found.later.in_doubt:
        return "in doubt: a person decides"
    return "yes" if found.agrees else "NO"


def _ours(look: Look) -> str:
    state = State(look.state)
    if look.captured or state is State.AUTHORISED:
        return f"{_euros(look.captured or look.held)} {state.label}"
    return f"{state.label}, {_euros(look.held)} held" if look.held else str(state.label)


def _banks(bank: Bank) -> str:
    if not bank.authorised:
        return "nothing"
    if bank.captured:
        return f"{_euros(bank.captured)} taken" + (f", {_euros(bank.held)} still held" if bank.held else "")
    return f"{_euros(bank.held)} held" if bank.held else f"{_euros(bank.authorised)} held and released"


def _euros(minor: int) -> str:
    return f"€ {minor // 100}.{minor % 100:02d}"
