"""Client of the OCR routes; every response is checked against the OpenAPI document."""

import asyncio
import uuid

from tests.support.client import Client, Json, Response
from tests.support.documented import response_validators


class OcrClient(Client):
    """A user who sends images."""

    async def send_image(
        self, kind: str, image: bytes, *, name: str = "image", file: str = "a.jpg", **headers: str
    ) -> Response:
        """POST an image."""
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
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
        route = "/ocr/jobs/{id}" if "/jobs/" in path else path
        for validator in response_validators(method, route, response.status):
            validator.validate(response.json)
        return response
