"""Writes `docs/unproven.md`: by model, what only released weights or a GPU can show. Run it after a change in `models/` or in
an adapter's docstring ("Unproven: ...").

    .venv/bin/python scripts/write_unproven_page.py
"""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path

from cinema.adapters.registry import ADAPTERS
from cinema.catalog import Catalog, Manifest

TARGET = Path(__file__).parent.parent / "docs" / "unproven.md"
_UNSURE = ("medium", "low", "uncertain")
_DOUBT = re.compile(r"unproven|not read|not checked|a guess|unverified|uncertain|not known|recalled", re.IGNORECASE)
_HEAD = """\
# What is unproven

Written by `scripts/write_unproven_page.py` from `models/*.toml` and from what the adapters' docstrings call unproven; change
those, not this page. Cinema was built where no hub could be reached and no GPU was at hand: every adapter was proved on tiny
random checkpoints of its own on-disk form, on a CPU.

## Of every model with weights

- **Released weights.** That they load: names and shapes of tensors agree with the classes' released configurations as far as
  those are known (`scripts/count_parameters.py`), but no released file was opened. What pictures look like and what sounds
  sound like.
- **The hub.** Names of repositories and files are those of the vendors' pages; sizes and hashes are stated where they were
  read. The first pull resolves the revision and checks every file against what the hub states.
- **A GPU.** Peak memory in each load plan and precision, seconds a step, int8 and nf4 (bitsandbytes) and fp8 on a card, group
  offload with streams, the asynchronous copy from locked memory (`cinema/adapters/kit/residency.py`). Peaks and speeds in the
  manifests are the vendors' or estimates (`measured = false`). `scripts/bench_models.py` measures them with random weights of
  full size; it has run on a CPU only.
- **The same seed on another card.** On one machine the same job gives the same bytes; between kinds of cards nobody promises.
- **Taste.** Which of two models makes the better film: the modes' order is the trade's reputation, not our measurement.

## By model

"""


def page(catalog: Catalog) -> str:
    """The whole page: the head, and a section for each family with its models."""
    families: dict[str, list[Manifest]] = {}
    for manifest in catalog.manifests.values():
        if manifest.sources:
            families.setdefault(manifest.family, []).append(manifest)
    return _HEAD + "\n".join(_family(family, models) for family, models in sorted(families.items()))


def _family(family: str, models: list[Manifest]) -> str:
    said = admitted(family) or "What it looks or sounds like with released weights; memory and speed on a card."
    sure = ", ".join(f"`{one.id}`" for one in models if not _doubts(one))
    own = [f"- `{one.id}`: {_doubts(one)}" for one in models if _doubts(one)]
    listed = [*([f"- {sure}: nothing more than that, and what holds for every model."] if sure else []), *own]
    return f"### {family}\n\n{said}\n\n" + "\n".join(listed) + "\n"


def admitted(family: str) -> str:
    """What the adapter's docstring calls unproven; empty where it says nothing of the kind, or the family has no adapter."""
    module = ADAPTERS.get(family, "").partition(":")[0]
    spec = find_spec(module) if module else None
    if spec is None or spec.origin is None:
        return "" if module else "There is no adapter yet."
    text = " ".join((ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or "").split())
    text = re.sub(r"Licence[^.]* settings: `[^`]+`\.", "", text)
    found = re.search(r"Unproven(?: without [^:]+)?: (.*)$", text)
    return f"{found[1][:1].upper()}{found[1][1:].strip()}" if found else ""


def _doubts(manifest: Manifest) -> str:
    """What the manifest itself is not sure of, in one line."""
    doubts = [note for note in manifest.notes if _DOUBT.search(note)]
    if manifest.licence.confidence in _UNSURE:
        where = manifest.licence.source.rstrip(".")
        doubts.append(f"Licence {manifest.licence.name}: {manifest.licence.confidence} confidence ({where}).")
    unsure = [f"{one.name} ({one.confidence})" for one in manifest.components if one.confidence in _UNSURE]
    if unsure:
        doubts.append(f"The configuration of {', '.join(unsure)}.")
    if any(one.measured for one in (*manifest.memory, *manifest.speed)):
        doubts.append("Some of its figures are measured; its manifest says which, and where.")
    return " ".join(doubts)


def main() -> None:
    TARGET.write_text(page(Catalog()), encoding="utf-8")
    print(TARGET)


if __name__ == "__main__":
    main()
