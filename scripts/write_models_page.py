"""Writes `docs/models.md` from the manifests; run it after a change in `models/`.

.venv/bin/python scripts/write_models_page.py
"""

from __future__ import annotations

from pathlib import Path

from cinema.catalog import ROLES, Catalog, Manifest, Role

TARGET = Path(__file__).parent.parent / "docs" / "models.md"
_BYTES = {"fp32": 4, "bf16": 2, "fp16": 2}
_HEAD = """\
# The models

Written by `scripts/write_models_page.py` from `models/*.toml`; change those, not this page. Weights are parameters times the
bytes in which they are kept, in GB of 1,000,000,000 bytes. Figures of memory and speed are in the manifests, each with where
it comes from; none was measured by us on a card unless its manifest says `measured = true`.

`commercial` is what the licence of the weights allows; what else it asks (attribution, disclosure, acceptable use) is among
the manifest's duties, and in every film's report. A model that the settings `purpose`, `territory` and `revenue_usd` rule out
is not chosen, and `cinema plan` says why.
"""
_TITLES: dict[Role, str] = {
    "speech": "Speech",
    "nonverbal": "Laughs, sighs and gasps",
    "image": "Stills: sheets and keyframes",
    "video": "Clips",
    "title": "Words to be read",
    "upscale": "Larger pictures",
    "music": "Music",
    "sound": "Sounds",
    "text": "Text",
}


def page(catalog: Catalog) -> str:
    """The whole page: a table for each role, and what each mode tries in order."""
    parts = [_HEAD]
    for role in ROLES:
        models = [one for one in catalog.manifests.values() if role in one.roles and one.family != "testing"]
        parts.append(f"## {_TITLES[role]}\n\n{_table(models)}\n")
    parts.append(f"## What the modes try, in order\n\n{_modes(catalog)}\n")
    return "\n".join(parts)


def _table(models: list[Manifest]) -> str:
    rows = ["| model | weights | length, languages or scale | licence | commercial | from |", "|---|---|---|---|---|---|"]
    rows += [
        f"| `{one.id}` | {_weights(one)} | {_window(one)} | {_licence(one)} | {_commercial(one)} | {_origin(one)} |"
        for one in models
    ]
    return "\n".join(rows)


def _weights(one: Manifest) -> str:
    size = sum(part.parameters * _BYTES[part.dtype] for part in one.components)
    if not size:
        return "none"
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def _window(one: Manifest) -> str:
    grid = one.grid
    if "video" in one.roles and one.components:
        rates = ", ".join(f"{float(rate):.4g}" for rate in grid.fps) or "any"
        longest = f"{grid.max_frames} frames" if grid.max_frames else "any length"
        onward = ", goes on from its end" if grid.overlap_frames else ""
        return f"{longest} ({grid.frame_step}n+{grid.frame_offset}) at {rates} a second{onward}"
    if grid.max_seconds is not None:
        return f"{grid.max_seconds:g} s"
    if one.languages and "speech" in one.roles and len(one.languages) < 30:
        return ", ".join(one.languages)
    return f"x{one.settings['scale']}" if "scale" in one.settings else ""


def _licence(one: Manifest) -> str:
    name = f"[{one.licence.name}]({one.licence.url})" if one.licence.url else one.licence.name
    return name + (" (gated)" if one.licence.gated else "")


def _commercial(one: Manifest) -> str:
    licence = one.licence
    if not licence.commercial:
        return "no"
    limits = [f"not in {', '.join(licence.excluded_territories)}"] if licence.excluded_territories else []
    if licence.revenue_cap_usd is not None:
        limits.append(f"up to {licence.revenue_cap_usd // 1_000_000} million USD a year")
    return "yes" + (f", {' and '.join(limits)}" if limits else "")


def _origin(one: Manifest) -> str:
    return ", ".join(dict.fromkeys(source.repository for source in one.sources)) or "code"


def _modes(catalog: Catalog) -> str:
    modes = [catalog.mode(name) for name in catalog.names("modes")]
    rows = ["| role | " + " | ".join(mode.name for mode in modes) + " |", "|---|" + "---|" * len(modes)]
    for role in ROLES:
        cells = [", ".join(f"`{model}`" for model in mode.roles.get(role, ())) for mode in modes]
        rows.append(f"| {role} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def main() -> None:
    TARGET.write_text(page(Catalog()), encoding="utf-8")
    print(TARGET)


if __name__ == "__main__":
    main()
