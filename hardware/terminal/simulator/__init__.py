"""A virtual payment terminal without a wire: reader, screen, bank and book. Each protocol brings a wire (CONTRIBUTING.md)."""
