"""The whole HTTP surface, a line a route."""

from aiohttp import web

from schema import COLLECTIONS
from schema.ids import UUID_PATTERN
from sync_server.auth import (
    login,
    oidc,
    oidc_code,
    oidc_identities,
    passkeys,
    registration,
    second_factor,
    second_login,
    session_handlers,
)
from sync_server.catalogue import handlers as catalogue
from sync_server.days import handlers as days
from sync_server.explain import handlers as explain
from sync_server.exports import fit_handler as fit_exports
from sync_server.exports import handlers as exports
from sync_server.imports import archive_handlers as archive_imports
from sync_server.imports import handlers as imports
from sync_server.logbook import handlers as logbook
from sync_server.nutrition import handlers as nutrition
from sync_server.nutrition import planning
from sync_server.nutrition.food_logs import FOOD_LOGS
from sync_server.ocr import handlers as ocr
from sync_server.openapi import handlers as openapi
from sync_server.powersync import handlers as powersync
from sync_server.progress import handlers as progress
from sync_server.rest import history
from sync_server.rest.handlers import routes_of_resource
from sync_server.rest.resource import resource_of
from sync_server.support import account_handlers as support_accounts
from sync_server.support import fleet_handlers as fleet
from sync_server.support import handlers as support
from sync_server.sync import handlers as sync
from sync_server.sync.devices import handlers as devices
from sync_server.sync.notify.socket import socket
from sync_server.sync.notify.stream import post_stream_ticket, stream
from sync_server.sync.wakes import handlers as wakes
from sync_server.users import credentials, export, recovery, usage
from sync_server.users import handlers as users
from sync_server.web import health
from sync_server.workouts import handlers as workouts
from sync_server.workouts import program_handlers as programs
from sync_server.workouts.sessions import SESSIONS

API = "/api/v1"

# Every collection has its resource; to these a domain adds something.
RESOURCES = {name: resource_of(name) for name in COLLECTIONS} | {
    resource.collection.name: resource for resource in (FOOD_LOGS, SESSIONS)
}

