"""Settings: all of them read, all that is wrong told at once, nothing secret repeated."""

import base64
from dataclasses import fields, replace
from pathlib import Path

import pytest

from sync_server.config.environment import SECRETS, ConfigError
from sync_server.config.parsing import parse_secret_keys
from sync_server.config.push_services import new_vapid_key
from sync_server.config.settings import SETTINGS, Config
from tests.support.push_service import ApnsService, FcmService

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
WEAK = base64.urlsafe_b64encode(b"secret" * 8).decode()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name.upper(), raising=False)


def test_every_setting_has_a_default_that_the_environment_agrees_with() -> None:
    assert Config.from_environment() == Config()


def test_settings_are_read_with_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("DATA_DIR", "/srv/tf")
    monkeypatch.setenv("ACQUIRE_TIMEOUT_S", "0.5")
    monkeypatch.setenv("SECRET_KEYS", f"new:{KEY}, old:{KEY}")
    config = Config.from_environment()
    assert (config.serving.port, config.stores.data_dir, config.stores.acquire_timeout_s) == (
        8123,
        Path("/srv/tf"),
        0.5,
    )
    assert list(config.auth.secret_keys) == ["new", "old"]


def test_an_origin_may_have_any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example.com, http://localhost:*")
    assert Config.from_environment().serving.cors_origins == (
        "https://app.example.com",
        "http://localhost:*",
    )


def test_all_problems_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {
        "PORT": "eighty",
        "PUSH_MAX_CHANGES": "0",
        "LOG_LEVEL": "loud",
        "DATABASE_URL": "mysql://localhost/x",
        "REDIS_URL": "redis://localhost:port/0",
        "SECRET_KEYS": "main:c2hvcnQ",
    }
    for name, value in bad.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        Config.from_environment()
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == sorted(bad)


def test_a_secret_key_is_never_repeated() -> None:
    assert KEY not in repr(Config().changed(secret_keys={"main": KEY.encode()}))
    with pytest.raises(ValueError, match="base64url") as caught:
        parse_secret_keys(f"main:{KEY}!")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["main", ":" + KEY, f"a:{KEY},a:{KEY}", "a:", "a:\u0661", f"a:{WEAK}"]
)
def test_malformed_keys_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_secret_keys(text)


def test_secrets_may_be_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name.upper(), raising=False)
    contents = {
        "database_url": "postgresql://app:secret@db/trackforge",
        "migration_database_url": "postgresql://owner:secret@db/trackforge",
        "database_replica_url": "postgresql://app:secret@standby/trackforge",
        "redis_url": "redis://:secret@cache/0",
        "secret_keys": f"main:{KEY}",
        "smtp_url": "smtp://user:secret@mail:25",
        "oidc_client_secrets": "client-id=secret",
        "log_id_key": "a key",
        "vapid_private_key": new_vapid_key(),
        "fcm_credentials": FcmService("http://127.0.0.1:1").credentials,
        "apns_key": ApnsService().key.strip(),
        "apns_key_id": "KEY1234567",
        "apns_team_id": "TEAM123456",
        "apns_bundle_id": "com.example.app",
    }
    assert contents.keys() == set(SECRETS)
    for name, content in contents.items():
        (tmp_path / name).write_text(content + "\n")
        monkeypatch.setenv(f"{name.upper()}_FILE", str(tmp_path / name))
    config = Config.from_environment()
    assert config.stores.database_url == contents["database_url"]
    assert config.auth.secret_keys == {"main": bytes(range(32))}
    assert config.mail.smtp_url == contents["smtp_url"]
    assert config.auth.oidc_client_secrets == {"client-id": "secret"}
    pushes = [name for name in contents if hasattr(config.wakes, name)]
    assert {name: config.value(name) for name in pushes} == {it: contents[it] for it in pushes}
    assert len(pushes) == 6


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("DATABASE_URL_FILE", None, "DATABASE_URL_FILE: Cannot be read: FileNotFoundError."),
        ("DATABASE_URL_FILE", b"mysql://secret", "DATABASE_URL: Must begin with"),
        ("SECRET_KEYS_FILE", b"main:secret", "SECRET_KEYS: The key 'main' is"),
        ("REDIS_URL_FILE", b"\xff", "REDIS_URL_FILE: Cannot be read: UnicodeDecodeError."),
    ],
)
def test_a_file_of_a_secret_is_checked_without_showing_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: bytes | None,
    problem: str,
) -> None:
    monkeypatch.delenv(name.removesuffix("_FILE"), raising=False)
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    monkeypatch.setenv(name, str(tmp_path / "file"))
    with pytest.raises(ConfigError) as caught:
        Config.from_environment()
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value).replace("SECRET", "")


def test_a_secret_comes_from_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("redis://one/0")
    monkeypatch.setenv("REDIS_URL", "redis://two/0")
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="REDIS_URL_FILE: Cannot be set together"):
        Config.from_environment()


def test_a_setting_is_in_one_part() -> None:
    config = Config()
    names = [it.name for part in fields(config) for it in fields(getattr(config, part.name))]
    assert sorted(names) == sorted(SETTINGS)


def test_changes_go_to_the_part_that_has_the_setting() -> None:
    config = Config().changed(port=1, smtp_url="smtp://mail:25")
    assert config == replace(
        Config(),
        serving=replace(Config().serving, port=1),
        mail=replace(Config().mail, smtp_url="smtp://mail:25"),
    )
    with pytest.raises(KeyError):
        Config().changed(prot=1)
