"""A catalogue for tests: models of the testing family, written as the TOML files that every catalogue is read from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cinema.catalog import ROLES, Catalog

_MANIFEST = """\
id = "{id}"
name = "Testing {id}"
roles = [{roles}]
family = "testing"
revision = "1"
needs_gpu = false
{extra}
[licence]
name = "Apache-2.0"
spdx = "Apache-2.0"
commercial = true

[[speed]]
fixed_seconds = 0.002
machine = "any"
date = "2026-11-21"
measured = false
"""

_MODE = """\
name = "testing"
title = "Testing"
short_side_px = 120

[roles]
{roles}
"""

_DELIVERY = """\
name = "web"
title = "Web"
loudness_lufs = -14.0
true_peak_dbtp = -1.0
"""


def testing_catalog(folder: Path, models: Mapping[str, str] | None = None) -> Catalog:  # noqa: PT028 - not a test
    """Write and open a catalogue in `folder`: one model for each role, called "testing-ROLE", and the mode "testing".

    `models` adds models of any role, by id, with further top-level lines of TOML for their manifests, after which tables
    may follow: `{"heavy": '[[memory]]...'}`.
    """
    manifests, modes, delivery = folder / "models", folder / "configs" / "modes", folder / "configs" / "delivery"
    for one in (manifests, modes, delivery):
        one.mkdir(parents=True, exist_ok=True)
    for role in ROLES:
        _write_manifest(manifests, f"testing-{role}", f'"{role}"', "")
    everything = ", ".join(f'"{role}"' for role in ROLES)
    for model, extra in (models or {}).items():
        _write_manifest(manifests, model, everything, extra)
    lists = "\n".join(f'{role} = ["testing-{role}"]' for role in ROLES)
    (modes / "testing.toml").write_text(_MODE.format(roles=lists), encoding="utf-8")
    (delivery / "web.toml").write_text(_DELIVERY, encoding="utf-8")
    return Catalog(models=manifests, configs=folder / "configs")


testing_catalog.__test__ = False  # pyright: ignore[reportFunctionMemberAccess]


def _write_manifest(folder: Path, model: str, roles: str, extra: str) -> None:
    text = _MANIFEST.format(id=model, roles=roles, extra=extra)
    (folder / f"{model}.toml").write_text(text, encoding="utf-8")