ROUTES = (
    web.get("/health/live", health.live),
    web.get("/health/ready", health.ready),
    web.get("/metrics", health.metrics),
    web.get("/app", logbook.redirect),
    web.get("/app/{name:.*}", logbook.get_file),
    web.get(f"{API}/openapi.json", openapi.get_openapi),
    web.get(f"{API}/docs", openapi.get_docs),
    web.get(f"{API}/docs/{{name}}", openapi.get_asset),
    web.get(f"{API}/redoc", openapi.get_redoc),
    web.post(f"{API}/auth/register", registration.register),
    web.post(f"{API}/auth/login", login.login),
    web.post(f"{API}/auth/login/second", second_login.login_second),
    web.post(f"{API}/auth/oidc", oidc.login_oidc),
    web.get(f"{API}/auth/oidc/providers", oidc_code.list_providers),
    web.post(f"{API}/auth/oidc/code", oidc_code.login_oidc_code),
    web.get(f"{API}/auth/oidc/identities", oidc_identities.list_identities),
    web.post(f"{API}/auth/oidc/identities", oidc_identities.link_identity),
    web.delete(f"{API}/auth/oidc/identities/{{provider}}", oidc_identities.unlink_identity),
    web.get(f"{API}/auth/totp", second_factor.get_totp),
    web.post(f"{API}/auth/totp", second_factor.post_totp),
    web.delete(f"{API}/auth/totp", second_factor.delete_totp),
    web.post(f"{API}/auth/totp/confirm", second_factor.confirm_totp),
    web.post(f"{API}/auth/totp/recovery-codes", second_factor.post_recovery_codes),
    web.get(f"{API}/auth/passkeys", passkeys.list_passkeys),
    web.post(f"{API}/auth/passkeys/options", passkeys.post_passkey_options),
    web.post(f"{API}/auth/passkeys/confirm", passkeys.confirm_passkey),
    web.delete(f"{API}/auth/passkeys/{{id:{UUID_PATTERN}}}", passkeys.delete_passkey),
    web.post(f"{API}/auth/refresh", session_handlers.refresh),
    web.post(f"{API}/auth/logout", session_handlers.logout),
    web.get(f"{API}/auth/sessions", session_handlers.list_sessions),
    web.delete(f"{API}/auth/sessions/{{id}}", session_handlers.revoke_session),
    web.post(f"{API}/auth/password/forgot", recovery.forgot_password),
    web.post(f"{API}/auth/password/reset", recovery.reset_password),
    web.post(f"{API}/auth/email/verification", recovery.request_verification),
    web.post(f"{API}/auth/email/verify", recovery.verify_email),
    web.get(f"{API}/users/me", users.get_me),
    web.patch(f"{API}/users/me", users.patch_me),
    web.delete(f"{API}/users/me", users.delete_me),
    web.get(f"{API}/users/me/usage", usage.get_usage),
    web.put(f"{API}/users/me/password", credentials.put_password),
    web.put(f"{API}/users/me/email", credentials.put_email),
    web.get(f"{API}/users/me/export", export.get_export),
    web.post(f"{API}/users/me/export", export.post_export),
    web.get(f"{API}/support/users", support.find_user),
    web.get(f"{API}/support/users/{{id}}/sync", support.get_sync_health),
    web.get(f"{API}/support/users/{{id}}/devices", support_accounts.list_devices),
    web.get(f"{API}/support/users/{{id}}/explain", support.get_explanation),
    web.get(f"{API}/support/users/{{id}}/rejected", support_accounts.list_rejected),
    web.get(f"{API}/support/users/{{id}}/usage", support_accounts.get_usage),
    web.get(f"{API}/support/users/{{id}}/audit", support.get_audit),
    web.get(f"{API}/support/users/{{id}}/sessions", support_accounts.list_sessions),
    web.delete(f"{API}/support/users/{{id}}/sessions", support.end_sessions),
    web.delete(f"{API}/support/users/{{id}}/sessions/{{session}}", support_accounts.end_session),
    web.get(f"{API}/support/fleet", fleet.get_fleet),
    web.get(f"{API}/support/fleet/stopped", fleet.get_stopped_devices),
    web.get(f"{API}/support/fleet/rejections", fleet.get_fleet_rejections),
    web.post(f"{API}/sync/push", sync.post_push),
    web.get(f"{API}/sync/pull", sync.get_pull),
    web.post(f"{API}/sync", sync.post_sync),
    web.get(f"{API}/sync/config", sync.get_config),
    web.get(f"{API}/sync/check", sync.get_check),
    web.get(f"{API}/sync/explain", explain.get_explanation),
    web.get(f"{API}/sync/devices", devices.list_devices),
    web.delete(f"{API}/sync/devices/{{id}}", devices.forget_device),
    web.put(f"{API}/sync/devices/{{id}}/push", wakes.put_push_key),
    web.delete(f"{API}/sync/devices/{{id}}/push", wakes.delete_push_key),
    web.post(f"{API}/sync/stream-ticket", post_stream_ticket),
    web.get(f"{API}/sync/stream", stream),
    web.get(f"{API}/sync/socket", socket),
    web.post(f"{API}/powersync/sync/stream", powersync.post_stream),
    web.get(f"{API}/powersync/write-checkpoint2.json", powersync.get_write_checkpoint),
    web.get(f"{API}/foods/search", catalogue.search_foods),
    web.get(f"{API}/foods/barcode/{{code}}", catalogue.get_food_by_barcode),
    web.get(f"{API}/exercises/search", catalogue.search_exercises),
    web.get(f"{API}/catalogue", catalogue.get_catalogue),
    web.get(f"{API}/catalogue/foods", catalogue.get_foods),
    web.get(f"{API}/catalogue/foods/{{id}}", catalogue.get_food),
    web.get(f"{API}/catalogue/exercises", catalogue.get_exercises),
    web.get(f"{API}/catalogue/exercises/{{id}}", catalogue.get_exercise),
    web.get(f"{API}/trash", history.list_trash),
    web.post(f"{API}/imports", imports.post_import),
    web.post(f"{API}/imports/apple-health", archive_imports.post_apple_health),
    web.post(f"{API}/imports/health-connect", archive_imports.post_health_connect),
    web.get(f"{API}/exports/csv/{{collection}}", exports.get_csv),
    web.get(f"{API}/exports/json/{{collection}}", exports.get_json),
    web.get(f"{API}/exports/food-days", exports.get_food_days),
    web.get(f"{API}/exports/fit/{{id:{UUID_PATTERN}}}", fit_exports.get_fit),
    web.get(f"{API}/exports/strong", exports.get_strong),
    web.get(f"{API}/exports/hevy", exports.get_hevy),
    web.post(f"{API}/ocr/menu", ocr.post_menu),
    web.post(f"{API}/ocr/workout", ocr.post_workout),
    web.post(f"{API}/ocr/label", ocr.post_label),
    web.get(f"{API}/ocr/jobs/{{id}}", ocr.get_job),
    web.delete(f"{API}/ocr/jobs/{{id}}", ocr.delete_job),
    web.get(f"{API}/days", days.get_days),
    web.get(f"{API}/days/{{date}}", days.get_day),
    web.get(f"{API}/days/{{date}}/diet", days.get_day_diet),
    web.post(f"{API}/days/{{date}}/copy", nutrition.copy_day),
    web.post(f"{API}/meals/{{id:{UUID_PATTERN}}}/copy", nutrition.copy_meal),
    web.post(f"{API}/diet-plans/{{id:{UUID_PATTERN}}}/revise", planning.revise_plan),
    web.get(f"{API}/diet-plans/{{id:{UUID_PATTERN}}}/shopping-list", planning.get_shopping_list),
    web.get(f"{API}/exercises/{{id:{UUID_PATTERN}}}/last-time", workouts.get_last_time),
    web.get(f"{API}/programs/{{id:{UUID_PATTERN}}}/next", programs.get_next_workout),
    web.get(f"{API}/progress/weight", progress.get_weight),
    web.get(f"{API}/progress/metrics", progress.get_metrics),
    web.get(f"{API}/progress/diet-adherence", progress.get_diet_adherence),
    web.get(f"{API}/progress/training-volume", progress.get_training_volume),
    web.get(f"{API}/progress/records", progress.get_records),
    web.get(f"{API}/progress/streaks", progress.get_streaks),
    *(route for resource in RESOURCES.values() for route in routes_of_resource(resource)),
)
