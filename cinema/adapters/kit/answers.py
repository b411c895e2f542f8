"""Questions to language models, and the JSON documents that they answer with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from cinema.adapters.contract import Product, ProductFile
from cinema.artefact import MediaFacts
from cinema.errors import OutOfDiskError
from cinema.plan.task import TextRequest

NAME = "text.json"
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


class BadAnswerError(ValueError):
    """An answer that is no JSON, or not in the shape that was asked for; the message says how, for whoever answers again."""


def messages(request: TextRequest) -> list[dict[str, str]]:
    """The conversation so far. The shape stands in it too: a grammar holds a model to it, but does not tell it of it."""
    shape = json.dumps(request.json_schema, ensure_ascii=False, separators=(",", ":"))
    system = (
        f"{request.instructions}\n\nAnswer with one JSON document and nothing else. It agrees with this JSON schema:\n{shape}"
    )
    return [{"role": "system", "content": system}, {"role": "user", "content": request.prompt}]


def read_answer(text: str, schema: Mapping[str, Any]) -> Any:
    """The document in an answer, out of a thought before it and a fence around it. BadAnswerError where it is not as asked."""
    text = text.rpartition("</think>")[2].strip()
    if text.startswith("```"):
        text = text.partition("\n")[2].rstrip().removesuffix("```")
    try:
        document = json.loads(text, parse_constant=_no_number)
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()  # neither 1e999 nor half a character
    except (ValueError, RecursionError) as exc:
        raise BadAnswerError(f"it is not valid JSON ({type(exc).__name__}: {exc})"[:200]) from exc
    fault = disagreement(document, schema)
    if fault:
        raise BadAnswerError(fault)
    return document


def _no_number(written: str) -> Any:
    raise ValueError(f"{written} is no JSON")


def disagreement(value: Any, schema: Mapping[str, Any], place: str = "the document") -> str:
    """How `value` disagrees with a schema of types, enums, anyOf, properties, required and items; "" where it agrees."""
    if "anyOf" in schema:
        options = cast("list[dict[str, Any]]", schema["anyOf"])
        faults = [disagreement(value, option, place) for option in options]
        return "" if "" in faults else ", or ".join(faults)
    if "enum" in schema and value not in schema["enum"]:
        return f"{place} should be one of {', '.join(map(repr, schema['enum']))}"
    kind = schema.get("type")
    wrong = kind in _TYPES and not isinstance(value, _TYPES[kind])
    if wrong or (isinstance(value, bool) and kind in ("integer", "number")):
        return f"{place} should be of the type {kind}"
    if isinstance(value, dict):
        return _object(cast("dict[str, Any]", value), schema, place)
    if isinstance(value, list) and "items" in schema:
        found = (disagreement(one, schema["items"], f"{place}[{n}]") for n, one in enumerate(cast("list[Any]", value)))
        return next(filter(None, found), "")
    return ""


def _object(value: dict[str, Any], schema: Mapping[str, Any], place: str) -> str:
    properties = cast("dict[str, dict[str, Any]]", schema.get("properties", {}))
    missing = next((key for key in schema.get("required", ()) if key not in value), None)
    if missing is not None:
        return f"{place} lacks the key {missing!r}"
    if schema.get("additionalProperties") is False:
        strange = next((key for key in value if key not in properties), None)
        if strange is not None:
            return f"{place} has the key {strange!r:.60}, which nobody asked for"
    found = (disagreement(value[key], inner, f"{place}.{key}") for key, inner in properties.items() if key in value)
    return next(filter(None, found), "")


def write_answer(out: Path, document: Any, peak_bytes: int = 0) -> Product:
    """Write `text.json`."""
    path = out / NAME
    try:
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as exc:
        raise OutOfDiskError(f"{path} cannot be written: {exc.strerror}; check the folder.") from exc
    return Product(files=(ProductFile(name=NAME, facts=MediaFacts(kind="data")),), peak_bytes=peak_bytes)
