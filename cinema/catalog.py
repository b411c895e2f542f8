"""Facts and choices read from TOML: model manifests, modes and delivery presets.

Every file passes a pydantic model that forbids unknown keys; a bad one is an InputError that names file and key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cinema.errors import InputError, OutOfDiskError, Where
from cinema.paths import data_dir
from cinema.timebase import parse_rate

Role = Literal["speech", "nonverbal", "image", "video", "title", "upscale", "music", "sound", "text"]
"""What a model is cast for. "nonverbal" makes the laughs and sighs that the chosen voice cannot; "title" the shots that are
words to be read."""
ROLES: tuple[Role, ...] = get_args(Role)
Want = Literal["staging", "speech", "keyframe", "references", "sample", "nonverbal", "endpoint"]
Confidence = Literal["verified", "high", "medium", "low", "uncertain"]
Value = float | int | str | bool
LoadPlanName = Literal["resident", "component_offload", "group_offload"]


def _model_rate(value: object) -> object:
    """A model's own frames a second: one of a film's, or any other that is above 0 (Wan makes 16)."""
    if not isinstance(value, str | int | float):
        return value
    try:
        return parse_rate(value)
    except ValueError:
        rate = Fraction(str(value))
        if rate <= 0:
            raise
        return rate


_STORED_BYTES = {"fp32": 4.0, "float32": 4.0, "fp8": 1.0, "int8": 1.0, "nf4": 0.5, "int4": 0.5}
"""Of a parameter as it lies in released files, by its component's dtype; two for any other."""

Rate = Annotated[Fraction, BeforeValidator(_model_rate)]


class Facts(BaseModel):
    """Base of everything read from a file: frozen, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Licence(Facts):
    """What the licence of the weights (or of the code, for a model without weights) allows."""

    name: str
    spdx: str | None = None
    url: str = ""
    commercial: bool
    excluded_territories: tuple[str, ...] = ()
    revenue_cap_usd: int | None = None
    gated: bool = False
    duties: tuple[str, ...] = ()
    source: str = ""
    confidence: Confidence = "uncertain"


class SourceFile(Facts):
    """Files of a repository that are needed: a path, or a pattern ("transformer/*.safetensors").

    A pickle is loaded only where its `sha256` is stated; every file's hash is kept in the lock once it was pulled.
    """

    path: str
    size_bytes: int | None = None
    sha256: str | None = None


class Source(Facts):
    """A repository of a hub, or a web address, that a part of a model's weights comes from."""

    repository: str
    """ "owner/name" on the hub, or the folder's address ("https://...") of files that lie elsewhere."""
    revision: str = "main"
    """What is resolved to a commit at the first pull."""
    subfolder: str = ""
    """Where in the repository the paths of `files` start."""
    into: str = ""
    """The folder, within the model's own, into which the files go."""
    files: tuple[SourceFile, ...]
    gated: bool = False


class Component(Facts):
    """A part of a model that is loaded as a whole; `name` is its folder, `parameters` were counted on the meta device."""

    name: str
    parameters: int
    dtype: str = "bf16"
    architecture: str = ""
    """Its class and released configuration: `models/architectures/<architecture>.json`."""
    source: str = ""
    confidence: Confidence = "uncertain"


