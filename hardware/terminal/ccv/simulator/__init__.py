"""A virtual IM30 behind a virtual CCV cloud that speaks the Payment API and keeps the bank's book (docs/terminals/ccv.md)."""
