"""Every kind of fault: where it strikes, and how it may be ordered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spec:
    """``skip``: it lets so many opportunities pass at most; ``later``: how often it waits for a time first."""

    kind: str
    layer: str
    targets: tuple[str, ...] = ("",)
    skip: int = 0
    seconds: tuple[float, ...] = (0.0,)
    later: float = 0.3
    weight: float = 1.0


#: Longer than any hold lasts.
GONE_S = 20 * 86_400.0
_MONEY = ("money", "authorise", "capture", "release", "refund")
_ANY = ("money", "authorise", "capture", "release", "refund", "token", "recover", "abort", "status")
_SETTLING = ("capture", "release", "refund")
_HELD = ("authorise", "token")

#: On the line to the terminal. ``seconds`` of approved_less are cents.
_LINE = (
    Spec("refused", "line", _ANY),
    Spec("connect_timeout", "line", _MONEY),
    Spec("cut_before_complete", "line", _ANY),
    Spec("lost_before", "line", _ANY),
    Spec("lost_answer", "line", _ANY, weight=3.0),
    Spec("late", "line", _MONEY, seconds=(65.0, 130.0)),
    Spec("slow", "line", _ANY, seconds=(2.0, 20.0, 45.0)),
    Spec("answered_twice", "line", _ANY),
    Spec("answer_of_another", "line", _ANY, weight=2.0),
    Spec("other_amount", "line", (*_MONEY, "recover"), weight=2.0),
    Spec("other_currency", "line", (*_MONEY, "recover")),
    Spec("other_time", "line", ("recover",)),
    Spec("garbled", "line", _ANY),
    Spec("answer_cut", "line", _ANY),
    Spec("error_500_before", "line", _ANY),
    Spec("error_500_after", "line", _ANY),
    Spec("busy", "line", _ANY),
    Spec("reprint_required", "line", _MONEY),
    Spec("logged_out", "line", _ANY),
    Spec("inoperable", "line", _MONEY),
    Spec("restart_before", "line", _ANY, seconds=(5.0, 60.0)),
    Spec("restart_after", "line", _ANY, seconds=(5.0, 60.0)),
    Spec("declined", "line", (*_SETTLING, "money"), weight=2.0),
    Spec("approved_less", "line", ("authorise",), seconds=(300.0, 1500.0)),
    Spec("cardholder_timeout", "line", _HELD),
    Spec("cancelled", "line", _HELD),
    Spec("test_system", "line", _MONEY),
)
#: On the box: its disk, its processes, its queue.
_BOX = (
    Spec("database_busy", "begin", skip=25, seconds=(0.0, 0.5, 8.0, 30.0), later=0.5, weight=2.0),
    Spec("database_read_only", "write", skip=25, seconds=(0.0, 5.0, 40.0), later=0.5, weight=2.0),
    Spec("database_full", "write", skip=25, seconds=(0.0, 5.0, 40.0), later=0.5, weight=2.0),
    Spec("commit_refused", "commit", skip=25, later=0.5, weight=2.0),
    Spec("crash_before_commit", "commit", ("", "worker-1", "worker-2", "web"), skip=25, later=0.5, weight=5.0),
    Spec("crash_after_commit", "kept", ("", "worker-1", "worker-2", "web"), skip=25, later=0.5, weight=5.0),
    Spec("killed", "time", ("web", "worker-1", "worker-2", "beat"), later=1.0, weight=2.0),
    Spec("frozen", "time", ("web", "worker-1", "worker-2", "beat"), seconds=(5.0, 25.0, 90.0), later=1.0, weight=2.0),
    Spec("task_lost", "queue", skip=8, later=0.5, weight=3.0),
    Spec("task_twice", "queue", skip=8, later=0.5, weight=3.0),
    Spec("task_late", "queue", skip=8, seconds=(1.0, 10.0, 50.0), later=0.5, weight=3.0),
    Spec("queue_emptied", "time", later=1.0),
    Spec("queue_away", "time", seconds=(5.0, 30.0), later=1.0),
    Spec("news_lost", "bus", ("charger", "socket"), skip=2),
    Spec("news_late", "bus", ("charger", "socket"), skip=2, seconds=(1.0, 30.0)),
    Spec("clock_jump", "time", seconds=(-3600.0, -40.0, 40.0, 7200.0), later=1.0),
)
#: At the charge points, and on the way to them.
_POSTS = ("CP1", "CP2")
_CHARGERS = (
    Spec("frame_lost", "frame", ("up", "down"), skip=20, weight=2.0),
    Spec("frame_twice", "frame", ("up", "down"), skip=20, weight=2.0),
    Spec("frame_late", "frame", ("up", "down"), skip=20, seconds=(1.0, 35.0), weight=2.0),
    Spec("frame_garbled", "frame", ("up", "down"), skip=20),
    Spec("connection_cut", "time", _POSTS, later=1.0),
    Spec("connection_half_open", "time", _POSTS, later=1.0),
    Spec("charger_offline", "time", _POSTS, seconds=(30.0, 400.0, 4000.0), later=1.0),
    Spec("charger_reboot", "time", _POSTS, later=1.0),
    Spec("charger_power_cut", "time", _POSTS, seconds=(30.0, 3000.0), later=1.0),
    Spec("charger_fault", "time", _POSTS, seconds=(120.0,), later=1.0),
    Spec("charger_clock_off", "time", _POSTS, seconds=(-4000.0, 3000.0), later=1.0),
    Spec("start_ignored", "time", _POSTS),
    Spec("start_rejected", "time", _POSTS),
    Spec("stop_ignored", "time", _POSTS),
    Spec("stop_rejected", "time", _POSTS),
    Spec("stop_twice", "time", _POSTS),
    Spec("meter_backwards", "time", _POSTS, later=1.0),
    Spec("meter_jump", "time", _POSTS, later=1.0),
    Spec("meter_wrong_unit", "time", _POSTS, later=1.0),
    Spec("meter_silent", "time", _POSTS, later=1.0),
    Spec("terminal_gone", "time", ("till-1", "till-2"), seconds=(GONE_S,), later=1.0, weight=0.2),
    Spec("terminal_restart", "time", ("till-1", "till-2"), seconds=(10.0, 100.0), later=1.0),
)

CATALOGUE: tuple[Spec, ...] = (*_LINE, *_BOX, *_CHARGERS)
