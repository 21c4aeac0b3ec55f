"""The chat page: one Jinja2 template whose words come from the gettext handed in, and its static files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

_HERE: Final = Path(__file__).parent
_HEADERS: Final = {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def page_routes(gettext: Callable[[str], str], language: str, *, skip_enabled: bool) -> list[BaseRoute]:
    """GET /sandbox/ and /sandbox/static/. The template sees `skip_enabled` and `language`."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, extensions=["jinja2.ext.i18n"], auto_reload=False
    )

    def plural(one: str, many: str, count: int) -> str:
        return gettext(one if count == 1 else many)

    environment.install_gettext_callables(gettext, plural, newstyle=True)  # type: ignore[attr-defined]

    async def page(_: Request) -> Response:
        template = environment.get_template("chat.html")
        return HTMLResponse(template.render(skip_enabled=skip_enabled, language=language), headers=_HEADERS)

    static = StaticFiles(directory=_HERE / "static", check_dir=False)
    return [Route("/sandbox/", page), Mount("/sandbox/static", static, name="sandbox-static")]
