"""What a job may say: its `input`, and S3 credentials beside it. Anything else is refused with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeGuard, TypeVar, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from cinema.faces.serverless import addresses
from cinema.faces.serverless.addresses import parse_address
from cinema.faces.serverless.faults import Fault, Refused, check_shape, invalid, refuse, sentence
from cinema.script.json_door import pointer
from cinema.script.model import ScriptFormat
from cinema.settings import Settings

Action = Literal["render", "plan", "retake", "deliver", "status", "models", "health"]
Output = Literal["film", "captions", "stems", "otio", "edl", "clips", "storyboard", "report", "plan", "schedule", "script"]
"""What can be handed over. otio and edl name clips and sounds; with `clips` those come too, under the names in the edit."""
LONGEST_LINK_SECONDS = 86_400
SETTINGS = (
    "fps",
    "aspect",
    "short_side_px",
    "language",
    "pace",
    "burn_captions",
    "music",
    "attempts",
    "purpose",
    "territory",
    "revenue_usd",
    "models",
)
"""What a job may set; where weights lie, how many workers there are and what an hour costs is the endpoint's affair."""
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_HOW = ("mode", "delivery", "seed", "settings", "budget_usd", "deadline_seconds")
_WHERE = ("outputs", "storage", "s3Config", "webhook")
_OF_ACTION: dict[Action, frozenset[str]] = {
    "render": frozenset(("script", "format", *_HOW, *_WHERE)),
    "plan": frozenset(("script", "format", *_HOW)),
    "retake": frozenset(("film", "shot", "seed", "prompt", "take", "deadline_seconds", *_WHERE)),
    "deliver": frozenset(("film", *_WHERE)),
    "status": frozenset(("film",)),
    "models": frozenset(),
    "health": frozenset(),
}
_Model = TypeVar("_Model", bound=BaseModel)
_NEEDED: dict[str, tuple[str, ...]] = {
    "render": ("script",),
    "plan": ("script",),
    "retake": ("film", "shot"),
    "deliver": ("film",),
    "status": ("film",),
}
_BRINGS_STORAGE = ("render", "retake", "deliver")


def is_job_id(value: object) -> TypeGuard[str]:
    """Whether that can name a job, and so a folder."""
    return isinstance(value, str) and _JOB_ID.fullmatch(value) is not None


def _is_address(value: str) -> str:
    return _read_address(value, private=False)


def _is_own_address(value: str, info: ValidationInfo) -> str:
    """Where the endpoint's owner allows it (the context's `private`), an address of the house."""
    context = cast("dict[str, Any]", info.context or {})
    return _read_address(value, private=bool(context.get("private")))


def _read_address(value: str, *, private: bool) -> str:
    try:
        parse_address(value, private=private)
    except addresses.Refused as exc:
        raise ValueError(f"this {exc}") from exc
    return value


def _is_base(value: str) -> str:
    if "?" in value or "#" in value:
        raise ValueError("this is to be the address alone, without ? and #")
    return value.rstrip("/")


def _is_id(value: str) -> str:
    if not _JOB_ID.fullmatch(value):
        raise ValueError("must be a job's id: letters, digits, dots, hyphens and underscores")
    return value


