"""Settings of the server: one flat dataclass, read once from the environment."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from aiohttp import web

from sync_server.config.environment import read_environment
from sync_server.config.oidc_providers import ClientSecrets, OidcProviders
from sync_server.config.parsing import Networks, Origins, Workers, setting
from sync_server.config.passkey_origins import PasskeyOrigins
from sync_server.config.rate_limits import Limit

KIB, MIB, DAY_S = 1024, 1024 * 1024, 86_400
LOG_LEVELS = ("debug", "info", "warning", "error")
OCR_PROVIDERS = ("rapidocr", "mock")
SECOND_FACTORS = ("staff", "nobody")
RATE = ", as amount/seconds; 0: no limit"


@dataclass(frozen=True, slots=True)
class Config:
    """Settings by name; the environment variable of a setting is its name in capitals.

    Durations ending in `_s` are seconds, sizes ending in `_bytes` are bytes.
    """

    # Addresses, stores and keys
    host: str = setting("127.0.0.1", "Address to listen on")
    port: int = setting(8000, "Port to listen on", 0, 65535)
    workers: Workers = setting(
        Workers(1), "Server processes on the port; auto: one per core. SIGHUP replaces them"
    )
    data_dir: Path = setting(Path(".data"), "Directory of the private database and keys")
    log_level: str = setting("info", "debug, info, warning or error", choices=LOG_LEVELS)
    database_url: str = setting("", "PostgreSQL 15-18; empty: a private one under DATA_DIR")
    migration_database_url: str = setting(
        "", "The same database with its owner, for migrations; empty: DATABASE_URL"
    )
    redis_url: str = setting("", "Valkey or Redis 7; empty: a private one under DATA_DIR")
    secret_keys: Mapping[str, bytes] = field(
        default_factory=dict,
        repr=False,
        metadata={
            "description": "Token keys as `kid:base64url,kid:base64url`; the first one signs",
            "validate": [],
        },
    )

    # Tokens and passwords
    token_issuer: str = setting("trackforge", "`iss` of access tokens")
    token_audience: str = setting("trackforge", "`aud` of access tokens")
    access_token_lifetime_s: int = setting(900, "Lifetime of an access token", 1)
    refresh_token_lifetime_s: int = setting(7 * DAY_S, "Lifetime of a refresh token", 1)
    session_lifetime_days: int = setting(90, "Maximum lifetime of a session", 1)
    argon2_time_cost: int = setting(2, "Argon2id passes", 1)
    argon2_memory_kib: int = setting(19_456, "Argon2id memory, KiB", 8)
    argon2_parallelism: int = setting(1, "Argon2id lanes", 1)

    second_factor: str = setting(
        "",
        "Whose sessions need a second factor: staff (support and admin; without it they have the "
        "scopes of a user), or nobody; empty: staff, with private stores nobody",
        choices=("", *SECOND_FACTORS),
    )

    passkey_rp_id: str = setting(
        "",
        "Domain of passkeys (their relying party id), such as example.com; empty: no passkeys, "
        "with private stores localhost",
    )
    passkey_origins: PasskeyOrigins = setting(
        PasskeyOrigins(()),
        "Origins whose passkeys count, comma-separated: `https://app.example.com`, "
        "`android:apk-key-hash:…`; empty: https of PASSKEY_RP_ID",
    )

    oidc_providers: OidcProviders = setting(
        (),
        "OpenID Connect providers to sign in with: `google=https://accounts.google.com|client-id-1,"
        "client-id-2;apple=https://appleid.apple.com|com.example.app`",
    )
    oidc_client_secrets: ClientSecrets = field(
        default_factory=ClientSecrets,
        metadata={
            "description": "Secrets of the client ids of pages whose provider wants one: "
            "`client-id=secret;client-id-2=secret`",
            "validate": [],
        },
    )
    oidc_keys_lifetime_s: float = setting(3600.0, "Lifetime of cached keys of a provider", 1)

    # Mails
    smtp_url: str = setting(
        "",
        "SMTP server: smtp://user:password@host:587 (STARTTLS) or smtps://…:465 (TLS); "
        "empty: mails are files in DATA_DIR/outbox",
    )
    smtp_timeout_s: float = setting(20.0, "Timeout of the SMTP server", 0.01)
    mail_from: str = setting("TrackForge <no-reply@localhost>", "Sender of mails")
    mail_link_url: str = setting(
        "trackforge://account",
        "Base of the links in mails, a page or an app: BASE/verify-email?token=… and "
        "BASE/reset-password?token=…",
    )
    mail_retry_s: float = setting(
        5.0, "Pause before a failed mail is sent again; then 4 and 16 times as long", 0.01
    )
    email_verification_required: bool = setting(
        False,
        "Demand a verified e-mail address for everything but the account itself; a new address "
        "then replaces the old one only when its link is opened",
    )

    # Sizes of requests and pages
    push_max_changes: int = setting(1000, "Maximum changes in one push", 1)
    push_max_bytes: int = setting(4 * MIB, "Maximum size of a push's body, decompressed", 1)
    record_max_bytes: int = setting(64 * KIB, "Maximum size of one record's data", 1)
    import_max_bytes: int = setting(10 * MIB, "Maximum size of a file to import", 1)
    import_archive_max_bytes: int = setting(
        2048 * MIB, "Maximum size of an Apple Health export, as it is sent", 1
    )
    import_max_rows: int = setting(100_000, "Maximum rows of a file to import", 1)
    import_time_limit_s: float = setting(60.0, "Timeout of one import", 0.01)
    import_archive_time_limit_s: float = setting(
        900.0, "Timeout of sending an Apple Health export, and of importing it", 0.01
    )
    json_max_depth: int = setting(16, "Maximum nesting of a body's JSON", 1, 500)
    pull_max_limit: int = setting(5000, "Maximum records in a page of a pull", 1)
    pull_default_limit: int = setting(500, "Default records in a page of a pull", 1)

    # Quotas of an account
    quota_records: int = setting(1_000_000, "Maximum records of an account", 1)
    quota_bytes: int = setting(1024 * MIB, "Maximum size of an account's records", 1)
    quota_rejected_changes: int = setting(
        1000, "Rejected changes kept of an account; the oldest are deleted", 1
    )
    quota_sessions: int = setting(100, "Sessions of an account; the longest unused are ended", 1)
    quota_devices: int = setting(
        1000, "Devices whose state is kept of an account; the longest unseen are forgotten", 1
    )

    # Retention
    tombstone_retention_days: int = setting(180, "Retention of tombstones (deleted records)", 1)
    offer_days: int = setting(
        180, "Days after a restore in which devices may offer what the backup lacks", 0
    )
    idempotency_retention_hours: int = setting(48, "Retention of responses for replays", 24)
    history_retention_days: int = setting(
        30, "Retention of overwritten and deleted values; 0: none are stored", 0
    )
    rejected_retention_days: int = setting(30, "Retention of rejected changes", 1)
    audit_retention_days: int = setting(365, "Retention of the audit trail", 1)
    cleanup_interval_s: float = setting(3600.0, "Interval between clean-ups", 0.01)

    # Backups of the private database
    backup_interval_hours: int = setting(
        24, "Interval between backups of the private database into DATA_DIR/backups; 0: none", 0
    )
    backup_keep: int = setting(7, "Number of backups that stay in DATA_DIR/backups", 1)
    backup_recipient: str = setting(
        "", "Public key (age1…) for which backups are encrypted; empty: not encrypted"
    )

    # PostgreSQL
    database_pool_size: int = setting(10, "PostgreSQL connections of one process", 1)
    row_level_security: bool = setting(
        True, "Row-level security in PostgreSQL for each user (docs/decisions/0006)"
    )
    database_timeout_s: float = setting(5.0, "Timeout of a statement", 0.01)
    acquire_timeout_s: float = setting(2.0, "Timeout of waiting for a free connection", 0.01)
    statement_cache_size: int = setting(
        1024, "Prepared statements per connection; 0 under PgBouncer", 0
    )

    # Connections of clients
    head_timeout_s: float = setting(10.0, "Timeout of receiving a request's headers", 0.01)
    body_timeout_s: float = setting(30.0, "Timeout of receiving a request's body", 0.01)
    keepalive_timeout_s: float = setting(75.0, "Timeout of an idle connection", 0.01)
    send_timeout_s: float = setting(60.0, "Timeout of a client that does not read", 0.01)
    max_connections: int = setting(
        10_000, "Maximum connections of one process; above it, the idlest is closed", 1
    )
    user_writes: int = setting(2, "Writes of one user at work at once, in one process", 1)
    user_reads: int = setting(4, "Reads of one user at work at once, in one process", 1)
    user_queue: int = setting(
        32, "Requests of one user that wait for these, of each kind; above: 429", 0
    )
    user_queue_timeout_s: float = setting(10.0, "Timeout of this wait; after it: 429", 0.01)
    stream_keepalive_s: float = setting(15.0, "Interval between a stream's comments", 0.01)
    drain_delay_s: float = setting(
        0.5, "Time after SIGTERM when readiness is 503 and connections are still accepted", 0
    )
    drain_timeout_s: float = setting(10.0, "Timeout of open requests after SIGTERM", 0)
    trusted_proxies: Networks = setting(
        (), "Networks of proxies whose X-Forwarded-For is trusted, comma-separated"
    )
    cors_origins: Origins = setting(
        (),
        "Origins of pages that may call the API, comma-separated; * is any, `http://localhost:*` "
        "any port; empty: none, or with private stores the pages of this machine",
    )

    # Rate limits
    rate_limit_login_ip: Limit = setting(
        Limit(300, 900), "Failed log-ins from one address", unit=RATE
    )
    rate_limit_login_account: Limit = setting(
        Limit(20, 900), "Failed log-ins to one e-mail from one address", unit=RATE
    )
    rate_limit_login_account_all: Limit = setting(
        Limit(300, 900), "Failed log-ins to one e-mail from unknown addresses", unit=RATE
    )
    rate_limit_register_ip: Limit = setting(
        Limit(5000, 3600), "Registrations from one address", unit=RATE
    )
    rate_limit_register_account: Limit = setting(
        Limit(100, 3600), "Registrations of one e-mail", unit=RATE
    )
    rate_limit_refresh_family: Limit = setting(Limit(60, 60), "Refreshes of one session", unit=RATE)
    rate_limit_password_account: Limit = setting(
        Limit(20, 900), "Failed re-authentications of one user", unit=RATE
    )
    rate_limit_reset_ip: Limit = setting(
        Limit(1000, 3600), "Requests for a password reset from one address", unit=RATE
    )
    rate_limit_reset_account: Limit = setting(
        Limit(10, 3600), "Requests for a password reset of one e-mail", unit=RATE
    )
    rate_limit_verification_account: Limit = setting(
        Limit(10, 3600), "Verification mails requested by one user", unit=RATE
    )
    rate_limit_second_factor: Limit = setting(
        Limit(10, 3600), "Wrong codes of a second factor of one user", unit=RATE
    )
    rate_limit_push_changes: Limit = setting(
        Limit(300_000, 60), "Changes pushed by one user", unit=RATE
    )
    rate_limit_pull_requests: Limit = setting(Limit(1200, 60), "Pulls of one user", unit=RATE)
    rate_limit_search: Limit = setting(
        Limit(300, 60), "Searches of foods and exercises by one user", unit=RATE
    )
    rate_limit_ocr: Limit = setting(Limit(10, 3600), "Images sent by one user", unit=RATE)
    rate_limit_export: Limit = setting(Limit(10, 3600), "Exports of one user", unit=RATE)

    # Reading images (OCR) and uploads
    ocr_provider: str = setting(
        "", "OCR engine: rapidocr, mock (sample texts); empty: rapidocr where it is installed",
        choices=("", *OCR_PROVIDERS),
    )  # fmt: skip
    ocr_processes: int = setting(1, "Images read in parallel; 0: only by `worker` processes", 0, 64)
    ocr_time_limit_s: float = setting(30.0, "Timeout of reading one image", 0.01)
    ocr_decode_time_limit_s: float = setting(10.0, "Timeout of decoding an upload", 0.01)
    ocr_wait_s: float = setting(60.0, "Timeout of a request that waits for its image", 0.01)
    ocr_max_waiting: int = setting(16, "Maximum images that requests wait for; above: 503", 1)
    ocr_max_jobs: int = setting(1000, "Maximum jobs in the queue; above: 503", 1)
    ocr_lease_s: float = setting(30.0, "Lease of a job; expired leases go to other workers", 0.1)
    ocr_retention_hours: int = setting(24, "Retention of images and of their results", 1)
    ocr_max_bytes: int = setting(10 * MIB, "Maximum size of an image", 1)
    ocr_max_pixels: int = setting(50_000_000, "Maximum pixels of an image", 1)
    ocr_quota_bytes: int = setting(100 * MIB, "Maximum size of one user's stored images", 1)
    uploads_url: str = setting(
        "", "File store of uploads: s3://bucket/prefix; empty: DATA_DIR/uploads"
    )
    s3_endpoint_url: str = setting(
        "", "URL of an S3-compatible server; empty: AWS. Credentials come from AWS_… variables"
    )
    s3_timeout_s: float = setting(10.0, "Timeout of the S3 server", 0.01)

    @classmethod
    def from_environment(cls) -> Self:
        """Settings of this process; raises ConfigError with every invalid variable."""
        return cls(**read_environment(cls))

    @property
    def owner_url(self) -> str:
        """URL of the database with its owner, for migrations."""
        return self.migration_database_url or self.database_url

    def log_level_number(self) -> int:
        """Level as a number of the logging module."""
        return logging.getLevelNamesMapping()[self.log_level.upper()]


CONFIG: web.AppKey[Config] = web.AppKey("config", Config)
