"""What the benchmarks recognise: processes by their command lines, figures on a screen, the processor."""

from __future__ import annotations

import pytest

from bench.browser import Screen
from bench.machine import processor
from bench.memory import name_of
from bench.meters import Watched
from evsite.processes import Layout


@pytest.mark.parametrize("name", ["valkey", "web", "worker", "beat", "terminal", "chargers"])
def test_every_program_of_make_run_is_known_by_its_command_line(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    layout = Layout(var=tmp_path_factory.mktemp("v"))
    assert name_of(layout.programs()[name].command) == name


def test_the_supervisor_is_known_and_anything_else_is_other() -> None:
    assert name_of(["python", "-m", "evsite.run"]) == "supervisor"
    assert name_of(["sleep", "1"]) == "other"


def test_the_processor_is_the_model_of_the_first_core() -> None:
    assert processor(["flags\t\t: fpu", "model name\t: Fast One", "model name\t: Fast Two"]) == "Fast One"
    assert processor([]) == "processor unknown"


async def test_a_screen_tells_its_step_and_its_energy() -> None:
    screen = Screen()
    heard: list[tuple[float, int]] = []
    screen.listener = lambda at, energy_wh: heard.append((at, energy_wh))
    await screen.show(5.0, '<div id="screen" data-step="charging"><dd>1,234.56<span class="unit">kWh</span></dd></div>')
    assert (screen.step, screen.energy_wh, heard) == ("charging", 1234560, [(5.0, 1234560)])


def test_a_newer_value_on_the_screen_counts_for_the_older_ones() -> None:
    watched = Watched(1000)
    watched.sent(1010, 1.0)
    watched.sent(1020, 2.0)
    watched.sent(1030, 3.0)
    watched.saw(2.5, 20)
    assert watched.seconds == [1.5, 0.5]
    watched.saw(4.0, 30)
    assert watched.seconds == [1.5, 0.5, 1.0]
