"""The faults that happen at a time, whatever is going on then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faults.orders import Order

if TYPE_CHECKING:
    from faults.world import World

_BEHAVIOURS = {
    "start_ignored": {"start": "ignore"},
    "start_rejected": {"start": "reject"},
    "stop_ignored": {"stop": "ignore"},
    "stop_rejected": {"stop": "reject"},
    "stop_twice": {"stop": "duplicate"},
    "meter_backwards": {"meter": "backwards"},
    "meter_jump": {"meter": "jump"},
    "meter_wrong_unit": {"meter": "wrong_unit"},
    "meter_silent": {"meter": "silent"},
}


def happen(world: World, order: Order) -> None:
    """Have ``order`` strike, in the scheduler itself."""
    if world.orders.over:
        return
    world.orders.count(order.kind, order.target)
    if order.kind in _BEHAVIOURS:
        world.posts[order.target].charger.behaviour.ask(_BEHAVIOURS[order.kind])
    elif order.target in world.posts:
        _at_a_post(world, order)
    else:
        _in_the_box(world, order)


def _in_the_box(world: World, order: Order) -> None:
    box, now = world.box, world.scheduler.now
    match order.kind:
        case "killed" if order.target in box.processes:
            box.die(box.processes[order.target])
        case "frozen" if order.target in box.processes:
            box.processes[order.target].frozen_until = now + order.seconds
        case "queue_emptied":
            box.empty_queue()
        case "queue_away":
            box.queue_away_until = now + order.seconds
        case "clock_jump":
            world.set_clock(order.seconds)
        case "terminal_restart" | "terminal_gone":
            world.tills[order.target].restart(order.seconds)


def _at_a_post(world: World, order: Order) -> None:
    post = world.posts[order.target]
    match order.kind:
        case "connection_cut":
            post.cut()
        case "connection_half_open":
            post.cut(noticed=False)
        case "charger_offline":
            post.offline(order.seconds)
        case "charger_reboot":
            post.charger.restart("Reboot", post.now)
            post.touch()
        case "charger_power_cut":
            post.power_cut(order.seconds)
        case "charger_fault":
            post.charger.fault(True, post.now)
            post.touch()
            world.scheduler.at(order.seconds, post.charger.fault, False, post.now)
        case "charger_clock_off":
            post.set_clock(order.seconds)
