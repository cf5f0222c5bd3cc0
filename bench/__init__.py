"""The benchmarks of ``make bench``: how fast and how large the product is, beside bare peers (docs/benchmarks.md)."""
