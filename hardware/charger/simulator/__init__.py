"""`python -m hardware.charger.simulator`: simulated charge points, see docs/chargers/ocpp16.md."""
