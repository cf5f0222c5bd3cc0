"""Real processes under fire: what a visit comes to when something is killed, emptied, locked, filled or restored.

Not part of ``make test``: ``make fire`` runs it and prints what the driver saw and what the books said (docs/fire.md).
"""
