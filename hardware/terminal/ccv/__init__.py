"""The CCV Payment API: a terminal that is reached through CCV's cloud (docs/terminals/ccv.md)."""
