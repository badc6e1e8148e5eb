"""Authenticators of passkeys: the platform's WebAuthn API, or a program of its own."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from trackforge_client.device.errors import ClientError
from trackforge_client.device.json_types import Json

PROGRAM_LIMIT_S = 300.0
"""Time for a person to touch a key; the server's challenges hold as long."""


class AuthenticatorFailed(ClientError):
    """Authenticator without a usable response, or a person who declined."""


class Authenticator(Protocol):
    """WebAuthn API in its JSON form; raises AuthenticatorFailed."""

    async def create(self, options: Mapping[str, Json]) -> dict[str, Json]:
        """RegistrationResponseJSON of a new passkey."""

    async def get(self, options: Mapping[str, Json]) -> dict[str, Json]:
        """AuthenticationResponseJSON of a passkey that the options allow."""


class ProgramAuthenticator:
    """Program that gets `{"create": options}` or `{"get": options}` as JSON on standard input.

    It prints the credential as JSON and ends with status 0.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    async def create(self, options: Mapping[str, Json]) -> dict[str, Json]:
        """RegistrationResponseJSON of a new passkey."""
        return await self._run({"create": dict(options)})

    async def get(self, options: Mapping[str, Json]) -> dict[str, Json]:
        """AuthenticationResponseJSON of a passkey that the options allow."""
        return await self._run({"get": dict(options)})

    async def _run(self, request: Mapping[str, Json]) -> dict[str, Json]:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe)
        except OSError as error:
            raise AuthenticatorFailed(f"The authenticator did not start: {error}") from error
        try:
            talk = process.communicate(json.dumps(request).encode())
            output, _ = await asyncio.wait_for(talk, PROGRAM_LIMIT_S)
        except TimeoutError as error:
            raise AuthenticatorFailed("The authenticator took too long.") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _credential(process.returncode, output)


def _credential(status: int | None, output: bytes) -> dict[str, Json]:
    if status != 0:
        raise AuthenticatorFailed(f"The authenticator ended with status {status}.")
    try:
        credential = json.loads(output)
    except ValueError as error:
        raise AuthenticatorFailed("The authenticator printed no JSON.") from error
    if not isinstance(credential, dict):
        raise AuthenticatorFailed("The authenticator printed no credential.")
    return credential
