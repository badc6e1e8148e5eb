"""The whole HTTP surface, a line a route."""

from aiohttp import web

from sync_server.auth import handlers as auth
from sync_server.days import handlers as days
from sync_server.sync import handlers as sync
from sync_server.sync.stream import stream
from sync_server.users import handlers as users
from sync_server.web import health

API = "/api/v1"

ROUTES = (
    web.get("/health/live", health.live),
    web.get("/health/ready", health.ready),
    web.get("/metrics", health.metrics),
    web.post(f"{API}/auth/register", auth.register),
    web.post(f"{API}/auth/login", auth.login),
    web.post(f"{API}/auth/refresh", auth.refresh),
    web.post(f"{API}/auth/logout", auth.logout),
    web.get(f"{API}/auth/sessions", auth.list_sessions),
    web.delete(f"{API}/auth/sessions/{{id}}", auth.revoke_session),
    web.get(f"{API}/users/me", users.get_me),
    web.delete(f"{API}/users/me", users.delete_me),
    web.post(f"{API}/sync/push", sync.post_push),
    web.get(f"{API}/sync/pull", sync.get_pull),
    web.post(f"{API}/sync", sync.post_sync),
    web.get(f"{API}/sync/config", sync.get_config),
    web.get(f"{API}/sync/check", sync.get_check),
    web.get(f"{API}/sync/stream", stream),
    web.get(f"{API}/days", days.get_days),
    web.get(f"{API}/days/{{date}}", days.get_day),
    web.get(f"{API}/days/{{date}}/diet", days.get_day_diet),
)
