"""Device records and what the devices reported."""

from hardware.models.chargers import ChargePoint, Connector
from hardware.models.commands import Command
from hardware.models.terminals import Terminal
from hardware.models.transactions import StopReport, Transaction

__all__ = ["ChargePoint", "Command", "Connector", "StopReport", "Terminal", "Transaction"]
