"""A virtual IM30 that speaks OPI-NL: what it brings to ``hardware.terminal.simulator``."""
