"""Family `openai`: any endpoint that speaks the OpenAI protocol (DeepSeek, vLLM, Ollama, llama.cpp, OpenAI itself).

The manifest's settings say where (`endpoint`) and which model (`endpoint_model`), as the user's settings have them; the key
comes from CINEMA_TEXT_KEY alone and is written nowhere. Answers are asked for by JSON schema, else as a JSON object, else in
plain words, as the server allows. What a server answers is its own affair: a seed is sent, but nobody promises the same again.

Unproven: with any service's own server; the tests have one of ours, with the replies that the services' documents tell of.
"""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any, cast

from cinema.adapters.contract import Device, Job, LoadPlan, Product
from cinema.adapters.kit.answers import BadAnswerError, messages, read_answer, write_answer
from cinema.adapters.kit.post import Post, PostError, Reply, send
from cinema.adapters.kit.steps import Steps
from cinema.catalog import Manifest
from cinema.errors import InputError, MissingModelError
from cinema.events import Watch
from cinema.plan.task import TextRequest

KEY_VARIABLE = "CINEMA_TEXT_KEY"
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which another attempt may fare better."""
_LONGEST_PAUSE_SECONDS = 60.0
_MOST_BYTES = 8_000_000
_ANSWERS = 3
"""How often an answer that is not in the shape is asked for again, each time with what was wrong."""
_FORMS = ("json_schema", "json_object", "text")


class OpenAi:
    """A client. Nothing is loaded, and nothing is sent before the first task."""

    _manifest: Manifest
    _form: int
    _dropped: frozenset[str]

    def load(self, plan: LoadPlan, device: Device) -> None:
        """InputError where the settings name no endpoint or no model."""
        self._manifest = plan.manifest
        self._form, self._dropped = 0, frozenset()
        if not self._setting("endpoint", "") or not self._setting("endpoint_model", ""):
            raise InputError("No endpoint is set for the text model: set text_endpoint and text_model.")

    def unload(self) -> None:
        """There is nothing to give back."""

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Write `text.json`.

        MissingModelError where the endpoint cannot be reached or has no such model, InputError where it refuses the request
        or the key, or does not answer in the shape asked for.
        """
        request = job.request
        if not isinstance(request, TextRequest):
            raise InputError(f"{self._manifest.id} answers questions; it was given a request of the kind {request.kind!r}.")
        progress = Steps(watch, round(float(self._setting("limit_seconds", 600.0))))
        talk = messages(request)
        fault = ""
        for number in range(_ANSWERS):
            said = self._said(request, talk, job.seed + number, _Beat(progress))
            try:
                document = read_answer(said, request.json_schema)
            except BadAnswerError as exc:
                fault = str(exc)
                talk = [
                    *talk[:2],
                    {"role": "assistant", "content": said[:20_000]},
                    {"role": "user", "content": f"This answer cannot be used: {fault}. Answer again: the JSON document only."},
                ]
                continue
            product = write_answer(out, document)
            progress.finish()
            return product
        raise InputError(
            f"{self._name()} gave {_ANSWERS} answers of which none is in the shape asked for: {fault}; use another text_model."
        )

    def _said(self, request: TextRequest, talk: list[dict[str, str]], seed: int, beat: _Beat) -> str:
        """The text of one answer. What the server says it does not know is left out, and the question asked again."""
        while True:
            reply = self._reply(self._payload(request, talk, seed), beat)
            if reply.status == 200:
                return self._content(reply)
            complaint = self._complaint(reply)
            if reply.status not in (400, 404, 415, 422, 501) or not self._yield_to(complaint, reply.status):
                raise self._refusal(reply.status, complaint)

    def _payload(self, request: TextRequest, talk: list[dict[str, str]], seed: int) -> dict[str, Any]:
        limit = "max_completion_tokens" if "max_tokens" in self._dropped else "max_tokens"
        payload: dict[str, Any] = {
            "model": self._setting("endpoint_model", ""),
            "messages": talk,
            "temperature": request.temperature,
            "seed": seed % 2**31,
            "stream": False,
            limit: request.max_tokens,
        }
        if _FORMS[self._form] == "json_schema":
            schema = {"name": "answer", "schema": request.json_schema, "strict": True}
            payload["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif _FORMS[self._form] == "json_object":
            payload["response_format"] = {"type": "json_object"}
        return {key: value for key, value in payload.items() if key not in self._dropped}

    def _yield_to(self, complaint: str, status: int) -> bool:
        """Ask for less from now on; False where there is nothing left to give up."""
        named = next((key for key in ("max_tokens", "temperature", "seed") if key in complaint.lower()), None)
        if named is not None and named not in self._dropped and "unsupported" in complaint.lower():
            self._dropped |= {named}
            return True
        if status == 404 or self._form + 1 == len(_FORMS):
            return False
        self._form += 1
        return True

    def _reply(self, payload: dict[str, Any], beat: _Beat) -> Reply:
        """The server's reply, after patience with what passes."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "cinema"}
        if key := os.environ.get(KEY_VARIABLE, "").strip():
            headers["Authorization"] = f"Bearer {key}"
        post = Post(
            address=f"{str(self._setting('endpoint', '')).rstrip('/')}/chat/completions",
            body=json.dumps(payload, ensure_ascii=False).encode(),
            headers=headers,
            limit_seconds=float(self._setting("limit_seconds", 600.0)),
            most_bytes=_MOST_BYTES,
        )
        tries = max(int(self._setting("tries", 5)), 1)
        pause_seconds = float(self._setting("backoff_seconds", 1.0))
        for number in range(1, tries + 1):
            try:
                reply = send(post, beat)
            except PostError as exc:
                if exc.passing and number < tries:
                    beat.sleep(pause_seconds * 2 ** (number - 1))
                    continue
                address = self._setting("endpoint", "")
                raise MissingModelError(
                    f"The text endpoint {address} gives no answer: {exc}; see that it runs, or correct text_endpoint."
                ) from exc
            if reply.status not in _PASSING or number == tries:
                return reply
            beat.sleep(max(_retry_after(reply), pause_seconds * 2 ** (number - 1)))
        raise AssertionError("unreachable")

    def _content(self, reply: Reply) -> str:
        """The words of the first choice; what is no reply at all is given on as an answer that cannot be used."""
        try:
            choice = cast("dict[str, Any]", json.loads(reply.body)["choices"][0])
            content = choice["message"]["content"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return reply.body[:500].decode("utf-8", "replace")
        if choice.get("finish_reason") == "length":
            raise InputError(
                f"The answer of {self._name()} did not end within its limit of tokens; use a model with a longer answer."
            )
        return content if isinstance(content, str) else ""

    def _complaint(self, reply: Reply) -> str:
        """What the server says is wrong: short, on one line, and without the key, should it repeat that."""
        try:
            found: Any = json.loads(reply.body)
            error = found.get("error", found) if isinstance(found, dict) else found
            words = str(error.get("message", error) if isinstance(error, dict) else error)
        except (ValueError, RecursionError):
            words = reply.body[:2_000].decode("utf-8", "replace")
        key = os.environ.get(KEY_VARIABLE, "").strip()
        words = words.replace(key, "(key)") if key else words
        return re.sub(r"[\s\x00-\x1f\x7f]+", " ", words).strip()[:300] or "it says nothing"

    def _refusal(self, status: int, complaint: str) -> InputError | MissingModelError:
        name = self._name()
        if status in (401, 403):
            return InputError(f"{name} refuses the key ({status}): {complaint}; set {KEY_VARIABLE} to one that it takes.")
        if status == 404:
            return MissingModelError(f"{name} is not there (404): {complaint}; correct text_endpoint or text_model.")
        if 300 <= status < 400:
            return InputError(f"{name} sends the request elsewhere ({status}); set text_endpoint to the final address.")
        if status in _PASSING:
            return MissingModelError(f"{name} cannot answer now ({status}): {complaint}; try again later.")
        return InputError(f"{name} refuses the request ({status}): {complaint}.")

    def _name(self) -> str:
        return f"{self._setting('endpoint_model', '')} at {self._setting('endpoint', '')}"

    def _setting(self, name: str, default: Any) -> Any:
        return self._manifest.settings.get(name, default)


class _Beat:
    """Looks for a cancel whenever it is called, and counts a step for each second."""

    def __init__(self, progress: Steps) -> None:
        self._progress = progress
        self._counted = time.monotonic()

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._counted >= 1.0:
            self._counted = now
            self._progress.tick()
        else:
            self._progress.look()

    def sleep(self, seconds: float) -> None:
        until = time.monotonic() + min(seconds, _LONGEST_PAUSE_SECONDS)
        while (left := until - time.monotonic()) > 0:
            self()
            time.sleep(min(left, 0.2))


def _retry_after(reply: Reply) -> float:
    """In seconds; 0 where the server does not say, or names a date."""
    try:
        return max(float(reply.headers.get("retry-after", "0")), 0.0)
    except ValueError:
        return 0.0
