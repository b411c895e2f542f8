"""A script and settings become the input of a job (`cinema/faces/serverless/job.py`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, get_args

from cinema.errors import InputError
from cinema.faces.serverless.job import SETTINGS, Output
from cinema.script import write_json
from cinema.script.model import Script
from cinema.settings import Settings

_BESIDE = ("mode", "delivery", "seed")
"""Settings with a key of their own in the job's input."""
_OF_A_MACHINE = frozenset({"weights", "weights_cache", "workers", "price_per_hour_usd", "text_endpoint", "text_model"})
"""Settings that say something of a machine and its network, and nothing of the film: the endpoint has its own."""


def job_input(script: Script, settings: Settings, *, outputs: Sequence[str] = ()) -> dict[str, Any]:
    """The input of a job that renders the script: the script as JSON, and the settings that are not the defaults.

    InputError names the pictures and recordings that lie on this machine, which an endpoint cannot read, and outputs that
    there are not.
    """
    _check_files(script)
    _check_outputs(outputs)
    wanted = _changed(settings)
    document: dict[str, Any] = {"action": "render", "script": json.loads(write_json(script))}
    document |= {key: wanted[key] for key in _BESIDE if key in wanted}
    inner = {key: value for key, value in wanted.items() if key in SETTINGS}
    if inner:
        document["settings"] = inner
    return document | ({"outputs": list(dict.fromkeys(outputs))} if outputs else {})


def plan_input(render_input: dict[str, Any]) -> dict[str, Any]:
    """The input that asks for the plan of the same film."""
    return {key: value for key, value in render_input.items() if key != "outputs"} | {"action": "plan"}


def deliver_input(film: str, *, outputs: Sequence[str] = ()) -> dict[str, Any]:
    """The input of a job that hands over, once more, the film that the job `film` made. InputError as `job_input`."""
    _check_outputs(outputs)
    return {"action": "deliver", "film": film} | ({"outputs": list(dict.fromkeys(outputs))} if outputs else {})


def _check_outputs(outputs: Sequence[str]) -> None:
    unknown = [name for name in outputs if name not in get_args(Output)]
    if unknown:
        raise InputError(f"--output {unknown[0]}: there is no such output; the outputs are {', '.join(get_args(Output))}.")


def left_out(settings: Settings) -> tuple[str, ...]:
    """Settings of the user that an endpoint does not take although they are of the film."""
    known = {*SETTINGS, *_BESIDE, *_OF_A_MACHINE}
    return tuple(key for key in _changed(settings) if key not in known)


def _changed(settings: Settings) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude_defaults=True)


def _check_files(script: Script) -> None:
    from cinema.assets import named_in

    here = [named for named in named_in(script) if not named.source.lower().startswith("https://")]
    if here:
        names = ", ".join(f"{named.source} ({named.owner})" for named in here[:8])
        more = f" and {len(here) - 8} more" if len(here) > 8 else ""
        raise InputError(
            f"The script names files of this machine, which the endpoint cannot read: {names}{more}; put them where https "
            "reaches them and name their links in the script, or take them out.",
            where=here[0].where,
        )
