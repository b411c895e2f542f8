"""A small server on localhost that speaks the OpenAI protocol, and misbehaves as it is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from cinema.testing.localhost import LocalHandler, LocalServer

Answer = Callable[[dict[str, Any]], Any]
"""From the payload of a question to the document to answer with; a string is given as it is."""
Refusal = Literal["json_schema", "json_object", "temperature", "max_tokens"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to one request instead of an answer."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    wait_seconds: float = 0.0
    hang_up: bool = False
    finish_reason: str = ""
    """With status 200 and no body: the answer comes, and ends for this reason."""


@dataclass
class TextServer:
    """`faults` befall the first requests, in order; `refuses` are what the server does not know. Requests are kept."""

    answer: Answer
    faults: Sequence[Fault] = ()
    refuses: tuple[Refusal, ...] = ()
    key: str = ""
    models: tuple[str, ...] = ("writer",)
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The payloads, in order."""
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    address: str = ""

    def reply(self, payload: dict[str, Any], headers: dict[str, str]) -> tuple[Fault, bytes]:
        """What to send: a fault, and the body that goes with it."""
        number = len(self.requests)
        self.requests.append(payload)
        self.headers.append(headers)
        fault = self.faults[number] if number < len(self.faults) else Fault()
        if fault.status != 200 or fault.body or fault.hang_up:
            return fault, fault.body
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            said = f"Incorrect API key provided: {headers.get('authorization', '').removeprefix('Bearer ')}"
            return Fault(status=401), _error(said)
        if payload["model"] not in self.models:
            return Fault(status=404), _error(f"The model {payload['model']} does not exist")
        form = payload.get("response_format", {}).get("type", "")
        unknown = next((one for one in self.refuses if one == form or one in payload), None)
        if unknown is not None:
            what = f"response_format {unknown} is not available" if unknown == form else f"Unsupported parameter: {unknown}"
            return Fault(status=400), _error(what)
        document = self.answer(payload)
        content = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": content}}
        choice["finish_reason"] = fault.finish_reason or "stop"
        return fault, json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


def _error(message: str) -> bytes:
    return json.dumps({"error": {"message": message}}).encode()


@contextmanager
def serving(server: TextServer) -> Generator[TextServer]:
    """The server, at `address`, as long as the block lasts."""

    class Handler(LocalHandler):
        protocol_version = "HTTP/1.0"

        def answer(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/chat/completions":
                self.send_error(404)
                return
            fault, body = server.reply(payload, {name.lower(): value for name, value in self.headers.items()})
            time.sleep(fault.wait_seconds)
            if not fault.hang_up:
                self.send(fault.status, body, dict(fault.headers))

    with LocalServer(Handler) as local:
        server.address = f"{local.address}/v1"
        yield server
