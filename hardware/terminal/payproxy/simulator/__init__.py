"""A virtual IM30 that speaks the PayProxy API and keeps the bank's book (docs/terminals/payproxy.md)."""
