"""Client of the OCR routes; every response is checked against the OpenAPI document."""

import asyncio
import uuid

from jsonschema_rs import validator_for

from tests.support.client import Client, Json, Response

API = "/api/v1"


class OcrClient(Client):
    """A user who sends images."""

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
        document = await self.document()
        route = "/ocr/jobs/{id}" if "/jobs/" in path else path
        documented = document["paths"][API + route][method.lower()]["responses"]
        assert str(response.status) in documented, f"{response.status} is not documented"
        content = documented[str(response.status)].get("content", {})
        for media in content.values():
            schema = {"$ref": "#/schema", "schema": media["schema"]} | {
                "components": document["components"]
            }
            validator_for(schema).validate(response.json)
