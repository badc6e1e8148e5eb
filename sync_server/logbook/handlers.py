"""Files of the web app. The page and its service worker are revalidated, all else is immutable."""

from functools import cache
from importlib import resources
from pathlib import Path

from aiohttp import web

from sync_server.web.errors import NotFound
from sync_server.web.identity import public
from sync_server.web.openapi import Response, operation

FILES = Path(str(resources.files("sync_server.logbook") / "files"))
PAGE = "index.html"
PAGES = {"": PAGE, "admin": "admin.html"}
"""Files of the addresses of pages."""
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATED = "no-cache"
# React sets styles through the DOM, which no policy forbids. A chosen photograph is a blob.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
# Not those of the machine, which may know other types or none.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}


@operation(
    responses={308: Response({"type": "string"}, media="text/plain")},
    tag="app",
)
@public
async def redirect(_request: web.Request) -> web.StreamResponse:
    """Redirect to the page of the logbook."""
    raise web.HTTPPermanentRedirect("app/")


@operation(
    responses={200: Response({}, media="*/*")},
    errors=(NotFound,),
    path={"name": {"type": "string", "examples": ["manifest.webmanifest"]}},
    tag="app",
)
@public
async def get_file(request: web.Request) -> web.StreamResponse:
    """A file of the logbook; 404 if the app was not built."""
    name = request.match_info["name"]
    name = PAGES.get(name, name)
    if not (FILES / PAGE).is_file():
        raise NotFound("The app was not built: `make web` builds it.")
    if name not in _names(FILES, (FILES / PAGE).stat().st_mtime_ns):
        raise NotFound
    caching = IMMUTABLE if name.startswith("assets/") else REVALIDATED
    kind = TYPES.get(Path(name).suffix, "application/octet-stream")
    headers = HEADERS | {"Cache-Control": caching, "Content-Type": kind}
    return web.FileResponse(FILES / name, headers=headers)


@cache
def _names(folder: Path, _built_at: int) -> frozenset[str]:
    """Names of the files, as requests have them. A compressed copy is no file of its own."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".gz")
    return frozenset(path.relative_to(folder).as_posix() for path in paths)
