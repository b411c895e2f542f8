"""The image of a worker keeps to rules that can be read off its Dockerfile, and each rule would notice if it did not."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from cinema.catalog import Catalog
from cinema.faces.serverless.job import read_job
from cinema.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


dockerfiles = script("dockerfiles")
check = script("check_dockerfile")
requirements = script("list_requirements").requirements
OURS = check.case_of(ROOT / "Dockerfile", ROOT / "docs" / "container.md")
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")


POOLS = {
    *("AMPERE_16", "AMPERE_24", "AMPERE_48", "AMPERE_80", "ADA_24", "ADA_32_PRO", "ADA_48_PRO", "ADA_80_PRO"),
    *("HOPPER_141", "BLACKWELL_96", "BLACKWELL_180"),
}
"""RunPod's pools of cards (docs.runpod.io, GPU types, read 2026-11-21)."""


def faults(text: str) -> list[str]:
    return check.faults(replace(OURS, stages=dockerfiles.read_stages(text)))


def test_our_dockerfile_breaks_no_rule() -> None:
    assert check.faults(OURS) == []
    assert [stage.name for stage in OURS.stages] == ["python", "libraries", "build", "weights", "worker"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("FROM nvidia/cuda:13.0.2-base-ubuntu24.04", "FROM nvidia/cuda:latest", "is not pinned"),
        ("FROM nvidia/cuda:13.0.2-base-ubuntu24.04", "FROM nvidia/cuda", "is not pinned"),
        ("FROM nvidia/cuda:13.0.2-base-ubuntu24.04", "FROM nvidia/cuda:13", "is not pinned"),
        ("FROM nvidia/cuda:13.0.2-base-ubuntu24.04", "FROM $BASE", "is not pinned"),
        ("FROM nvidia/cuda:13.0.2-base-ubuntu24.04", "FROM nvidia/cuda:13.0.2-devel-ubuntu24.04", "brings compilers"),
        ("FROM nvidia/cuda:13.0.2-base-ubuntu24.04 AS worker", "FROM build AS worker", ""),
        ("FROM libraries AS build", "FROM librarys AS build", "is not pinned"),
        ("USER 10001:10001\n", "", "end as a user"),
        ("USER 10001:10001", "USER root", "end as a user"),
        ("USER 10001:10001", "USER 0", "end as a user"),
        ("USER 10001:10001\n", "USER 10001:10001\nRUN true\n", "after the last USER"),
        ('CMD ["python", "-u", "handler.py"]', "CMD python -u handler.py", "not in exec form"),
        ('CMD ["python", "-u", "handler.py"]', "", "has 0 CMD"),
        ('ENTRYPOINT ["/usr/bin/tini", "--"]\n', "", "without tini"),
        ('ENTRYPOINT ["/usr/bin/tini", "--"]', "ENTRYPOINT tini --", "not in exec form"),
        ('CMD ["cinema", "doctor", "--json"]', "CMD cinema doctor --json", "HEALTHCHECK needs"),
        ("--start-period=60s ", "", "HEALTHCHECK needs"),
        ("COPY handler.py", "ADD https://example.org/handler.py", "use COPY"),
        ("COPY handler.py test_input.json ./", "COPY . .", "copies everything"),
        ("COPY handler.py test_input.json ./", "COPY handlers.py ./", "handlers.py is not there"),
        ("COPY handler.py test_input.json ./", "COPY tests ./", "kept from the builder"),
        ("COPY handler.py test_input.json ./", "COPY CHANGELOG.md ./", "kept from the builder"),
        ("COPY --from=weights", "COPY --from=weight", "no stage weight"),
        ("COPY --from=build /opt", "COPY --from=worker /opt", "no stage worker"),
        ('ARG MODELS=""', 'ARG HF_TOKEN=""', "image's history"),
        ("LANG=C.UTF-8", "RUNPOD_API_KEY=x", "image's history"),
        ("LANG=C.UTF-8", "BUCKET_SECRET_ACCESS_KEY=x", "image's history"),
        ("LANG=C.UTF-8", "UNHEARD_OF=1", "UNHEARD_OF is explained nowhere"),
        ("--no-install-recommends ", "", "without '--no-install-recommends'"),
        ("    && rm -rf /var/lib/apt/lists/* \\\n", "", "without 'rm -rf"),
        ("RUN apt-get update \\\n    && apt-get", "RUN apt-get", "without 'apt-get update'"),
        ("apt-get install -y", "apt-get install", "without '-y'"),
        ("RUN ldconfig", "RUN apt-get upgrade", "no upgrade"),
        ("RUN ldconfig", "RUN apt install x", "use apt-get"),
        ("zlib1g", "zlib1g-dev", "compilers"),
        ("zlib1g", "build-essential", "compilers"),
        ("RUN ldconfig", "RUN python -m pip install --no-cache-dir --no-deps x", "in the last stage"),
        ("COPY pyproject.toml", "COPY cinema cinema\nCOPY pyproject.toml", "undoes the cache"),
        ("FROM libraries AS build\n", "", "into the libraries' layer"),
        ("--constraint constraints.txt ", "", "versions that were tested"),
        ("RUN --mount=type=cache,target=/var/cache/pip \\\n    python list", "RUN python list", "stay in the layer"),
        ("--no-deps --target", "--no-deps --index" + "-url mirror --target", "another host"),
        ("/opt/package .", "/opt/package git+https://example.org/x", "another host"),
        ("RUN ldconfig", "RUN curl -O x", "another host"),
        ("WORKDIR /app", "WORKDIR app", "not absolute"),
        ("RUN ldconfig", "RUN cd /app && ls", "use WORKDIR"),
        ("RUN ldconfig", "RUN ldconfig && sudo ls", "use WORKDIR"),
    ],
)
def test_each_rule_finds_what_breaks_it(old: str, new: str, told: str) -> None:
    assert TEXT.count(old) >= 1
    found = faults(TEXT.replace(old, new, 1))
    assert any(told in fault for fault in found) if told else found == []
    assert all(re.match(r"line \d+: ", fault) for fault in found)


