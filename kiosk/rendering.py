"""From a snapshot to HTML, for the first load and for every push alike."""

from __future__ import annotations

from hashlib import blake2s

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from kiosk.snapshots import Snapshot


def render(snapshot: Snapshot, language: str, *, problem: str = "", entered: str = "") -> SafeString:
    """The element ``#screen`` in ``language``.

    ``problem`` and ``entered`` are what was wrong with the driver's input; they belong to one answer and are not part
    of the digest, so that the next push does not wipe them away while nothing else has changed.
    """
    with translation.override(language):
        body = _body(snapshot, {})
        digest = blake2s(body.encode(), digest_size=8).hexdigest()
        if problem:
            body = _body(snapshot, {"problem": problem, "entered": entered})
    return format_html(
        '<div id="screen" class="screen" data-step="{}" data-digest="{}">{}</div>', snapshot.step, digest, body
    )


def _body(snapshot: Snapshot, extra: dict[str, str]) -> SafeString:
    return mark_safe(render_to_string(snapshot.template, {"screen": snapshot, **extra}))  # noqa: S308
