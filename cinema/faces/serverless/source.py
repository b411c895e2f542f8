"""The script of a job: read, checked, and laid in the job's folder with the files that it names by their addresses."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, cast

from pydantic import ValidationError

from cinema.assets import named_in
from cinema.errors import InputError
from cinema.faces.serverless import downloads
from cinema.faces.serverless.faults import Fault, Refused, invalid, refuse, sentence
from cinema.faces.serverless.job import JobIn
from cinema.faces.serverless.redact import scrub
from cinema.script import read_text, write_json
from cinema.script.json_door import pointer
from cinema.script.model import Script, ScriptFormat
from cinema.script.read import sniff

_PLACE = "/script"
_ADDRESS = re.compile(r"https://[^\s\"'<>\\]+")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A script that was understood. `print_` tells it from any other."""

    script: Script
    print_: str
    addresses: Mapping[str, str]
    """What is written in the script by what the script's reader, which knows only files, made of it."""


def read_source(job: JobIn, fetch: downloads.Fetch = downloads.fetch) -> Source:
    """The script that the job brings or names. Raises Refused with the faults' places below /script."""
    link = job.link
    if link is not None:
        with tempfile.TemporaryDirectory(prefix="cinema-script-") as folder:
            try:
                path = fetch(link.url, Path(folder), "script")
            except InputError as exc:
                raise refuse(f"{_PLACE}/url", scrub(exc.message)) from exc
            return _read(path.read_bytes(), job.format, f"{_PLACE}/url")
    if isinstance(job.script, dict):
        if job.format not in (None, "json"):
            raise refuse("/format", f"The script is an object, which is read as json, not as {job.format}.")
        return _read(json.dumps(job.script, ensure_ascii=False), "json", _PLACE)
    return _read(job.script or "", job.format, _PLACE)


def _read(data: str | bytes, form: ScriptFormat | None, place: str) -> Source:
    try:
        script = read_text(data, form or _form_of(data))
    except InputError as exc:
        raise _refusal(exc, place) from exc
    script = replace(script, title=script.title or "Untitled")
    faults = [
        Fault(pointer=place + (named.where.pointer or ""), message=f"{named} must be given by its https address.")
        for named in named_in(script)
        if not named.source.startswith(("https://", "https:/"))
    ]
    if faults:
        raise invalid(faults)
    text = data if isinstance(data, str) else data.decode(errors="replace")
    addresses = {str(PurePosixPath(found)): found for found in _ADDRESS.findall(text.replace("\\/", "/"))}
    return Source(script=script, print_=sha256(write_json(script).encode()).hexdigest(), addresses=addresses)


def _form_of(data: str | bytes) -> ScriptFormat | None:
    """What a text is read as that nobody named: prose where it is no screenplay, as a .txt file is. None: found by content."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return "prose" if sniff(text) == "fountain" else None


def _refusal(error: InputError, place: str) -> Refused:
    """Every fault that the script room's model found; else the one that it told of."""
    where = error.where
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        return invalid(
            Fault(pointer=place + pointer(one["loc"]), message=scrub(sentence(one["type"], one["msg"])))
            for one in cause.errors(include_url=False, include_input=False, include_context=False)
        )
    line = f"Line {where.line}: " if where is not None and where.line is not None else ""
    return refuse(place + (where.pointer or "" if where else ""), scrub(line + error.message))


def lay(source: Source, folder: Path, fetch: downloads.Fetch = downloads.fetch) -> Path:
    """The script as a JSON file in `folder`, with what it names beside it. Raises Refused for what is not to be had."""
    document = cast("dict[str, Any]", json.loads(write_json(source.script)))
    for person in cast("list[dict[str, Any]]", document.get("characters") or []):
        references = cast("list[str]", person.get("references") or [])
        references[:] = [source.addresses.get(one, one) for one in references]
        voice = cast("dict[str, Any]", person.get("voice") or {})
        if voice.get("sample"):
            voice["sample"] = source.addresses.get(voice["sample"], voice["sample"])
    try:
        local = downloads.localise(document, folder, fetch=fetch, at=_PLACE)
    except InputError as exc:
        raise refuse((exc.where and exc.where.pointer) or _PLACE, scrub(exc.message)) from exc
    path = folder / "script.json"
    path.write_text(json.dumps(local, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
