"""Links in mails: password reset, verification of an address, change of address, notices."""

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.mail.mailer import MAILER
from sync_server.maintenance.retention import cleanup
from sync_server.store.postgres import Pool
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.support.client import Client
from tests.support.mailbox import Mailbox, files_of, open_mailbox, text_of, token_of
from tests.support.metrics import metric

NEW = "staple battery horse"


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with open_mailbox() as opened:
        yield opened


@pytest.fixture
def mailing(config: Config, mailbox: Mailbox) -> Config:
    """Settings with the mailbox's SMTP server, and links to a page."""
    return config.changed(
        smtp_url=mailbox.url,
        mail_from="TrackForge <no-reply@example.com>",
        mail_link_url="https://app.example.com/account",
        mail_retry_s=0.01,
    )


@pytest.fixture
async def mail_server(mailing: Config) -> AsyncIterator[Server]:
    async with running(mailing) as started:
        yield started


@pytest.fixture
async def demanding_server(mailing: Config) -> AsyncIterator[Server]:
    async with running(mailing.changed(email_verification_required=True)) as started:
        yield started


async def registered(server: Server) -> Client:
    person = Client(server.base_url)
    await person.register()
    return person


async def second_device(person: Client) -> Client:
    other = Client(person.base_url)
    other.email, other.password = person.email, person.password
    await other.login()
    return other


async def reset_token(person: Client, mailbox: Mailbox) -> str:
    count = len(mailbox.messages)
    forgotten = {"email": person.email}
    assert (await person.call("POST", "/auth/password/forgot", forgotten))[0] == 202
    async with asyncio.timeout(10):
        while len(mailbox.messages) == count:
            await asyncio.sleep(0.02)
    return token_of(await mailbox.wait_for("Reset", person.email))


async def reset(person: Client, token: str, password: str = NEW) -> tuple[int, str]:
    body = {"token": token, "password": password}
    response = await person.send("POST", "/auth/password/reset", body)
    return response.status, "" if response.status == 204 else response.code


async def verify(person: Client, token: str) -> tuple[int, str]:
    response = await person.send("POST", "/auth/email/verify", {"token": token})
    return response.status, "" if response.status == 204 else response.code


async def test_a_forgotten_password_is_replaced_and_all_sessions_end(
    mail_server: Server, mailbox: Mailbox
) -> None:
    person = await registered(mail_server)
    tablet = await second_device(person)
    sent = metric("trackforge_mails_total", mail="reset_password", outcome="sent")
    token = await reset_token(person, mailbox)
    assert await reset(person, token) == (204, "")
    for device in (person, tablet):
        assert (await device.call("GET", "/users/me"))[0] == 401
        assert (await device.refresh(device.tokens["refresh_token"]))[0] == 401
    old = {"email": person.email, "password": person.password}
    assert (await person.call("POST", "/auth/login", old))[0] == 401
    person.password = NEW
    await person.login()
    notice = await mailbox.wait_for("password was changed", person.email)
    assert metric("trackforge_mails_total", mail="reset_password", outcome="sent") == sent + 1
    assert "token=" not in text_of(notice)
    # The mail was read at this address.
    assert (await person.call("GET", "/users/me"))[1]["email_verified"] is True


async def test_a_link_works_once_also_at_once(mail_server: Server, mailbox: Mailbox) -> None:
    person = await registered(mail_server)
    token = await reset_token(person, mailbox)
    outcomes = await asyncio.gather(*(reset(person, token) for _ in range(5)))
    assert sorted(outcomes) == [(204, ""), *[(400, "invalid_link")] * 4]
    assert await reset(person, token) == (400, "invalid_link")


async def test_a_used_link_makes_the_others_void(mail_server: Server, mailbox: Mailbox) -> None:
    person = await registered(mail_server)
    first, second = [await reset_token(person, mailbox) for _ in range(2)]
    assert first != second
    assert (await reset(person, first))[0] == 204
    assert await reset(person, second, "another good one 9") == (400, "invalid_link")


async def test_a_change_of_password_or_address_makes_reset_links_void(
    mail_server: Server, mailbox: Mailbox
) -> None:
    person = await registered(mail_server)
    token = await reset_token(person, mailbox)
    change = {"password": person.password, "new_password": NEW}
    assert (await person.call("PUT", "/users/me/password", change))[0] == 204
    assert await reset(person, token) == (400, "invalid_link")
    token = await reset_token(person, mailbox)
    change = {"password": NEW, "email": f"{uuid.uuid4()}@example.org"}
    assert (await person.call("PUT", "/users/me/email", change))[0] == 200
    assert await reset(person, token) == (400, "invalid_link")


