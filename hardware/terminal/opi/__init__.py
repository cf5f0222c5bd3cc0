"""OPI-NL, XML over TCP straight to the terminal (docs/terminals/opi.md)."""
