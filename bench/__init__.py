"""The benchmarks of ``make bench``: how fast and how large the real processes are, beside bare peers (docs/benchmarks.md)."""
