"""The walls of the house stand, and the inspectors who say so would notice if they did not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import house_rules as rules
import pytest
from house_rules import House

from cinema.adapters.registry import ADAPTERS
from cinema.catalog import Catalog, Manifest

ROOT = Path(__file__).resolve().parent.parent
EXCUSED: dict[str, str] = {}
"""What may be larger than the rules allow, and why."""
_TEXTS = (".py", ".md", ".toml", ".txt", ".html", ".css", ".json", ".fountain", ".fdx", ".yml", ".yaml")
_PLACES = ("cinema", "configs", "models", "docs", "examples", "scripts", "tests", ".ci")
_FILES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "constraints.txt")


@pytest.fixture(scope="module")
def house() -> House:
    return House.of(ROOT)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog()


def test_the_whole_house_was_read(house: House) -> None:
    assert len(house.sources) > 40
    assert {"cinema", "cinema.film", "cinema.cut.timeline", "cinema.faces.cli"} <= set(house.sources)
    assert {rules.room_of(name) for name in house.sources} == set(rules.ALLOWED)


def test_imports_go_one_way(house: House) -> None:
    assert rules.wrong_ways(house) == []


def test_model_libraries_stay_in_adapters_and_the_pool(house: House) -> None:
    assert rules.model_libraries_outside(house) == []


def test_video_libraries_stay_in_cut_and_media(house: House) -> None:
    assert rules.video_libraries_outside(house) == []


def test_help_loads_nothing_heavy(house: House) -> None:
    assert "cinema.settings" in house.at_start(("cinema.settings",))
    assert rules.heavy_at_start(house) == []


def test_files_functions_and_parameter_lists_stay_small(house: House) -> None:
    assert rules.too_large(house, EXCUSED) == []
    assert rules.stale_excuses(house, EXCUSED) == []
    assert all(len(reason) > 20 for reason in EXCUSED.values())


def test_scripts_stay_small() -> None:
    scripts = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "scripts").glob("*.py"))}
    assert rules.too_large(House(scripts), {}) == []


def test_decisions_are_numbered_and_short() -> None:
    paths = sorted((ROOT / "docs" / "decisions").glob("*"))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    assert len(paths) >= 6
    assert rules.unnumbered_decisions([path.name for path in paths], [text.splitlines()[0] for text in texts]) == []
    assert [path.name for path, text in zip(paths, texts, strict=True) if text.count("\n") > 60] == []


def test_the_readme_needs_two_commands() -> None:
    assert rules.commands_in((ROOT / "README.md").read_text(encoding="utf-8")) == {"make demo", "make test"}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test", "fast"} <= targets


def test_nothing_names_a_machine_or_a_package_index() -> None:
    paths = [
        path for place in _PLACES for path in (ROOT / place).rglob("*") if path.suffix in _TEXTS or path.parent.name == ".ci"
    ]
    paths += [ROOT / name for name in _FILES]
    assert len(paths) > 80
    found = {
        path.relative_to(ROOT).as_posix(): rules.leaks(path.read_text(encoding="utf-8", errors="replace"))
        for path in paths
        if path.is_file()
    }
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_manifests_are_valid_named_after_their_file_and_served(catalog: Catalog) -> None:
    assert catalog.manifests
    assert {path.stem for path in catalog.models_dir.glob("*.toml")} == set(catalog.manifests)
    assert [manifest.id for manifest in catalog.manifests.values() if manifest.family not in ADAPTERS] == []


def test_modes_and_deliveries_are_valid_and_name_what_exists(catalog: Catalog) -> None:
    for name in catalog.names("modes"):
        mode = catalog.mode(name)
        assert mode.name == name
        for role, models in mode.roles.items():
            assert models
            assert all(role in catalog.manifest(model).roles for model in models)
    for name in catalog.names("delivery"):
        assert catalog.delivery(name).name == name
    assert {"web", "ebu", "atsc", "streaming"} <= set(catalog.names("delivery"))


def test_every_family_of_the_registry_is_a_class_in_the_house(house: House) -> None:
    for family, place in ADAPTERS.items():
        module, name = place.split(":")
        assert module in house.trees, family
        defined = {node.name for node in house.trees[module].body if isinstance(node, ast.ClassDef)}
        taken_in = {item.target.rpartition(".")[2] for item in house.imports[module] if item.top}
        assert name in defined | taken_in, family


def test_the_example_in_contributing_is_a_valid_manifest() -> None:
    import tomllib

    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        manifest = Manifest.model_validate(tomllib.loads(block))
        assert manifest.family in ADAPTERS or f"cinema/adapters/{manifest.family}.py" in text
        assert f"models/{manifest.id}.toml" in text


def planted(**sources: str) -> House:
    """A small house: `cinema_cut_x="import av"` is the module `cinema.cut.x`."""
    named = {name.replace("__", ".") if "__" in name else name: text for name, text in sources.items()}
    return House({"cinema": "", **named}, frozenset({"cinema", "cinema.cut", "cinema.faces"}))


@pytest.mark.parametrize(
    ("module", "source", "other"),
    [
        ("cinema__script__read", "from cinema.plan import model", "cinema__plan__model"),
        ("cinema__plan__model", "def late():\n    from cinema.cut import mix", "cinema__cut__mix"),
        ("cinema__cut__mix", "import cinema.render.store", "cinema__render__store"),
        ("cinema__render__store", "from cinema.cut.mix import mix", "cinema__cut__mix"),
        ("cinema__film", "from cinema.adapters import boards", "cinema__adapters__boards"),
        ("cinema__render__worker", "from cinema.adapters.boards import Boards", "cinema__adapters__boards"),
        (
            "cinema__render__worker",
            "import importlib\nimportlib.import_module('cinema.adapters.boards')",
            "cinema__adapters__boards",
        ),
        ("cinema__adapters__boards", "from cinema.plan.model import Plan", "cinema__plan__model"),
        ("cinema__errors", "from cinema.script.model import Script", "cinema__script__model"),
        ("cinema__cut__mix", "from ..render import store", "cinema__render__store"),
        ("cinema__plan__model", "from cinema.media import still", "cinema__media"),
    ],
)
def test_an_import_against_the_way_is_found(module: str, source: str, other: str) -> None:
    assert len(rules.wrong_ways(planted(**{module: source, other: ""}))) == 1


def test_imports_along_the_way_are_not_found() -> None:
    sound = planted(
        cinema__render__worker="from cinema.adapters.registry import create\nfrom cinema.plan.task import Task",
        cinema__adapters__registry="",
        cinema__adapters__boards="from cinema.plan.task import Task\nfrom cinema.adapters.contract import Job\nimport numpy",
        cinema__adapters__contract="",
        cinema__plan__task="from cinema.errors import InputError",
        cinema__errors="",
        cinema__film="from cinema import cut",
        cinema__cut="from .mix import mix",
        cinema__cut__mix="from cinema.media import still\nimport av",
        cinema__media="",
    )
    assert rules.wrong_ways(sound) == []
    assert rules.video_libraries_outside(sound) == []


@pytest.mark.parametrize(
    "source",
    ["import torch", "def late():\n    from torch.nn import Linear", "import importlib\nimportlib.import_module('torch')"],
)
def test_a_model_library_outside_is_found_even_when_lazy(source: str) -> None:
    assert rules.model_libraries_outside(planted(cinema__faces__cli=source)) != []
    assert rules.model_libraries_outside(planted(cinema__adapters__ltx=source, cinema__render__pool=source)) == []


def test_a_video_library_outside_is_found() -> None:
    found = rules.video_libraries_outside(
        planted(cinema__plan__model="def late():\n    import av.codec", cinema__cut__mix="import av")
    )
    assert found == ["cinema.plan.model:2 imports av.codec"]


def test_a_heavy_library_is_found_through_what_the_faces_import() -> None:
    inner = {"cinema__settings": "import numpy as np"}
    assert rules.heavy_at_start(planted(cinema__faces__cli="from cinema.settings import Settings", **inner)) == [
        "cinema.settings:1 loads numpy"
    ]
    assert (
        rules.heavy_at_start(planted(cinema__faces__cli="def run():\n    from cinema.settings import Settings", **inner)) == []
    )
    hidden = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy"
    assert rules.heavy_at_start(planted(cinema__faces__cli=hidden)) == []
    package = {"cinema__cut": "import av", "cinema__cut__timeline": ""}
    assert rules.heavy_at_start(planted(cinema__faces__cli="from cinema.cut.timeline import Timeline", **package)) == [
        "cinema.cut:1 loads av"
    ]


def test_what_is_too_large_is_found_and_excuses_go_stale() -> None:
    long_function = "def tell():\n" + "    x = 1\n" * rules.FUNCTION_LINES
    many = "class A:\n    def __init__(self, a, b, c, d, e, f, g, h, *, i):\n        pass\n"
    large = planted(cinema__a=long_function, cinema__b=many, cinema__c="x = 1\n" * (rules.FILE_LINES + 1))
    assert rules.too_large(large, {}) == [
        "cinema.a:tell has 66 lines",
        "cinema.b:__init__ has 9 parameters",
        "cinema.c has 421 lines",
    ]
    excused = {"cinema.a:tell": "", "cinema.b:__init__": "", "cinema.c": ""}
    assert rules.too_large(large, excused) == []
    assert rules.stale_excuses(large, excused) == []
    assert rules.stale_excuses(large, {"cinema.gone": ""}) == ["cinema.gone"]


def test_wrong_numbers_of_decisions_are_found() -> None:
    names = ["0001-house.md", "0003-gap.md", "0003-No.md"]
    assert rules.unnumbered_decisions(names, ["# 0001 The house", "# 0003 x", "# 0003 x"]) == [
        "0003-gap.md should be 0002-title.md",
        "0003-No.md should be 0003-title.md",
    ]
    assert rules.unnumbered_decisions(["0001-house.md"], ["# The house"]) == ["0001-house.md begins with '# The house'"]


def test_a_third_command_in_the_readme_is_found() -> None:
    text = "```sh\nmake demo   # a film\n$ make test\n```\n\nthen `make fast`\n"
    assert rules.commands_in(text) == {"make demo", "make test"}
    assert rules.commands_in(text + "```\npip install cinema\n```\n") == {"make demo", "make test", "pip install cinema"}


def test_leaks_are_found() -> None:
    assert rules.leaks("see /" + "home/ann/film") == ["/" + "home/a"]
    assert rules.leaks("pip --extra-index" + "-url x") == ["extra-index" + "-url"]
    assert rules.leaks("docs/" + "work/x, a network and http://x.org/home") == []
