"""Client of the OCR routes; every response is checked against the OpenAPI document."""

import asyncio
import uuid

from jsonschema_rs import Validator, validator_for

from tests.support.client import Client, Json, Response

API = "/api/v1"


class OcrClient(Client):
    """A user who sends images."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._document: Json = {}
        self._made: dict[tuple[str, str, str], list[Validator]] = {}

    async def document(self) -> Json:
        """The OpenAPI document of the server."""
        _, found = await self.call("GET", "/openapi.json")
        return found

    async def send_image(
        self, kind: str, image: bytes, *, name: str = "image", **headers: str
    ) -> Response:
        """POST an image."""
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = head.encode() + image + f"\r\n--{boundary}--\r\n".encode()
        media = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return await self.ask("POST", f"/ocr/{kind}", body, media | headers)

    async def send_async(self, kind: str, image: bytes) -> Json:
        """POST an image without waiting; the job."""
        answer = await self.send_image(kind, image, Prefer="respond-async")
        assert answer.status == 202, answer
        job: Json = answer.json
        return job

    async def job(self, id: str, method: str = "GET") -> Response:
        """A job as it is now."""
        return await self.ask(method, f"/ocr/jobs/{id}", None, {})

    async def ended(self, id: str) -> Json:
        """A job once it has ended."""
        async with asyncio.timeout(60):
            while (job := (await self.job(id)).json)["state"] in ("queued", "reading"):
                await asyncio.sleep(0.02)
        ended: Json = job
        return ended

    async def ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Response:
        """Send a request; its response matches the OpenAPI document."""
        response = await self.send(method, path, body, **headers)
        await self._check(method, path, response)
        return response

    async def _check(self, method: str, path: str, response: Response) -> None:
        route = "/ocr/jobs/{id}" if "/jobs/" in path else path
        for validator in await self._validators(method.lower(), route, str(response.status)):
            validator.validate(response.json)

    async def _validators(self, method: str, route: str, status: str) -> list[Validator]:
        """Validators of a documented response; made once, which takes longer than the request."""
        if not self._document:
            self._document = await self.document()
        documented = self._document["paths"][API + route][method]["responses"]
        assert status in documented, f"{status} is not documented"
        key = method, route, status
        if key not in self._made:
            components = {"components": self._document["components"]}
            self._made[key] = [
                validator_for({"$ref": "#/schema", "schema": media["schema"]} | components)
                for media in documented[status].get("content", {}).values()
            ]
        return self._made[key]
