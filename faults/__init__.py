"""The fault simulator: the real product on a virtual clock, and everything that can go wrong (docs/faults.md)."""
