"""Where those who run a terminal from afar call us. What they say is a hint, and nobody is believed: we ask ourselves.

A hint from a stranger, one that comes late or twice, and one for nothing at all have us ask, and no more than that. One
that never comes costs only the time until we ask by ourselves.
"""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hardware.models import Terminal
from hardware.terminal.hints import LARGEST_HINT
from hardware.terminal.registry import is_hint
from payments import recovery, wakeups
from payments.models import Operation

#: Seconds in which one terminal's hints count once, in each process.
_ONCE_IN = 1


@csrf_exempt
@require_POST
def hint(request: HttpRequest, terminal_id: int) -> HttpResponse:
    """Take a hint about what a terminal does; ``?request=`` may name the request that it is about. Always 200."""
    body = request.read(LARGEST_HINT + 1)
    terminal = Terminal.objects.filter(pk=terminal_id, enabled=True).first()
    if terminal is not None and is_hint(terminal.url, body) and cache.add(f"hint-{terminal_id}", True, _ONCE_IN):
        follow(terminal, request.GET.get("request", ""), timezone.now())
    return HttpResponse("ok", content_type="text/plain")


def follow(terminal: Terminal, request_id: str, now: datetime) -> None:
    """Ask about what is in doubt or under way at ``terminal``: about one request, or where none is named about all."""
    operations = Operation.objects.filter(terminal=terminal)
    if request_id:
        named = request_id.isascii() and request_id.isdigit() and len(request_id) <= 9
        operations = operations.filter(request_id=int(request_id)) if named else operations.none()
    for operation in operations.filter(state=Operation.State.UNKNOWN):
        recovery.hurry(operation, now)
    if operations.filter(state=Operation.State.IN_FLIGHT).exists():
        wakeups.after_commit("payments.hint", terminal.pk)
