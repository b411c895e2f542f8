"""What a job may say: its `input`, and S3 credentials beside it. Anything else is refused with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeGuard, TypeVar, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
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
OF_ACTION: dict[str, frozenset[str]] = {
    "render": frozenset(("script", "format", *_HOW, *_WHERE)),
    "plan": frozenset(("script", "format", *_HOW)),
    "retake": frozenset(("film", "shot", "seed", "prompt", "take", "deadline_seconds", *_WHERE)),
    "deliver": frozenset(("film", *_WHERE)),
    "status": frozenset(("film",)),
    "models": frozenset(),
    "health": frozenset(),
}
"""What may stand beside an action."""
NEEDED: dict[str, tuple[str, ...]] = {
    "render": ("script",),
    "plan": ("script",),
    "retake": ("film", "shot"),
    "deliver": ("film",),
    "status": ("film",),
}
"""What must stand beside it."""
OF_A_NEW_TAKE = ("prompt", "seed")
"""What a retake that goes back to an earlier take has no use for."""
_SPELT = {
    "bucketName": "letters, digits, dots, hyphens and underscores, 2 to 63 of them",
    "region": "a small letter, then small letters, digits and hyphens, such as eu-west-1",
}
_Model = TypeVar("_Model", bound=BaseModel)
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
        raise ValueError("this must be a job's id: letters, digits, dots, hyphens and underscores")
    return value


def _is_prefix(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!_.*'()/-]*", value) or ".." in value or value.startswith("/"):
        raise ValueError("this must be a plain prefix such as films/2026")
    return value.strip("/")


def _is_mode(value: str) -> str:
    from cinema.catalog import Catalog

    return _one_of("mode", value, ("auto", *Catalog().names("modes")))


def _is_delivery(value: str) -> str:
    from cinema.catalog import Catalog

    return _one_of("delivery", value, Catalog().names("delivery"))


def _one_of(what: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(f"there is no {what} of that name; choose one of {', '.join(known)}")
    return value


def _is_script(value: object) -> object:
    if value is None or isinstance(value, dict | str):
        return cast("object", value)
    raise ValueError('this should be a JSON script, the text of a script, or {"url": …} with a link to one')


Https = Annotated[str, StringConstraints(max_length=addresses.LONGEST), AfterValidator(_is_address)]
OwnHttps = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_is_own_address)]
JobId = Annotated[str, StringConstraints(max_length=128), AfterValidator(_is_id)]
Prefix = Annotated[str, StringConstraints(max_length=200), AfterValidator(_is_prefix)]
Mode = Annotated[str, StringConstraints(max_length=40), AfterValidator(_is_mode)]
Delivery = Annotated[str, StringConstraints(max_length=40), AfterValidator(_is_delivery)]


class Part(BaseModel):
    """Frozen; unknown keys are refused; what was given is never repeated, for it may be a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), hide_input_in_errors=True)


class S3In(Part):
    """An S3-compatible bucket, spelt as RunPod's own jobs spell it."""

    access_id: Annotated[SecretStr, Field(alias="accessId", min_length=1, max_length=500)]
    access_secret: Annotated[SecretStr, Field(alias="accessSecret", min_length=1, max_length=500)]
    bucket: Annotated[str, Field(alias="bucketName", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$")]
    endpoint: Annotated[OwnHttps, AfterValidator(_is_base), Field(alias="endpointUrl", max_length=500)]
    region: Annotated[str, Field(pattern=r"^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$")] = "us-east-1"
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
    script: Annotated[dict[str, Any] | str | None, BeforeValidator(_is_script)] = None
    """A JSON script, the text of another, or {"url": an https address of one}."""
    format: ScriptFormat | None = None
    mode: Mode | None = None
    delivery: Delivery | None = None
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
    misfits = _misfits(document)
    try:
        read = _checked(JobIn, document, "", private=private)
    except Refused as exc:
        said = {fault.pointer for fault in misfits}
        raise invalid((*misfits, *(fault for fault in exc.faults if fault.pointer not in said))) from None
    if misfits:
        raise invalid(misfits)
    if read.action in ("render", "plan"):
        _ = read.wanted(), read.link
    return Job(id=name, input=read)


def _misfits(document: Mapping[str, Any]) -> list[Fault]:
    """What the action needs and is not there, and what is there and cannot stand beside it; nothing for an unknown action."""
    action = next((one for one in OF_ACTION if one == document.get("action", "render")), None)
    if action is None:
        return []
    known = {field.alias or name for name, field in JobIn.model_fields.items()} - {"action"}
    needed = [key for key in NEEDED.get(action, ()) if document.get(key) is None or document[key] == ""]
    faults = [Fault(pointer=pointer((key,)), message=f"This is missing; the action {action} needs it.") for key in needed]
    foreign = sorted(known & document.keys() - OF_ACTION[action])
    message = f"This cannot stand beside the action {action}; leave it out."
    faults += [Fault(pointer=pointer((key,)), message=message) for key in foreign]
    if action == "retake" and document.get("take") is not None:
        message = "This is for a new take, and take goes back to an earlier one; leave one of the two out."
        faults += [Fault(pointer=pointer((key,)), message=message) for key in OF_A_NEW_TAKE if document.get(key) is not None]
    return faults


def _checked(model: type[_Model], document: object, place: str, *, private: bool = False) -> _Model:
    try:
        return model.model_validate(document, context={"private": private})
    except ValidationError as exc:
        raise _refusal(exc, place) from None


def _refusal(error: ValidationError, place: str) -> Refused:
    faults: list[Fault] = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        steps = one["loc"]
        spelt = _SPELT.get(str(steps[-1]) if steps else "", "")
        said = sentence(one["type"], one["msg"], keys=_keys(error.title, steps), spelt=spelt)
        faults.append(Fault(pointer=place + pointer(steps), message=said))
    return invalid(fault for fault in faults if not _follows(fault, faults))


def _follows(fault: Fault, faults: Sequence[Fault]) -> bool:
    """Whether it comes of another alone: a list whose only item is wrong is not said to be too short as well."""
    return any(other.pointer.startswith(f"{fault.pointer}/") for other in faults)


def _keys(title: str, steps: Sequence[str | int]) -> str:
    """The keys that there are beside the last step; nothing where that is not known."""
    models: dict[str, type[BaseModel]] = {"JobIn": JobIn, "LinkIn": LinkIn, "Settings": Settings}
    parts: dict[str | int, type[BaseModel]] = {"storage": StorageIn, "s3Config": S3In}
    model = models.get(title) if len(steps) == 1 else parts.get(steps[0]) if len(steps) == 2 else None
    return "" if model is None else ", ".join(field.alias or name for name, field in model.model_fields.items())
