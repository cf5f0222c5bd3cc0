"""Where a value stands in a message: ``Tender/TotalAmount@Currency``. Pure.

Names lead from the root downwards; ``@`` ends in an attribute; without it the element's text is meant. ``@STAN`` alone
is an attribute of the root.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hardware.terminal.opi.markup import Element

_NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
_PLACE = re.compile(rf"(?:{_NAME}(?:/{_NAME})*)?(?:@{_NAME})?")


def is_place(text: str) -> bool:
    """Whether ``text`` can name a place."""
    return bool(text) and _PLACE.fullmatch(text) is not None


def look(root: Element, places: Iterable[str]) -> str:
    """Return the value at the first of ``places`` that holds one, or an empty text."""
    return next((found for place in places if (found := _at(root, place))), "")


def put(root: Element, place: str, value: str) -> None:
    """Write ``value`` at ``place``, with whatever elements lead there."""
    path, _, attribute = place.partition("@")
    element = root
    for name in filter(None, path.split("/")):
        element = element.child(name) or element.add(Element(name))
    if attribute:
        element.attributes[attribute] = value
    else:
        element.text = value


def _at(root: Element, place: str) -> str:
    path, _, attribute = place.partition("@")
    element: Element | None = root
    for name in filter(None, path.split("/")):
        element = element.child(name) if element else None
    if element is None:
        return ""
    return (element.attributes.get(attribute, "") if attribute else element.text).strip()