class Grid(Facts):
    """The sizes and lengths that a model accepts. A length is `frame_offset + n * frame_step` frames."""

    frame_step: int = 1
    frame_offset: int = 0
    min_frames: int = 1
    max_frames: int | None = None
    """The window: the longest that the model makes at a time."""
    overlap_frames: int = 0
    """How many frames of a window the next one starts from; 0: the model cannot go on from a picture."""
    size_multiple: int = 2
    fps: tuple[Rate, ...] = ()
    """Empty: any."""
    sizes: tuple[tuple[int, int], ...] = ()
    """Width and height that it was trained on."""
    max_seconds: float | None = None
    """Of sound made at a time; longer music is made in pieces that overlap."""

    def frames_for(self, frames: int) -> int:
        """The shortest accepted length that is at least `frames` (not checked against `max_frames`)."""
        wanted = max(frames, self.min_frames)
        steps = -(-(wanted - self.frame_offset) // self.frame_step)
        return self.frame_offset + max(steps, 0) * self.frame_step


class Speed(Facts):
    """What a task costs on the machine named: `fixed_seconds` + rate x amount. `measured` False: an estimate."""

    fixed_seconds: float = 0.0
    seconds_per_frame_megapixel: float = 0.0
    seconds_per_audio_second: float = 0.0
    load_seconds: float = 0.0
    machine: str = ""
    date: str = ""
    measured: bool = False


class Memory(Facts):
    """A peak on the device for one load plan and precision, and in host memory. `measured` False: an estimate."""

    load_plan: LoadPlanName
    precision: str
    peak_bytes: int
    host_bytes: int = 0
    machine: str = ""
    date: str = ""
    measured: bool = False


class Manifest(Facts):
    """One model: `models/<id>.toml`."""

    id: str
    name: str
    roles: tuple[Role, ...]
    family: str
    """Names the adapter, by way of `cinema/adapters/registry.py`."""
    revision: str = "unpinned"
    sources: tuple[Source, ...] = ()
    """Empty: the model is code that ships with Cinema and has no weights."""
    convert: str = ""
    """The converter that makes this model's folder of the files as released ("audiogen")."""
    interpreter: str | None = None
    needs_gpu: bool = True
    wants: tuple[Want, ...] = ()
    """What else a request carries for this model, and which artefacts come as inputs; "endpoint": the address of a service."""
    licence: Licence
    components: tuple[Component, ...] = ()
    grid: Grid = Grid()
    languages: tuple[str, ...] = ()
    """Empty: any, or none spoken."""
    settings: Mapping[str, Value] = Field(default_factory=dict[str, Value])
    load_plans: tuple[LoadPlanName, ...] = ("resident",)
    precisions: tuple[str, ...] = ("native",)
    memory: tuple[Memory, ...] = ()
    speed: tuple[Speed, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def repository(self) -> str:
        """Where its weights come from; empty for code."""
        return ", ".join(dict.fromkeys(source.repository for source in self.sources))

    @property
    def download_bytes(self) -> tuple[int, bool]:
        """What its files take, and whether they state it; else estimated from the parameters. 0 where nothing is known."""
        files = [file.size_bytes for source in self.sources for file in source.files]
        known = sum(size or 0 for size in files)
        if files and None not in files:
            return known, True
        return max(known, round(sum(one.parameters * _STORED_BYTES.get(one.dtype, 2.0) for one in self.components))), False


class Mode(Facts):
    """`configs/modes/<name>.toml`: per role the models to try in order, and the size of the picture."""

    name: str
    title: str
    needs_gpu_bytes: int = 0
    """0: needs no GPU."""
    short_side_px: int
    weights: Literal["released", "tiny"] = "released"
    """"tiny": small random checkpoints of the same families, made here: a dry run of the real code, on any machine."""
    roles: Mapping[Role, tuple[str, ...]]
    settings: Mapping[Role, Mapping[str, Value]] = Field(default_factory=dict[Role, Mapping[str, Value]])
    """Per role, over the manifest's own settings: steps, guidance, `short_side_px` (of what is generated, then upscaled)."""


class Delivery(Facts):
    """`configs/delivery/<name>.toml`: what the finished file must be."""

    name: str
    title: str
    loudness_lufs: float
    dialogue_gated: bool = False
    true_peak_dbtp: float
    audio_bitrate_bps: int = 256_000
    source: str = ""


_Model = TypeVar("_Model", bound=Facts)


def read_toml(path: Path, model: type[_Model]) -> _Model:
    """The validated content of a TOML file; InputError names the file, the key and the value that is wrong."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise OutOfDiskError(f"{path} cannot be read: {exc.strerror}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise InputError(f"This is not valid TOML: {exc}.", where=Where(source=str(path))) from exc
    try:
        return model.model_validate(document)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{key}: {first['msg']} (value: {first['input']!r:.80}).", where=Where(source=str(path))) from exc


@dataclass(frozen=True, kw_only=True)
class Held:
    """A model's weights as they lie on this machine. `revision` names exactly these files."""

    path: Path
    revision: str
    size_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A service of the user's, and the model to ask for there. The model's name is the revision of what answers."""

    address: str
    model: str

    def fitted(self, manifest: Manifest) -> Manifest:
        """The manifest of a model that wants an endpoint, as it is true of this one."""
        if "endpoint" not in manifest.wants:
            return manifest
        settings = {**manifest.settings, "endpoint": self.address, "endpoint_model": self.model}
        return manifest.model_copy(update={"revision": self.model, "settings": settings})


class Shelf(Protocol):
    """Where weights lie."""

    def find(self, manifest: Manifest) -> Held | None:
        """The weights of that model, or None where they are not, or not wholly, here."""
        ...

    def fitted(self, manifest: Manifest) -> Manifest:
        """The manifest as it is true of the weights on this shelf."""
        ...


class Catalog:
    """All manifests, modes and delivery presets of an installation, read when first asked for.

    With a `shelf`, the manifest of a model whose weights are held there has their revision.
    """

    def __init__(
        self,
        models: Path | None = None,
        configs: Path | None = None,
        shelf: Shelf | None = None,
        endpoint: Endpoint | None = None,
    ) -> None:
        self.models_dir = models or data_dir("models")
        self.configs_dir = configs or data_dir("configs")
        self.shelf = shelf
        self.endpoint = endpoint
        self._manifests: dict[str, Manifest] | None = None

    def with_shelf(self, shelf: Shelf) -> Catalog:
        """The same catalogue, with the weights on that shelf."""
        return Catalog(self.models_dir, self.configs_dir, shelf, self.endpoint)

    def with_endpoint(self, endpoint: Endpoint | None) -> Catalog:
        """The same catalogue, with that service for the models that want one."""
        return Catalog(self.models_dir, self.configs_dir, self.shelf, endpoint)

    @property
    def manifests(self) -> Mapping[str, Manifest]:
        """By id, in order of id."""
        if self._manifests is None:
            found = (read_toml(path, Manifest) for path in sorted(self.models_dir.glob("*.toml")))
            fitted = (manifest if self.shelf is None else self.shelf.fitted(manifest) for manifest in found)
            if self.endpoint is not None:
                fitted = map(self.endpoint.fitted, fitted)
            self._manifests = {manifest.id: manifest for manifest in fitted}
        return self._manifests

    def held(self, model_id: str) -> Held | None:
        """The weights of a model, or None where it has none or they are not here."""
        manifest = self.manifest(model_id)
        return self.shelf.find(manifest) if self.shelf is not None and manifest.sources else None

    def manifest(self, model_id: str) -> Manifest:
        if model_id not in self.manifests:
            raise InputError(f"There is no model {model_id!r}; the models are {', '.join(self.manifests)}.")
        return self.manifests[model_id]

    def names(self, kind: Literal["modes", "delivery"]) -> tuple[str, ...]:
        return tuple(path.stem for path in sorted((self.configs_dir / kind).glob("*.toml")))

    def mode(self, name: str) -> Mode:
        return self._choice("modes", name, Mode)

    def delivery(self, name: str) -> Delivery:
        return self._choice("delivery", name, Delivery)

    def _choice(self, kind: Literal["modes", "delivery"], name: str, model: type[_Model]) -> _Model:
        names = self.names(kind)
        if name not in names:
            raise InputError(f"There is no {kind.rstrip('s')} {name!r}; choose one of {', '.join(names)}.")
        return read_toml(self.configs_dir / kind / f"{name}.toml", model)


Choice = Mapping[Role, Manifest]
"""The model chosen for each role that a film needs."""
