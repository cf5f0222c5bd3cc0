"""XML to a tree of plain elements and back. Pure, and wary: no DTD, no entities of its own, bounded in every direction.

Namespaces are dropped on the way in: what is asked for is told apart by its local name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from hardware.terminal.opi.errors import OpiError

NAMESPACE = "http://www.nrf-arts.org/IXRetail/namespace"

DEEPEST = 24  # elements within each other
MOST_ELEMENTS = 5_000
MOST_ATTRIBUTES = 5_000  # in the whole message

ENCODINGS = ("utf-8", "iso-8859-1")


@dataclass(slots=True)
class Element:
    """One element. Its attributes and text may hold a token: they stay out of ``repr``."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)
    children: list[Element] = field(default_factory=list, repr=False)

    def child(self, name: str) -> Element | None:
        """Return the first child of that name, if there is one."""
        return next((each for each in self.children if each.name == name), None)

    def add(self, child: Element) -> Element:
        """Append ``child`` and return it."""
        self.children.append(child)
        return child

    def all(self, name: str) -> Iterator[Element]:
        """Every element of that name in this one, at any depth, in the order of the text."""
        for each in self.children:
            if each.name == name:
                yield each
            yield from each.all(name)


def parse(body: bytes, encoding: str = "utf-8") -> Element:
    """Return the root element of ``body``, read in ``encoding`` whatever it says of itself. Raises OpiError."""
    return _Builder(encoding).build(body)


def render(root: Element, encoding: str = "utf-8") -> bytes:
    """Return the message as it goes on the wire. Raises OpiError for text that XML or ``encoding`` cannot carry."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n' + _render(root, f' xmlns="{NAMESPACE}"')
    if any(_unprintable(each) for each in text):
        raise OpiError("XML cannot carry control characters")
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        raise OpiError(f"not a text in {encoding}") from None


def _render(element: Element, namespace: str = "") -> str:
    attributes = "".join(
        f" {name}={quoteattr(value, {chr(13): '&#13;'})}" for name, value in element.attributes.items()
    )
    inner = escape(element.text, {"\r": "&#13;"}) + "".join(_render(each) for each in element.children)
    start = f"<{element.name}{namespace}{attributes}"
    return f"{start}>{inner}</{element.name}>" if inner else f"{start}/>"


def _unprintable(character: str) -> bool:
    return (character < " " and character not in "\t\n\r") or character in "\ufffe\uffff"


class _Builder:
    """One parse. The limits are checked while reading, so that nothing large is ever built."""

    def __init__(self, encoding: str) -> None:
        self._parser = expat.ParserCreate(encoding, " ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._open: list[Element] = []
        self._root: Element | None = None
        self._elements = self._attributes = 0

    def build(self, body: bytes) -> Element:
        try:
            self._parser.Parse(body, True)
        except expat.ExpatError as error:
            failure = OpiError(f"not XML: {expat.ErrorString(error.code)}")
        except UnicodeError:
            failure = OpiError("not XML: wrong encoding")
        else:
            if self._root is not None:
                return self._root
            failure = OpiError("not XML: no element")
        raise failure  # outside: expat's error may hold the place, and that is all that may be told

    def _refuse(self, *_: object) -> None:
        raise OpiError("a document type is not allowed")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._attributes += len(attributes)
        if self._elements > MOST_ELEMENTS or self._attributes > MOST_ATTRIBUTES or len(self._open) >= DEEPEST:
            raise OpiError("the message is too large or too deep")
        plain = {each: value for each, value in attributes.items() if " " not in each}
        element = Element(_local(name), plain)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].text += text


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
