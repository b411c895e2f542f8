"""`python -m cinema.testing.tiny --out DIR [ID ...]`: make tiny checkpoints; each is whole once its `lock.json` stands."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from cinema.catalog import Catalog
from cinema.errors import CinemaError
from cinema.testing.tiny import BUILDERS, build


def main() -> int:
    parser = argparse.ArgumentParser(prog="cinema.testing.tiny", description="Make tiny random checkpoints.")
    parser.add_argument("--out", type=Path, required=True, help="the folder that gets one folder for each model")
    parser.add_argument("ids", nargs="*", help="models; all that have a tiny form if none is named")
    options = parser.parse_args()
    catalog = Catalog()
    try:
        ids = options.ids or [one.id for one in catalog.manifests.values() if one.family in BUILDERS]
        for model in ids:
            make(catalog, model, options.out)
    except CinemaError as exc:
        print(f"cinema: {exc}", file=sys.stderr)
        return exc.exit_code
    return 0


def make(catalog: Catalog, model: str, out: Path) -> None:
    """Make one checkpoint beside its place, then move it there whole."""
    manifest = catalog.manifest(model)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".making-") as made:
        revision = build(manifest, Path(made) / model)
        shutil.rmtree(out / model, ignore_errors=True)
        (Path(made) / model).rename(out / model)
    print(f"{model}: {revision}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
