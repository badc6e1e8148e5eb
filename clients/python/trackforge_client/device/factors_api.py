"""Second factors of a device's account, and identities of providers that sign in to it."""

from collections.abc import Mapping

from trackforge_client.device.account_api import AccountApi, entries
from trackforge_client.device.authenticator import Authenticator, AuthenticatorFailed
from trackforge_client.device.errors import SecondFactorRequired
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import email_of


class FactorsApi(AccountApi):
    """Account of a device with authenticator app, passkeys and identities of providers."""

    async def login_second(self, needed: SecondFactorRequired, code: str) -> None:
        """Completes a sign-in with a code of the authenticator app, or a recovery code.

        Raises RequestRejected: `invalid_code`, or `invalid_challenge` after five minutes.
        """
        body: dict[str, Json] = {"challenge": needed.challenge, "code": code}
        await self._sign_in("/auth/login/second", body, needed.email)

    async def login_passkey(
        self, needed: SecondFactorRequired, authenticator: Authenticator
    ) -> None:
        """Completes a sign-in with a passkey of the account; raises AuthenticatorFailed.

        Raises RequestRejected: `invalid_passkey`, or `invalid_challenge` after five minutes.
        """
        if needed.passkey_options is None:
            raise AuthenticatorFailed("The account has no passkey.")
        credential = await authenticator.get(needed.passkey_options)
        body: dict[str, Json] = {"challenge": needed.challenge, "credential": credential}
        await self._sign_in("/auth/login/second", body, needed.email)

    async def oidc_providers(self) -> list[dict[str, Json]]:
        """Providers that sign in to this server: name, issuer and client ids."""
        response = await self.session.public_call("GET", "/auth/oidc/providers")
        return entries(response, "providers")

    async def login_with(self, provider: str, id_token: str, nonce: str) -> None:
        """Signs in with an ID token of an OpenID Connect provider; an unknown one gets an account.

        Raises RequestRejected: `invalid_id_token`, or `email_taken` if an account has the address
        already, which `login` and then `link_identity` link; and SecondFactorRequired.
        """
        body: dict[str, Json] = {"provider": provider, "id_token": id_token, "nonce": nonce}
        if self.name:
            body["device_name"] = self.name
        await self._sign_in("/auth/oidc", body, email_of(id_token))

    async def login_with_code(
        self, provider: str, code: str, code_verifier: str, redirect_uri: str, nonce: str
    ) -> None:
        """Signs in with the authorization code of a page (PKCE), which the server exchanges.

        Raises RequestRejected and SecondFactorRequired as `login_with`.
        """
        body: dict[str, Json] = {
            "provider": provider, "code": code, "code_verifier": code_verifier,
            "redirect_uri": redirect_uri, "nonce": nonce,
        }  # fmt: skip
        if self.name:
            body["device_name"] = self.name
        await self._sign_in("/auth/oidc/code", body, "")

    async def totp_status(self) -> dict[str, Json]:
        """`{enabled, recovery_codes_left}` of the authenticator app."""
        return await self._result("GET", "/auth/totp")

    async def begin_totp(self) -> dict[str, Json]:
        """`{secret, uri}` for an authenticator app; `confirm_totp` enables it.

        Raises RequestRejected: `recent_login_required`, or `second_factor_exists`.
        """
        return await self._result("POST", "/auth/totp")

    async def confirm_totp(self, code: str) -> list[str]:
        """Recovery codes; enables the second factor and signs out other devices."""
        return _recovery_codes(await self._result("POST", "/auth/totp/confirm", {"code": code}))

    async def new_recovery_codes(self, code: str) -> list[str]:
        """Recovery codes that replace the earlier ones; raises RequestRejected (`invalid_code`)."""
        path = "/auth/totp/recovery-codes"
        return _recovery_codes(await self._result("POST", path, {"code": code}))

    async def remove_totp(self, code: str) -> None:
        """Removes the second factor; raises RequestRejected (`invalid_code`)."""
        await self.session.call("DELETE", "/auth/totp", dump({"code": code}).encode())

    async def passkeys(self) -> list[dict[str, Json]]:
        """Passkeys of the account: id, name, time of creation and of the last use."""
        return entries(await self.session.call("GET", "/auth/passkeys"), "passkeys")

    async def add_passkey(self, authenticator: Authenticator, name: str = "") -> list[str]:
        """Recovery codes if it is the first second factor, else none; adds a passkey.

        Needs a sign-in within 15 minutes. Raises AuthenticatorFailed, or RequestRejected:
        `recent_login_required`, `passkey_exists`, `quota_exceeded`, `passkeys_unavailable`.
        """
        options = await self._result("POST", "/auth/passkeys/options")
        body: dict[str, Json] = {"credential": await authenticator.create(options)}
        if name:
            body["name"] = name
        return _recovery_codes(await self._result("POST", "/auth/passkeys/confirm", body))

    async def remove_passkey(self, id: str) -> None:
        """Removes a passkey, soon after a sign-in; raises RequestRejected (`not_found`)."""
        await self.session.call("DELETE", f"/auth/passkeys/{id}")

    async def link_identity(self, provider: str, id_token: str, nonce: str) -> None:
        """Links an identity of a provider to this account, soon after a sign-in.

        Raises RequestRejected: `recent_login_required`, or `identity_taken`.
        """
        body: dict[str, Json] = {"provider": provider, "id_token": id_token, "nonce": nonce}
        await self.session.call("POST", "/auth/oidc/identities", dump(body).encode())

    async def identities(self) -> list[dict[str, Json]]:
        """Identities that sign in to this account: provider, email, time of the link."""
        return entries(await self.session.call("GET", "/auth/oidc/identities"), "identities")

    async def unlink_identity(self, provider: str) -> None:
        """Unlinks the identity of a provider, soon after a sign-in; raises RequestRejected."""
        await self.session.call("DELETE", f"/auth/oidc/identities/{provider}")


def _recovery_codes(body: Mapping[str, Json]) -> list[str]:
    codes = body.get("recovery_codes")
    return [str(it) for it in codes] if isinstance(codes, list) else []
