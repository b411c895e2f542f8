"""`Report`: all that is known of a finished film, as `report.json` says it. Version 1.

A reader may rely on `schema`: a field that is there stays, with its meaning and unit, for as long as that number does.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

SCHEMA = "cinema-report/1"


class Part(BaseModel):
    """Base of every part: frozen, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), populate_by_name=True)


class FileFacts(Part):
    """A file of the film folder; `path` is relative to it."""

    path: str
    size_bytes: int
    sha256: str


class FilmFacts(Part):
    title: str
    style: str
    seconds: float
    frames: int
    fps: str
    """As a fraction: "24", "24000/1001"."""
    width_px: int
    height_px: int
    aspect: str
    language: str
    scenes: int
    shots: int
    cast: tuple[str, ...]
    synthetic: str
    """The statement that the film was generated, as in the file's own metadata."""


class LineFacts(Part):
    id: str
    character: str
    text: str
    delivery: str
    start_seconds: float
    """In the film."""
    seconds: float


class TakeFacts(Part):
    number: int
    chosen: bool
    key: str
    model: str
    revision: str
    seed: int
    device: str
    seconds: float
    peak_bytes: int
    made_at: str
    prompt: str


class ShotFacts(Part):
    id: str
    scene: int
    """Index into `scenes`."""
    framing: str
    angle: str
    camera: str
    lens: str
    action: str
    start_seconds: float
    seconds: float
    frames: int
    transition: str
    model: str
    """Empty where the shot is missing."""
    revision: str
    seed: int
    licence: str
    prompt: str
    negative_prompt: str
    takes: tuple[TakeFacts, ...]
    lines: tuple[LineFacts, ...]
    sounds: tuple[str, ...]


class SceneFacts(Part):
    number: str
    heading: str
    mood: str
    start_seconds: float
    seconds: float


class ModelFacts(Part):
    """A model that made a part of the film. `seconds` and `peak_bytes` are of the artefacts that are in it."""

    id: str
    name: str
    roles: tuple[str, ...]
    revision: str
    repository: str
    licence: str
    licence_url: str
    commercial: bool | None
    """None where the licence is not known."""
    excluded_territories: tuple[str, ...]
    revenue_cap_usd: int | None
    duties: tuple[str, ...]
    artefacts: int
    seconds: float
    peak_bytes: int


class StageFacts(Part):
    """`predicted_seconds` is None where nothing was predicted."""

    stage: str
    predicted_seconds: float | None
    seconds: float


class DeviceReport(Part):
    name: str
    title: str
    memory_bytes: int
    slots: int


class CostFacts(Part):
    """`usd` is wall time at the price of the settings; 0 where no price was given."""

    wall_seconds: float
    predicted_seconds: float | None
    peak_device_bytes: int
    peak_host_bytes: int | None
    price_per_hour_usd: float
    usd: float


class SoundFacts(Part):
    """Measured on the encoded film. None: silent, or too short to have a loudness."""

    delivery: str
    delivery_title: str
    loudness_lufs: float | None
    loudness_target_lufs: float
    true_peak_dbtp: float | None
    true_peak_ceiling_dbtp: float
    gain_db: float
    limited_db: float


class CheckFacts(Part):
    name: str
    level: Literal["ok", "notice", "warning", "fail"]
    message: str
    where: str
    value: float | None
    limit: float | None
    unit: str


def _this_version(value: object) -> object:
    if value != SCHEMA:
        raise ValueError(f"this is not a {SCHEMA!r} document but {value!r:.40}")
    return value


class Report(Part):
    """See the module's docstring. Times are seconds, places in the film are seconds from its start."""

    schema_: Annotated[Literal["cinema-report/1"], BeforeValidator(_this_version)] = Field(default=SCHEMA, alias="schema")
    cinema: str
    """Cinema's version."""
    made_at: str
    """UTC, ISO 8601."""
    mode: str
    film: FilmFacts
    sound: SoundFacts
    verdict: Literal["ok", "notice", "warning", "fail"]
    """The gravest of the checks."""
    checks: tuple[CheckFacts, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    """Why each model was chosen, or passed over."""
    missing: tuple[str, ...]
    scenes: tuple[SceneFacts, ...]
    shots: tuple[ShotFacts, ...]
    models: tuple[ModelFacts, ...]
    stages: tuple[StageFacts, ...]
    devices: tuple[DeviceReport, ...]
    cost: CostFacts
    files: tuple[FileFacts, ...]
    settings: dict[str, object]
    libraries: dict[str, str]
    """Versions of what was used, by distribution name."""

    def to_json(self) -> str:
        """Indented, with the schema first; `Report.model_validate_json` reads it back."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"
