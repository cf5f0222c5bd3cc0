"""How a session's state is shown, and the filter for those a person should look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from hardware.admin.base import Tone, badge
from kiosk.lifecycle import State
from kiosk.models import Session

if TYPE_CHECKING:
    from django.contrib.admin import SimpleListFilter as RadioFilter
else:
    from unfold.contrib.filters.admin import RadioFilter

SESSION_TONES = {
    State.AUTHORISING: Tone.BUSY,
    State.AUTHORISED: Tone.BUSY,
    State.STARTING: Tone.BUSY,
    State.CHARGING: Tone.BUSY,
    State.STOPPING: Tone.BUSY,
    State.SETTLING: Tone.BUSY,
    State.FINISHED: Tone.GOOD,
    State.DECLINED: Tone.WARNING,
    State.CANCELLED: Tone.QUIET,
    State.NOT_STARTED: Tone.QUIET,
    State.IN_DOUBT: Tone.BAD,
}


def session_badge(session: Session) -> SafeString:
    """Where the session is."""
    return badge(session.get_state_display(), SESSION_TONES[State(session.state)])


class FlagFilter(RadioFilter):
    """Sessions that a person should look at."""

    title = _("to be looked at")
    parameter_name = "flagged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("1", _("Something to look at")), ("0", _("Nothing"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The sessions asked for."""
        if self.value() not in {"0", "1"}:
            return queryset
        return queryset.exclude(flags=[]) if self.value() == "1" else queryset.filter(flags=[])
