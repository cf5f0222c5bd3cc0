"""What devices reported, announced to whoever listens (payments and kiosk do).

Every signal is sent inside the database transaction that records the report: what a listener writes is committed
together with it or not at all, and the device is answered only afterwards.

    charge_point_changed   charge_point            connected, disconnected, booted
    connector_changed      connector, previous     its status changed; ``previous`` is the old status
    command_answered       command                 accepted, rejected, unanswered or expired
    transaction_started    transaction             it belongs to ``transaction.command``
    meter_read             transaction, readings   list of hardware.charger.readings.Reading, oldest first
    transaction_stopped    transaction, readings   once per transaction; readings from the stop message
    stop_reported          report                  a late, repeated or orphaned stop that changed nothing
"""

from __future__ import annotations

from django.dispatch import Signal

charge_point_changed = Signal()
connector_changed = Signal()
command_answered = Signal()
transaction_started = Signal()
meter_read = Signal()
transaction_stopped = Signal()
stop_reported = Signal()
