"""Whole visits through real processes: what a driver does at the kiosk, and what the books say afterwards."""
