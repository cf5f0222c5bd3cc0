"""``make cuts``: what the driver reads, our books and the bank's book say when the line to the terminal is cut.

    python -m tools.cuts [--write] [--only zvt+tcp,ccv]

The real driver and the real simulator speak through a relay (``relay.py``, ``pty_relay.py``) that counts messages and
cuts the line at a named moment (``moments.py``, ``scissors.py``). Money and session go through the product's own
services (``visit.py``) until they have come to an end or to a person.
"""
