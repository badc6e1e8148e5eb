"""Somebody who sends images; every answer is checked against the OpenAPI document."""

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from jsonschema_rs import validator_for

from tests.api.person import Json, Person

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Any
    json: Json = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.json["code"])


class Photographer(Person):
    """Somebody with an account who sends images."""

    async def document(self) -> Json:
        """The OpenAPI document of the server."""
        _, found = await self.call("GET", "/openapi.json")
        return found

    async def send(self, kind: str, image: bytes, *, name: str = "image", **headers: str) -> Answer:
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
        answer = await self.send(kind, image, Prefer="respond-async")
        assert answer.status == 202, answer
        return answer.json

    async def job(self, id: str, method: str = "GET") -> Answer:
        """A job as it is now."""
        return await self.ask(method, f"/ocr/jobs/{id}", None, {})

    async def ended(self, id: str) -> Json:
        """A job once it has ended."""
        async with asyncio.timeout(60):
            while (job := (await self.job(id)).json)["state"] in ("queued", "reading"):
                await asyncio.sleep(0.02)
        return job

    async def ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        """One request; its answer is what the document says."""
        bearer = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, self.api + path, data=body, headers=bearer | headers) as said,
        ):
            text = await said.read()
            answer = Answer(said.status, said.headers, orjson.loads(text) if text else {})
        await self._check(method, path, answer)
        return answer

    async def _check(self, method: str, path: str, answer: Answer) -> None:
        document = await self.document()
        route = "/ocr/jobs/{id}" if "/jobs/" in path else path
        said = document["paths"][API + route][method.lower()]["responses"]
        assert str(answer.status) in said, f"{answer.status} is not documented"
        content = said[str(answer.status)].get("content", {})
        for media in content.values():
            schema = {"$ref": "#/schema", "schema": media["schema"]} | {
                "components": document["components"]
            }
            validator_for(schema).validate(answer.json)
