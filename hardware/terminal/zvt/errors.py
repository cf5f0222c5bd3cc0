"""What goes wrong with bytes."""

from __future__ import annotations


class ZvtError(ValueError):
    """Bytes (or their JSON) that are not what they should be. The only error of the codec.

    ``offset`` counts from the start of what was handed in. The text never quotes the bytes: they may hold card data.
    """

    def __init__(self, text: str, offset: int = 0) -> None:
        super().__init__(text, offset)
        self.text = text
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.text} (at {self.offset})"
