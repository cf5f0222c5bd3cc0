"""The ``meterValue`` lists of MeterValues and StopTransaction -> readings (OCPP 1.6, 7.33 to 7.45).

A sample that cannot be used (unknown unit, no number, another place than the outlet, signed data) is left out and
logged; nothing here raises. Energy in whole Wh, rounded down: nobody pays for a watt-hour that is not full.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from hardware.charger.ocpp16.times import parse_time
from hardware.charger.readings import Reading

logger = logging.getLogger(__name__)

ENERGY = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
SOC = "SoC"

#: measurand -> unit -> factor to Wh, W or percent.
_FACTORS: Mapping[str, Mapping[str, int]] = {
    ENERGY: {"Wh": 1, "kWh": 1000},
    POWER: {"W": 1, "kW": 1000},
    SOC: {"Percent": 1},
}
_DEFAULT_UNITS = {ENERGY: "Wh", POWER: "W", SOC: "Percent"}
#: Where energy is billed; the battery's state is measured in the car.
_PLACES = {ENERGY: {"Outlet"}, POWER: {"Outlet"}, SOC: {"Outlet", "EV"}}
_PHASES = ({"L1", "L2", "L3"}, {"L1-N", "L2-N", "L3-N"})
_MOST_DIGITS = 15

Sample = Mapping[str, Any]


def readings(meter_values: Sequence[Mapping[str, Any]], arrived: datetime) -> list[Reading]:
    """One reading for each meter value that holds anything usable, oldest first.

    A meter value whose timestamp cannot be read counts from when it ``arrived``.
    """
    found = (_reading(value, parse_time(value["timestamp"]) or arrived) for value in meter_values)
    return sorted((reading for reading in found if reading is not None), key=lambda reading: reading.at)


def _reading(meter_value: Mapping[str, Any], at: datetime) -> Reading | None:
    samples = _without_begin(meter_value["sampledValue"])
    energy, power, soc = _total(samples, ENERGY), _power(samples), _total(samples, SOC)
    if energy is None and power is None and soc is None:
        return None
    return Reading(
        at=at,
        energy_wh=None if energy is None else int(energy.to_integral_value(ROUND_FLOOR)),
        power_w=None if power is None else int(power.to_integral_value(ROUND_HALF_UP)),
        soc_percent=None if soc is None else int(soc.to_integral_value(ROUND_FLOOR)),
    )


def _without_begin(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Some charge points put the first and the last sample under one timestamp: then the last counts."""
    later = [sample for sample in samples if sample.get("context") != "Transaction.Begin"]
    return later or samples


def _total(samples: Sequence[Sample], measurand: str) -> Decimal | None:
    """The value without a phase; the last one when there are several."""
    values = [_number(sample, measurand) for sample in samples if _is(sample, measurand) and "phase" not in sample]
    return next((value for value in reversed(values) if value is not None), None)


def _power(samples: Sequence[Sample]) -> Decimal | None:
    """The total, or the sum of the phases where there is no total."""
    if (total := _total(samples, POWER)) is not None:
        return total
    for phases in _PHASES:
        parts = [_number(sample, POWER) for sample in samples if _is(sample, POWER) and sample.get("phase") in phases]
        if parts and all(part is not None for part in parts):
            return sum((part for part in parts if part is not None), Decimal(0))
    return None


def _is(sample: Sample, measurand: str) -> bool:
    return bool(sample.get("measurand", ENERGY) == measurand and sample.get("format", "Raw") == "Raw")


def _number(sample: Sample, measurand: str) -> Decimal | None:
    """The value in Wh, W or percent; None, and a line in the log, when it cannot be used."""
    unit = sample.get("unit", _DEFAULT_UNITS[measurand])
    factor = _FACTORS[measurand].get(unit)
    if sample.get("location", "Outlet") not in _PLACES[measurand]:
        return None
    value = _decimal(sample["value"])
    if factor is None or value is None or not _possible(measurand, value * factor):
        logger.warning("left out a sample of %s in %s: not a possible number or not its unit", measurand, unit)
        return None
    return value * factor


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and value.adjusted() < _MOST_DIGITS else None


def _possible(measurand: str, value: Decimal) -> bool:
    """A register never shows less than nothing, a battery never more than all; power may flow back."""
    return measurand == POWER or (value >= 0 and (measurand == ENERGY or value <= 100))