async def test_an_expired_link_is_rejected_and_deleted(
    mail_server: Server, mailbox: Mailbox, pool: Pool, mailing: Config
) -> None:
    person = await registered(mail_server)
    token = await reset_token(person, mailbox)
    lifetime = await pool.fetchval(
        "SELECT expires_at - created_at FROM email_links WHERE user_id = $1", person.user_id
    )
    assert lifetime == timedelta(hours=1)
    await pool.execute(
        "UPDATE email_links SET expires_at = now() WHERE user_id = $1", person.user_id
    )
    assert await reset(person, token) == (400, "invalid_link")
    await cleanup(pool, mailing, datetime.now(UTC))
    links = "SELECT count(*) FROM email_links WHERE user_id = $1"
    assert await pool.fetchval(links, person.user_id) == 0


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 512, "A" * 64])
async def test_a_token_of_no_link_is_rejected(server: Server, token: str) -> None:
    person = Client(server.base_url)
    assert await reset(person, token) == (400, "invalid_link")
    assert await verify(person, token) == (400, "invalid_link")


async def test_a_token_is_of_its_purpose_only(mail_server: Server, mailbox: Mailbox) -> None:
    person = await registered(mail_server)
    token = await reset_token(person, mailbox)
    assert await verify(person, token) == (400, "invalid_link")
    assert (await person.call("POST", "/auth/email/verification"))[0] == 202
    verification = token_of(await mailbox.wait_for("Confirm"))
    assert await reset(person, verification) == (400, "invalid_link")
    refresh = person.tokens["refresh_token"]
    assert await reset(person, refresh) == (400, "invalid_link")
    assert (await person.refresh(token))[1]["code"] == "invalid_refresh_token"


async def test_a_weak_password_is_rejected_and_uses_nothing_up(
    mail_server: Server, mailbox: Mailbox
) -> None:
    person = await registered(mail_server)
    token = await reset_token(person, mailbox)
    assert await reset(person, token, "password") == (422, "invalid_request")
    assert (await reset(person, token))[0] == 204


async def test_only_hashes_of_tokens_are_stored(
    mail_server: Server, mailbox: Mailbox, pool: Pool
) -> None:
    person = await registered(mail_server)
    token = await reset_token(person, mailbox)
    (row,) = await pool.fetch("SELECT * FROM email_links WHERE user_id = $1", person.user_id)
    assert token not in str(dict(row))
    assert token.encode() not in row["hash"]


async def test_an_unknown_address_gets_the_response_of_a_known_one(
    mail_server: Server, mailbox: Mailbox
) -> None:
    person = await registered(mail_server)
    # Whatever happens after the response does not show in its time.
    mailbox.delay_s = 3
    started = time.perf_counter()
    responses = [
        await person.send("POST", "/auth/password/forgot", {"email": email})
        for email in (person.email, f"{uuid.uuid4()}@example.com", "no address", "nul\0")
    ]
    assert time.perf_counter() - started < 3
    own = ("date", "x-request-id", "ratelimit")
    seen = {
        (it.status, it.body, *sorted(i for i in it.headers.items() if i[0].lower() not in own))
        for it in responses
    }
    assert len(seen) == 1
    assert {it.status for it in responses} == {202}
    mailbox.delay_s = 0
    await mailbox.wait_for("Reset", person.email)
    assert len(mailbox.messages) == 1


async def test_requests_for_a_reset_are_limited_by_address_and_by_email(mailing: Config) -> None:
    limits = mailing.changed(
        rate_limit_reset_account=Limit(2, 60), rate_limit_reset_ip=Limit(4, 60)
    )
    async with running(limits) as server:
        person = Client(server.base_url)

        async def forgotten(email: str) -> int:
            return (await person.call("POST", "/auth/password/forgot", {"email": email}))[0]

        assert [await forgotten("a@example.com") for _ in range(3)] == [202, 202, 429]
        assert [await forgotten(f"{n}@example.com") for n in range(3)] == [202, 202, 429]


