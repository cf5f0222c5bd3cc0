"""A virtual IM30 that speaks ZVT over TCP or a serial line and keeps the bank's book (docs/terminals/zvt.md)."""
