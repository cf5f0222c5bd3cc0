"""How the charts of the admin are drawn (Chart.js, which unfold brings along)."""

from __future__ import annotations

import json
from typing import Any

_TICKS = {"color": "#8a978f", "maxTicksLimit": 6}


def _axis(position: str, *, lines: bool = True) -> dict[str, Any]:
    return {
        "position": position,
        "beginAtZero": True,
        "border": {"display": False},
        "grid": {"display": lines},
        "ticks": _TICKS,
    }


def _options(**more_axes: Any) -> str:
    bottom = {
        "grid": {"display": False},
        "border": {"display": False},
        "ticks": {**_TICKS, "maxTicksLimit": 14, "maxRotation": 0},
    }
    options = {
        "responsive": True,
        "maintainAspectRatio": False,
        "animation": False,
        "interaction": {"mode": "index", "intersect": False},
        "plugins": {"legend": {"display": False}},
        "scales": {"x": bottom, "y": _axis("left"), **more_axes},
    }
    return json.dumps(options)


#: Bars of one quantity.
BARS = _options()
#: Energy on the left, power on the right.
LINES = _options(power=_axis("right", lines=False))