async def test_an_address_is_verified_by_its_link(
    mail_server: Server, mailbox: Mailbox, pool: Pool
) -> None:
    person = await registered(mail_server)
    assert (await person.call("GET", "/users/me"))[1]["email_verified"] is False
    assert (await person.call("POST", "/auth/email/verification"))[0] == 202
    token = token_of(await mailbox.wait_for("Confirm", person.email))
    assert await verify(Client(mail_server.base_url), token) == (204, "")
    assert (await person.call("GET", "/users/me"))[1]["email_verified"] is True
    assert await verify(person, token) == (400, "invalid_link")
    assert (await person.call("POST", "/auth/email/verification"))[0] == 202
    actions = await pool.fetch("SELECT action FROM audit WHERE user_id = $1", person.user_id)
    assert sorted(row["action"] for row in actions) == ["email_verified", "registered"]
    await asyncio.sleep(0.2)
    assert len(mailbox.messages) == 1


async def test_verification_mails_need_a_session_and_are_limited(mail_server: Server) -> None:
    stranger, person = Client(mail_server.base_url), await registered(mail_server)
    assert (await stranger.call("POST", "/auth/email/verification"))[0] == 401
    statuses = [(await person.call("POST", "/auth/email/verification"))[0] for _ in range(11)]
    assert statuses == [202] * 10 + [429]


async def test_a_changed_address_is_unverified_and_both_addresses_get_a_mail(
    mail_server: Server, mailbox: Mailbox
) -> None:
    person = await registered(mail_server)
    old, new = person.email, f"{uuid.uuid4()}@example.org"
    assert (await person.call("POST", "/auth/email/verification"))[0] == 202
    stale = token_of(await mailbox.wait_for("Confirm", old))
    change = {"password": person.password, "email": new}
    status, me = await person.call("PUT", "/users/me/email", change)
    assert (status, me["email"], me["email_verified"]) == (200, new, False)
    await mailbox.wait_for("address was changed", old)
    token = token_of(await mailbox.wait_for("Confirm", new))
    assert await verify(person, stale) == (400, "invalid_link")
    assert await verify(person, token) == (204, "")
    assert (await person.call("GET", "/users/me"))[1]["email_verified"] is True


async def test_where_it_is_demanded_an_unverified_user_may_do_nothing_but_verify(
    demanding_server: Server, mailbox: Mailbox
) -> None:
    person = await registered(demanding_server)
    token = token_of(await mailbox.wait_for("Confirm", person.email))
    for path in ("/sync/pull", "/foods", "/days/2026-11-23", "/users/me/export"):
        status, problem = await person.call("GET", path)
        assert (status, problem["code"]) == (403, "email_unverified")
    for path in ("/users/me", "/auth/sessions"):
        assert (await person.call("GET", path))[0] == 200
    tablet = await second_device(person)
    assert (await tablet.call("GET", "/foods"))[0] == 403
    assert await verify(person, token) == (204, "")
    status, tokens = await person.refresh(person.tokens["refresh_token"])
    assert status == 200
    person.tokens = tokens
    assert (await person.call("GET", "/sync/pull"))[0] == 200
    await tablet.login()
    assert (await tablet.call("GET", "/sync/pull"))[0] == 200


async def test_where_it_is_demanded_an_address_changes_when_its_link_is_opened(
    demanding_server: Server, mailbox: Mailbox
) -> None:
    person = await registered(demanding_server)
    assert (await verify(person, token_of(await mailbox.wait_for("Confirm"))))[0] == 204
    tablet = await second_device(person)
    old, new = person.email, f"{uuid.uuid4()}@example.org"
    change = {"password": person.password, "email": new}
    status, me = await person.call("PUT", "/users/me/email", change)
    assert (status, me["email"]) == (202, old)
    assert (await tablet.call("GET", "/users/me"))[1]["email"] == old
    token = token_of(await mailbox.wait_for("new e-mail", new))
    assert await verify(Client(person.base_url), token) == (204, "")
    me = (await person.call("GET", "/users/me"))[1]
    assert (me["email"], me["email_verified"]) == (new, True)
    assert (await tablet.call("GET", "/users/me"))[0] == 401
    await mailbox.wait_for("address was changed", old)
    newcomer = Client(person.base_url)
    newcomer.email = old
    await newcomer.register()


