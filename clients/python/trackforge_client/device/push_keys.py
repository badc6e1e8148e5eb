"""Push key of a device: where a push service wakes its app up in the background."""

from collections.abc import Mapping

from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.factors_api import FactorsApi
from trackforge_client.device.json_types import Json
from trackforge_client.device.wire import document


class PushKeyApi(FactorsApi):
    """Account of a device with its push key."""

    async def push_config(self) -> dict[str, Json]:
        """`{kinds, vapid_public_key}`: push services of the server, for `set_push_key`."""
        response = await self.session.public_call("GET", "/sync/config")
        try:
            push = document(response.body).get("push")
        except ValueError as error:
            raise invalid_response(response, error) from error
        return push if isinstance(push, dict) else {}

    async def set_push_key(self, key: Mapping[str, Json]) -> dict[str, Json]:
        """State of the stored key: a push service wakes this device up while it is behind.

        `key` is `{kind, endpoint, keys}` of a subscription (`webpush`, `unifiedpush`), or `{kind,
        token}` (`fcm`, `apns`). It ends with this sign-in; set it at each start of the app. Its
        messages have no contents: call `wake` when one arrives. Raises RequestRejected
        (`push_unavailable`).
        """
        return await self._result("PUT", f"/sync/devices/{self.id}/push", dict(key))

    async def delete_push_key(self) -> None:
        """Deletes the key: this device is woken up no more. Raises RequestRejected."""
        await self.session.call("DELETE", f"/sync/devices/{self.id}/push")
