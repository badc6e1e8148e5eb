"""Settings of limits, proxies and origins: read with their types, refused with a reason."""

from ipaddress import ip_network

import pytest

from sync_server.config.environment import ConfigError
from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config


def test_they_are_read_with_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMIT_OCR", " 5/7200 ")
    monkeypatch.setenv("RATE_LIMIT_EXPORT", "0")
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1,fd00::/8")
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example.com, http://localhost:5173,")
    config = Config.from_environment()
    assert config.rate_limits.rate_limit_ocr == Limit(5, 7200)
    assert config.rate_limits.rate_limit_export.amount == 0
    assert config.serving.trusted_proxies == tuple(
        map(ip_network, ("10.0.0.0/8", "192.0.2.1/32", "fd00::/8"))
    )
    assert config.serving.cors_origins == ("https://app.example.com", "http://localhost:5173")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("RATE_LIMIT_OCR", it) for it in ("5", "", "5/", "5/0", "-5/60", "5/60/60", "5/9999999")),
        *(("RATE_LIMIT_OCR", it) for it in ("9999999999/60", "1.5/60", "five/60", "\u0665/60")),
        *(("TRUSTED_PROXIES", it) for it in ("10.0.0.1/8", "proxy.example", "10.0.0.0/33", "*")),
        *(("CORS_ORIGINS", it) for it in ("app.example.com", "https://app.example.com/", "null")),
        *(("CORS_ORIGINS", it) for it in ("https://*.example.com", "https://a b", "HTTPS://A.B")),
    ],
)
def test_what_cannot_be_meant_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ConfigError) as caught:
        Config.from_environment()
    assert str(caught.value).startswith(f"{name}: ")


def test_a_limit_is_printed_as_it_is_written() -> None:
    for text in ("300/60", "0"):
        assert str(Limit.parse(text)) == text
    assert str(Config().rate_limits.rate_limit_login_account) == "20/900"
