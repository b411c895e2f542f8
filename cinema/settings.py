"""Settings: one declaration gives an option its default, its range, its help, its variable and its key.

Order of precedence, highest first: `--set key=value` and other options, `CINEMA_<KEY>` in the environment,
`cinema.toml` (beside the script, else in the user's configuration folder), the defaults below.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cinema.errors import InputError, OutOfDiskError, Where

FILE_NAME = "cinema.toml"
_PREFIX = "CINEMA_"


class Settings(BaseModel):
    """What a user may choose, apart from the script."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    mode: str = Field(default="auto", description="Quality mode: auto, animatic, fast, balanced or cinema.")
    delivery: str = Field(default="web", description="Delivery preset: loudness and true peak of the finished film.")
    fps: str | None = Field(default=None, description="Frame rate; overrides the script's.")
    aspect: Literal["16:9", "9:16", "1:1", "4:5", "21:9"] | None = Field(
        default=None, description="Aspect ratio: 16:9, 9:16, 1:1, 4:5 or 21:9; overrides the script's."
    )
    short_side_px: int | None = Field(
        default=None, ge=120, le=4320, description="The picture's shorter side, instead of the mode's."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the whole film.")
    language: str | None = Field(default=None, description="Language of the dialogue (ISO 639-1); the script's if not given.")
    pace: float = Field(default=1.0, ge=0.25, le=4.0, description="Cutting pace: 2.0 cuts twice as fast.")
    burn_captions: bool = Field(default=False, description="Draw the captions into the picture.")
    music: bool = Field(default=True, description="Whether the film has a score.")
    workers: int = Field(default=0, ge=0, le=256, description="Worker processes on a machine without a GPU; 0: one per core.")
    attempts: int = Field(default=3, ge=1, le=10, description="How often a failing task is tried.")
    purpose: Literal["personal", "commercial"] = Field(default="personal", description="The film's use; decides on licences.")
    territory: str = Field(default="", description="Where the film is made (ISO 3166 code, or EU); decides on licences.")
    revenue_usd: int = Field(default=0, ge=0, description="The maker's yearly revenue in US dollars; decides on licences.")
    weights: str = Field(default="", description="Folder of the models' weights; empty: this user's own data folder.")
    weights_cache: str = Field(
        default="",
        description="A Hugging Face cache (its folder hub): weights that lie in it whole count as here without a pull.",
    )
    price_per_hour_usd: float = Field(default=0.0, ge=0, description="What an hour of this machine costs.")
    text_endpoint: str = Field(
        default="",
        description="Address of an OpenAI-compatible service for text, such as http://localhost:11434/v1; its key, if it wants "
        "one, is read from CINEMA_TEXT_KEY alone.",
    )
    text_model: str = Field(default="", max_length=200, description="The name of the model to ask for at text_endpoint.")
    enhance_prompts: bool = Field(default=False, description="Let the text model rewrite the prompts of shots.")
    models: Mapping[str, str] = Field(
        default_factory=dict[str, str], description="Role to model id, instead of the mode's choice."
    )

    @field_validator("text_endpoint")
    @classmethod
    def _check_endpoint(cls, address: str) -> str:
        return check_endpoint(address) if address else address

    @classmethod
    def load(
        cls,
        *,
        folder: Path | None = None,
        overrides: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Settings:
        """Settings for a script in `folder`. InputError names the source and the key of a wrong value."""
        merged: dict[str, Any] = {}
        origin: dict[str, str] = {}
        environment = os.environ if environment is None else environment
        variables = {
            key: environment[_PREFIX + key.upper()] for key in cls.model_fields if _PREFIX + key.upper() in environment
        }
        path, from_file = _read_file(folder)
        for source, values in ((str(path), from_file), ("environment", variables), ("--set", dict(overrides or {}))):
            for key, value in values.items():
                merged[key] = value
                origin[key] = source
        try:
            return cls.model_validate(merged)
        except ValidationError as exc:
            first = exc.errors(include_url=False)[0]
            key = str(first["loc"][0]) if first["loc"] else "settings"
            known = "" if key in cls.model_fields else f" The settings are {', '.join(cls.model_fields)}."
            raise InputError(
                f"setting {'.'.join(map(str, first['loc']))} = {first['input']!r:.80}: {first['msg']}.{known}",
                where=Where(source=origin.get(key, "settings")),
            ) from exc


def check_endpoint(address: str) -> str:
    """`address` without a slash at its end, if it may be asked: by https, or by http in the user's own network.

    ValueError for anything else, and for an address that holds a name and password, a query or a fragment.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError as exc:
        raise ValueError(f"is no address: {exc}") from exc
    plain = re.fullmatch(r"[!-~]+", address) and "\\" not in address and host
    if not plain or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise ValueError("should be an address such as https://api.example.com/v1 or http://localhost:11434/v1")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a name or password; the key is read from CINEMA_TEXT_KEY alone")
    if parts.scheme == "http" and not _is_near(host):
        raise ValueError(f"asks {host} over the open network without encryption; use https")
    return address.rstrip("/")


def _is_near(host: str) -> bool:
    """Whether a host, by its name or number, is this machine or in a private network."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        dotless = "." not in host and not host.isdigit() and not host.lower().startswith("0x")
        return dotless or host.lower().endswith((".local", ".lan", ".internal", ".home.arpa", ".localhost"))
    number = getattr(number, "ipv4_mapped", None) or number
    return (number.is_loopback or number.is_private) and not (number.is_link_local or number.is_unspecified)


def _read_file(folder: Path | None) -> tuple[Path, dict[str, Any]]:
    from platformdirs import user_config_path

    for candidate in ([folder / FILE_NAME] if folder else []) + [user_config_path("cinema") / FILE_NAME]:
        if candidate.is_file():
            try:
                return candidate, tomllib.loads(candidate.read_text(encoding="utf-8"))
            except OSError as exc:
                raise OutOfDiskError(f"{candidate} cannot be read: {exc.strerror}.") from exc
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
                raise InputError(f"This is not valid TOML: {exc}.", where=Where(source=str(candidate))) from exc
    return Path(FILE_NAME), {}
