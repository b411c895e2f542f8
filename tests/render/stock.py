"""A shelf for tests: a model's weights are the folder of its name, when it is there."""

from pathlib import Path

from cinema.catalog import Catalog, Held, Manifest
from cinema.testing.catalog import testing_catalog

PLANS = 'load_plans = ["resident", "component_offload", "group_offload"]\n'
SOURCES = '[[sources]]\nrepository = "somebody/{id}"\nfiles = [{{ path = "model.safetensors" }}]\n'


class FolderShelf:
    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, manifest: Manifest) -> Held | None:
        folder = self.root / manifest.id
        return Held(path=folder, revision="1") if folder.is_dir() else None

    def fitted(self, manifest: Manifest) -> Manifest:
        return manifest


def memory(*, load_plan: str = "resident", peak: int = 0, host: int = 0) -> str:
    return (
        f'[[memory]]\nload_plan = "{load_plan}"\nprecision = "native"\npeak_bytes = {peak}\nhost_bytes = {host}\n'
        "measured = true\n"
    )


def stocked(folder: Path, models: dict[str, str], *, absent: tuple[str, ...] = (), needs_gpu: bool = False) -> Catalog:
    """Models of the testing family with sources, whose weights lie in `folder/shelf` but for the `absent`."""
    for model in models:
        if model not in absent:
            (folder / "shelf" / model).mkdir(parents=True)
            (folder / "shelf" / model / "model.safetensors").write_bytes(bytes(100_000))
    texts = {model: f"{PLANS}{extra}{SOURCES.format(id=model)}" for model, extra in models.items()}
    catalog = testing_catalog(folder / "catalog", texts).with_shelf(FolderShelf(folder / "shelf"))
    for model in models if needs_gpu else ():
        path = catalog.models_dir / f"{model}.toml"
        path.write_text(path.read_text().replace("needs_gpu = false", "needs_gpu = true"))
    return catalog