def test_a_planted_line_is_told_with_its_number() -> None:
    (found,) = [fault for fault in faults(TEXT + "ADD x y\n") if "use COPY" in fault]
    assert found.startswith(f"line {TEXT.count(chr(10)) + 1}: ")


def test_continued_lines_flags_and_comments_are_read() -> None:
    text = '# syntax\nFROM a:1.2 AS b\nRUN --mount=type=cache,target=/x --network=none \\\n  # why\n  one \\\n  && two\n\nENV A=1 \\\n    B="2 3"\nARG C\n'
    (stage,) = dockerfiles.read_stages(text)
    run, env, arg = stage.instructions
    assert (run.line, run.flag("network"), run.text) == (3, "none", "one && two")
    assert (env.line, env.assigned, arg.assigned) == (8, {"A": "1", "B": "2 3"}, {"C": ""})


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("cinema/film.py", False),
        ("models/boards.toml", False),
        ("scripts/list_requirements.py", False),
        ("handler.py", False),
        ("scripts/bench_all.py", True),
        ("cinema/__pycache__/film.cpython-311.pyc", True),
        ("cinema/film.pyc", True),
        ("tests/test_house.py", True),
        ("films/a/film.mp4", True),
        (".env", True),
        (".git/config", True),
        (".venv/bin/python", True),
        ("docs/container.md", True),
    ],
)
def test_only_what_is_needed_goes_to_the_builder(path: str, kept: bool) -> None:
    assert dockerfiles.ignored(path, OURS.ignores) is kept


def test_the_list_of_libraries_is_the_projects() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    listed = requirements(text, ["models", "serverless"])
    extras = project["optional-dependencies"]
    assert listed == [*project["dependencies"], *extras["models"], *extras["serverless"]]
    assert {"av>=18", "runpod>=1.12"} <= set(listed)
    assert any(line.startswith("torch>=") for line in listed)
    assert not any(line.startswith("pytest") for line in listed)
    with pytest.raises(KeyError):
        requirements(text, ["no such extra"])


def test_cuda_of_the_image_is_the_one_that_torch_was_built_for() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    toolkit = re.search(r"^cuda-toolkit==(\d+\.\d+\.\d+)", constraints, re.MULTILINE)
    assert toolkit
    assert OURS.last.base.startswith(f"nvidia/cuda:{toolkit[1]}-base-")
    hub, tests = (json.loads((ROOT / ".runpod" / f"{name}.json").read_text(encoding="utf-8")) for name in ("hub", "tests"))
    assert hub["config"]["allowedCudaVersions"] == tests["config"]["allowedCudaVersions"] == [toolkit[1].rpartition(".")[0]]


def test_the_hub_file_is_as_the_hub_wants_it() -> None:
    hub = json.loads((ROOT / ".runpod" / "hub.json").read_text(encoding="utf-8"))
    assert set(hub) == {"title", "description", "type", "category", "config"}
    assert (hub["type"], hub["category"]) == ("serverless", "video")
    config = hub["config"]
    assert set(config) == {"runsOn", "containerDiskInGb", "gpuCount", "gpuIds", "allowedCudaVersions", "presets", "env"}
    assert set(config["gpuIds"].split(",")) <= POOLS
    keys = [one["key"] for one in config["env"]]
    assert len(keys) == len(set(keys))
    for one in config["env"]:
        given = one["input"]
        assert {"name", "type", "description", "default"} <= set(given) <= {*given, "advanced", "options", "min", "max"}
        assert given["type"] in ("string", "number", "boolean")
        values = [option["value"] for option in given.get("options", ())]
        assert not values or given["default"] in values
    assert all(set(preset["defaults"]) <= set(keys) for preset in config["presets"])
    secrets = [one["input"] for one in config["env"] if "SECRET" in one["key"]]
    assert secrets
    assert all(one["default"] == "" for one in secrets)


def test_the_hub_asks_for_variables_that_somebody_reads() -> None:
    hub = json.loads((ROOT / ".runpod" / "hub.json").read_text(encoding="utf-8"))
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cinema" / "faces" / "serverless").glob("*.py"))
    modes = {"auto", *Catalog().names("modes")}
    for one in hub["config"]["env"]:
        field = one["key"].removeprefix("CINEMA_").lower()
        assert one["key"] in source or field in Settings.model_fields, one["key"]
        if field == "mode":
            assert {option["value"] for option in one["input"]["options"]} <= modes


def test_the_hubs_jobs_are_jobs_and_need_no_storage() -> None:
    tests = json.loads((ROOT / ".runpod" / "tests.json").read_text(encoding="utf-8"))
    assert set(tests) == {"tests", "config"}
    assert set(tests["config"]) == {"gpuTypeId", "gpuCount", "env", "allowedCudaVersions"}
    assert {"key": "CINEMA_STORAGE", "value": "job"} in tests["config"]["env"]
    for one in tests["tests"]:
        assert set(one) == {"name", "input", "timeout"}
        assert read_job({"id": "hub", "input": one["input"]}).input.action in ("health", "models", "plan")
    sample = json.loads((ROOT / "test_input.json").read_text(encoding="utf-8"))["input"]["script"]
    assert tests["tests"][-1]["input"]["script"] == sample