async def test_where_it_is_demanded_a_taken_address_is_rejected_before_and_after_the_mail(
    demanding_server: Server, mailbox: Mailbox
) -> None:
    person, other = await registered(demanding_server), await registered(demanding_server)
    change = {"password": person.password, "email": other.email.upper()}
    status, problem = await person.call("PUT", "/users/me/email", change)
    assert (status, problem["code"]) == (409, "email_taken")
    late = f"{uuid.uuid4()}@example.org"
    change = {"password": person.password, "email": late}
    assert (await person.call("PUT", "/users/me/email", change))[0] == 202
    token = token_of(await mailbox.wait_for("new e-mail", late))
    newcomer = Client(person.base_url)
    newcomer.email = late
    await newcomer.register()
    assert await verify(person, token) == (409, "email_taken")
    assert (await person.call("GET", "/users/me"))[1]["email"] == person.email


async def test_a_new_device_is_notified_a_known_one_is_not(
    mail_server: Server, mailbox: Mailbox
) -> None:
    person = await registered(mail_server)
    account = {"email": person.email, "password": person.password}
    for name in ("phone", "<b>tablet</b>\nof Ann", "<b>tablet</b>\nof Ann", "phone"):
        status, _ = await person.call("POST", "/auth/login", account | {"device_name": name})
        assert status == 200
    message = await mailbox.wait_for("new device", person.email)
    assert '"<b>tablet</b> of Ann"' in text_of(message)
    assert "&lt;b&gt;tablet&lt;/b&gt; of Ann" in text_of(message, "html")
    await asyncio.sleep(0.2)
    assert len(mailbox.messages) == 1


async def test_a_message_has_a_text_and_a_page_with_the_link(
    mail_server: Server, mailbox: Mailbox
) -> None:
    person = await registered(mail_server)
    token = await reset_token(person, mailbox)
    message = await mailbox.wait_for("Reset")
    link = f"https://app.example.com/account/reset-password?token={token}"
    assert link in text_of(message).splitlines()
    assert f'<a href="{link}">' in text_of(message, "html")
    assert str(message["From"]) == "TrackForge <no-reply@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"]
    assert message["Message-ID"].endswith("@example.com>")


async def test_an_address_that_looks_like_two_gets_no_second_mail(
    mail_server: Server, mailbox: Mailbox
) -> None:
    person = Client(mail_server.base_url)
    victim = f"{uuid.uuid4()}@example.org"
    person.email = f"{victim},{uuid.uuid4().hex[:8]}@example.com"
    await person.register()
    assert (await person.call("POST", "/auth/password/forgot", {"email": person.email}))[0] == 202
    await mailbox.wait_for("Reset")
    (message,) = mailbox.messages
    assert len(message["To"].addresses) == 1
    assert message["To"].addresses[0].domain == "example.com"


async def test_a_mail_that_fails_is_sent_again(mail_server: Server, mailbox: Mailbox) -> None:
    person = await registered(mail_server)
    mailbox.rejections = ["451 try later", "451 try later"]
    await reset_token(person, mailbox)
    assert mailbox.attempts == 3


async def test_a_mail_that_is_rejected_for_good_is_not_sent_again(
    mail_server: Server, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    person = await registered(mail_server)
    mailbox.rejections = ["550 no such mailbox"]
    assert (await person.call("POST", "/auth/email/verification"))[0] == 202
    await mail_server.app[MAILER].close()
    assert (mailbox.attempts, mailbox.messages) == (1, [])
    said = capsys.readouterr()
    assert person.email.lower() not in (said.out + said.err).lower()


async def test_without_a_server_mails_are_private_files(server: Server, config: Config) -> None:
    person = await registered(server)
    forgotten = {"email": person.email}
    assert (await person.call("POST", "/auth/password/forgot", forgotten))[0] == 202
    outbox = config.stores.data_dir / "outbox"
    (file,) = await files_of(outbox)
    assert (outbox.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    content = file.read_text("ascii")
    # The token can be read without decoding the message.
    (token,) = set(re.findall(r"token=([\w-]+)", content))
    assert f"To: {person.email}" in content
    assert (await reset(person, token))[0] == 204
    await files_of(outbox, 2)


async def test_links_are_part_of_the_export(mail_server: Server, mailbox: Mailbox) -> None:
    person = await registered(mail_server)
    token = await reset_token(person, mailbox)
    lines = (await person.send("GET", "/users/me/export")).body.decode()
    assert '"kind":"email_link","purpose":"reset_password"' in lines
    assert token not in lines
