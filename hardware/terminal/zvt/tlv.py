"""BER-TLV as ZVT uses it: objects inside BMP 06, containers inside objects.

Reading never fails: what is no object is kept as ``UNREADABLE`` at the end of its container, so that writing gives
back every byte. Depth and number of objects are bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hardware.terminal.zvt.errors import ZvtError
from hardware.terminal.zvt.lengths import read_ber_length, write_ber_length

#: The tag of bytes at the end of a container that are no object.
UNREADABLE = -1
#: Containers inside containers; deeper ones stay bytes. The deepest that is used is four.
DEEPEST = 16
#: Objects and fields in one APDU; what follows stays bytes. A receipt of 400 lines has 400.
MOST_OBJECTS = 8192

_LONGEST_TAG = 4  # bytes
_CONSTRUCTED = 0x20
_MORE = 0x1F


@dataclass(frozen=True, slots=True, repr=False)
class Field:
    """A tag with its content: bytes, or the objects of a container.

    ``length_bytes`` is how its length came, where that was not the usual form; empty otherwise.
    """

    tag: int
    content: bytes | tuple[Tlv, ...] = b""
    length_bytes: bytes = b""

    @property
    def value(self) -> bytes:
        """The content as bytes."""
        return self.content if isinstance(self.content, bytes) else write_objects(self.content)

    @property
    def children(self) -> tuple[Tlv, ...]:
        """The objects of a container, nothing for any other."""
        return () if isinstance(self.content, bytes) else self.content


@dataclass(frozen=True, slots=True, repr=False)
class Tlv(Field):
    """One object of BER-TLV."""

    def encode(self) -> bytes:
        """Tag, length and content. Raises ZvtError for a tag that is none and for too much content."""
        value = self.value
        if self.tag == UNREADABLE:
            return value
        return write_tag(self.tag) + (self.length_bytes or write_ber_length(len(value))) + value

    def __repr__(self) -> str:
        """Without the content: it may identify a card."""
        return f"Tlv({tag_name(self.tag)}, {_size(self.content)})"


class Budget:
    """How many objects may still be made of the bytes of one APDU."""

    def __init__(self, objects: int = MOST_OBJECTS) -> None:
        self._left = objects

    def take(self) -> bool:
        """Whether there is room for one more."""
        self._left -= 1
        return self._left >= 0


def read_objects(raw: bytes, budget: Budget | None = None, depth: int = 0) -> tuple[Tlv, ...]:
    """Every object in ``raw``, in order."""
    budget = budget or Budget()
    found: list[Tlv] = []
    at = 0
    while at < len(raw):
        try:
            tag, size = read_tag(raw, at)
            length, length_size = read_ber_length(raw, at + size)
        except ZvtError:
            break
        start = at + size + length_size
        if start + length > len(raw) or not budget.take():
            break
        value = raw[start : start + length]
        found.append(Tlv(tag, _content(tag, value, budget, depth), odd_length(raw[at + size : start], length)))
        at = start + length
    if at < len(raw):
        found.append(Tlv(UNREADABLE, raw[at:]))
    return tuple(found)


def write_objects(objects: Iterable[Tlv]) -> bytes:
    """The bytes of ``objects``. Raises ZvtError like ``Tlv.encode``."""
    return b"".join(each.encode() for each in objects)


def is_complete(objects: Iterable[Tlv]) -> bool:
    """Whether the objects were read to their end."""
    return all(each.tag != UNREADABLE for each in objects)


def container_content(value: bytes, budget: Budget | None = None, depth: int = 0) -> bytes | tuple[Tlv, ...]:
    """The objects in a container, or the bytes as they are where not even the first is an object."""
    objects = read_objects(value, budget, depth)
    return value if objects and objects[0].tag == UNREADABLE else objects


def read_tag(raw: bytes, at: int = 0) -> tuple[int, int]:
    """A tag and its size in bytes. Raises ZvtError where it is cut off or longer than four bytes."""
    if at >= len(raw):
        raise ZvtError("the tag is missing", at)
    size = 1
    if raw[at] & _MORE == _MORE:
        size = 2
        while at + size <= len(raw) and raw[at + size - 1] & 0x80:
            size += 1
    if at + size > len(raw):
        raise ZvtError("the tag is cut off", at)
    if size > _LONGEST_TAG:
        raise ZvtError("the tag has too many bytes", at)
    return int.from_bytes(raw[at : at + size], "big"), size


def write_tag(tag: int) -> bytes:
    """The bytes of a tag. Raises ZvtError for a number that is none."""
    if not 0 <= tag < 1 << 8 * _LONGEST_TAG:
        raise ZvtError("not a TLV tag")
    raw = tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big")
    if read_tag(raw)[1] != len(raw):
        raise ZvtError("not a TLV tag")
    return raw


def is_constructed(tag: int) -> bool:
    """Whether the tag is one of a container. Feig's own tags FF40 to FF7F say so and are none."""
    return bool(write_tag(tag)[0] & _CONSTRUCTED) and not 0xFF40 <= tag <= 0xFF7F


def find(objects: Iterable[Tlv], *path: int) -> Iterator[Tlv]:
    """Every object at this path of tags, in order: ``find(objects, 0x62, 0x60, 0x43)``."""
    for each in objects:
        if each.tag == path[0]:
            yield from find(each.children, *path[1:]) if len(path) > 1 else (each,)


def tag_name(tag: int) -> str:
    """The tag in lower-case hex, an empty text for bytes that are no object."""
    return "" if tag == UNREADABLE else write_tag(tag).hex()


def odd_length(as_sent: bytes, length: int) -> bytes:
    """The bytes of a length where they are not the shortest form, nothing otherwise."""
    return b"" if as_sent == write_ber_length(length) else as_sent


def _content(tag: int, value: bytes, budget: Budget, depth: int) -> bytes | tuple[Tlv, ...]:
    if not is_constructed(tag) or depth >= DEEPEST:
        return value
    return container_content(value, budget, depth + 1)


def _size(content: bytes | tuple[Tlv, ...]) -> str:
    return f"{len(content)} bytes" if isinstance(content, bytes) else repr(list(content))
