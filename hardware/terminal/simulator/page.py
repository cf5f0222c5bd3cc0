"""The virtual terminal in the browser: one page and its assets, nothing from outside."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

_STATIC = Path(__file__).parent / "static"
_FILES = {"/": "index.html", "/terminal.css": "terminal.css", "/terminal.js": "terminal.js"}


def page_routes() -> list[web.RouteDef]:
    """Return the routes of the page and its assets."""
    return [web.get(path, serve_file) for path in _FILES]


async def serve_file(request: web.Request) -> web.StreamResponse:
    """Serve one of the page's files, always fresh."""
    return web.FileResponse(_STATIC / _FILES[request.path], headers={"Cache-Control": "no-cache"})
