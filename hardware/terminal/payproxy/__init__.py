"""CCV's Android REST API ("PayProxy") on the terminal: driver and simulator (docs/terminals/payproxy.md)."""
