"""Simulated charge points that speak OCPP 1.6J from the other side, with cars that plug in."""