def _is_prefix(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!_.*'()/-]*", value) or ".." in value or value.startswith("/"):
        raise ValueError("must be a plain prefix such as films/2026")
    return value.strip("/")


Https = Annotated[str, StringConstraints(max_length=addresses.LONGEST), AfterValidator(_is_address)]
OwnHttps = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_is_own_address)]
JobId = Annotated[str, StringConstraints(max_length=128), AfterValidator(_is_id)]
Prefix = Annotated[str, StringConstraints(max_length=200), AfterValidator(_is_prefix)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class Part(BaseModel):
    """Frozen; unknown keys are refused; what was given is never repeated, for it may be a secret."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, protected_namespaces=(), hide_input_in_errors=True, populate_by_name=True
    )


class S3In(Part):
    """An S3-compatible bucket, spelt as RunPod's own jobs spell it."""

    access_id: Annotated[SecretStr, Field(alias="accessId", min_length=1, max_length=500)]
    access_secret: Annotated[SecretStr, Field(alias="accessSecret", min_length=1, max_length=500)]
    bucket: Annotated[str, Field(alias="bucketName", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$")]
    endpoint: Annotated[OwnHttps, AfterValidator(_is_base), Field(alias="endpointUrl", max_length=500)]
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "us-east-1"
    prefix: Prefix = ""
    session_token: Annotated[SecretStr | None, Field(alias="sessionToken", min_length=1, max_length=4_000)] = None
    """Of temporary credentials; the links that they sign end with them."""
    session_ends: Annotated[AwareDatetime | None, Field(alias="sessionEnds")] = None
    """When temporary credentials end, with a time zone; nobody else knows."""


class StorageIn(Part):
    """Where results go. auto: S3 where there is some, else the network volume."""

    kind: Literal["auto", "s3", "volume"] = "auto"
    prefix: Prefix = ""
    link_seconds: Annotated[int, Field(strict=True, ge=60, le=LONGEST_LINK_SECONDS)] = LONGEST_LINK_SECONDS


class LinkIn(Part):
    url: Https


class JobIn(Part):
    """The `input` of a job."""

    action: Action = "render"
    script: dict[str, Any] | str | None = None
    """A JSON script, the text of another, or {"url": an https address of one}."""
    format: ScriptFormat | None = None
    mode: Name | None = None
    delivery: Name | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)] | None = None
    settings: dict[str, Any] = Field(default_factory=dict[str, Any])
    outputs: Annotated[tuple[Output, ...], Field(min_length=1, max_length=20)] = ("film", "captions", "report")
    storage: StorageIn = StorageIn()
    s3_config: Annotated[S3In | None, Field(alias="s3Config")] = None
    webhook: OwnHttps | None = None
    budget_usd: Annotated[float, Field(strict=True, gt=0, le=1_000_000)] | None = None
    deadline_seconds: Annotated[float, Field(strict=True, gt=0, le=7 * 86_400)] | None = None
    film: JobId | None = None
    """retake, deliver and status: the id of the job that made the film."""
    shot: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    prompt: Annotated[str, Field(min_length=1, max_length=4_000)] | None = None
    take: Annotated[int, Field(strict=True, ge=1, le=10_000)] | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        given = {field.alias or name for name, field in JobIn.model_fields.items() if name in self.model_fields_set}
        missing = [name for name in _NEEDED.get(self.action, ()) if name not in given or getattr(self, name) in (None, "")]
        if missing:
            raise ValueError(f"the action {self.action} needs {' and '.join(missing)}")
        foreign = sorted(given - {"action"} - _OF_ACTION[self.action])
        if foreign:
            raise ValueError(f"{' and '.join(foreign)} cannot stand beside the action {self.action}")
        return self

    @property
    def link(self) -> LinkIn | None:
        """Where the script lies, if it was not sent itself."""
        if isinstance(self.script, dict) and self.script.keys() == {"url"}:
            return _checked(LinkIn, self.script, "/script")
        return None

    def wanted(self) -> Settings:
        """The settings of the film: the endpoint's own, and over them the job's. Raises Refused."""
        foreign = [key for key in self.settings if key not in SETTINGS]
        if foreign:
            known = ", ".join(SETTINGS)
            raise invalid(
                Fault(pointer=pointer(("settings", key)), message=f"This cannot be set by a job; {known} can.")
                for key in foreign
            )
        mine = {name: value for name in ("mode", "delivery", "seed") if (value := getattr(self, name)) is not None}
        ours = Settings.load(overrides={}).model_dump()
        return _checked(Settings, {**ours, **self.settings, **mine}, "/settings")


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job whose input was understood."""

    id: str
    input: JobIn


def read_job(job: object, *, private: bool = False) -> Job:
    """The job as the SDK hands it over. Raises Refused with every fault's place.

    With `private`, its webhook and its storage may be machines of the house (`House.private_addresses`).
    """
    found: dict[str, Any] = cast("dict[str, Any]", job) if isinstance(job, dict) else {}
    given, beside = found.get("input"), found.get("s3Config")
    check_shape(given)
    check_shape(beside)
    if not isinstance(given, dict):
        raise refuse("", "The input must be an object with a script in it.")
    name = found.get("id")
    if not is_job_id(name):
        raise refuse("", "The job's id must be letters, digits, dots, hyphens and underscores, 128 at most.")
    document: dict[str, Any] = dict(cast("dict[str, Any]", given))
    if beside is not None and document.get("action", "render") in _BRINGS_STORAGE:
        document.setdefault("s3Config", beside)
    read = _checked(JobIn, document, "", private=private)
    if read.action in ("render", "plan"):
        _ = read.wanted(), read.link
    return Job(id=name, input=read)


def _checked(model: type[_Model], document: object, place: str, *, private: bool = False) -> _Model:
    try:
        return model.model_validate(document, context={"private": private})
    except ValidationError as exc:
        raise _refusal(exc, place) from None


def _refusal(error: ValidationError, place: str) -> Refused:
    faults: list[Fault] = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        steps = [step for step in one["loc"] if not (isinstance(step, str) and step in ("str", "dict[str,any]"))]
        said = sentence(one["type"], one["msg"], _keys(error.title) if len(steps) == 1 else "")
        faults.append(Fault(pointer=place + pointer(steps), message=said))
    return invalid(faults)


def _keys(title: str) -> str:
    models: dict[str, type[BaseModel]] = {"JobIn": JobIn, "LinkIn": LinkIn, "Settings": Settings}
    model = models.get(title, JobIn)
    return ", ".join(field.alias or name for name, field in model.model_fields.items())
