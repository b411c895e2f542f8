"""No weights are read where they are not brought first: those that are away are NaN here, and the file stays the same.

Load plans are put in force on the CPU. Buffers stay as they are: pipelines read a VAE's statistics from host memory, and move
them. What a card adds, streams and memory, is not shown.
"""

from pathlib import Path
from typing import Any

import pytest
from test_generators import CATALOG, inputs_for, representatives, request_for

from cinema.adapters import registry
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.kit import residency
from cinema.catalog import LoadPlanName, Role
from cinema.events import LocalWatch
from cinema.identity import file_digest
from cinema.testing.tiny import BUILDERS, build

pytestmark = [pytest.mark.models, pytest.mark.slow]

OFFLOADED: list[tuple[str, Role, LoadPlanName]] = [
    (model, role, plan)
    for model, role in representatives()
    for plan in CATALOG.manifest(model).load_plans
    if plan != "resident" and CATALOG.manifest(model).family in BUILDERS
]


class Away:
    """Takes the weights away, by `mark`, that a card would not hold, and brings them back."""

    def __init__(self) -> None:
        self.mark = False
        self.brought = 0
        self._kept: dict[int, tuple[Any, Any]] = {}
        """The parameter (so that no other gets its id) and its values."""

    def send(self, parameters: list[Any]) -> None:
        import torch

        for one in parameters:
            if self.mark and one.is_floating_point():
                self._kept.setdefault(id(one), (one, one.data))
                one.data = torch.full_like(one.data, torch.nan)

    def bring(self, parameters: list[Any]) -> None:
        self.brought += 1
        for one in parameters:
            one.data = self._kept.get(id(one), (one, one.data))[1]


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Away:
    from diffusers.hooks.group_offloading import ModuleGroup

    it = Away()

    class Host(residency.HostCopy):
        def __init__(self, module: Any, *, lock: bool) -> None:
            super().__init__(module, lock=lock)
            self._parameters = list(module.parameters())
            it.send(self._parameters)

        def onto(self, device: Any) -> None:
            it.bring(self._parameters)

        def off(self) -> None:
            it.send(self._parameters)

    def of(group: Any) -> list[Any]:
        return [*(one for module in group.modules for one in module.parameters()), *group.parameters]

    monkeypatch.setattr(residency, "place", residency.placed)
    monkeypatch.setattr(residency, "HostCopy", Host)
    monkeypatch.setattr(ModuleGroup, "onload_", lambda group: it.bring(of(group)))  # pyright: ignore[reportUnknownLambdaType]
    monkeypatch.setattr(ModuleGroup, "offload_", lambda group: it.send(of(group)))  # pyright: ignore[reportUnknownLambdaType]
    return it


@pytest.mark.parametrize(("model", "role", "load_plan"), OFFLOADED, ids=str)
def test_weights_are_brought_before_they_are_read(
    model: str, role: Role, load_plan: LoadPlanName, away: Away, tmp_path: Path
) -> None:
    manifest = CATALOG.manifest(model)
    build(manifest, tmp_path / "weights")
    job = Job(request=request_for(role, manifest), seed=3, inputs=inputs_for(tmp_path / "inputs"))
    plan = LoadPlan(manifest=manifest, weights=tmp_path / "weights", precision="native", load_plan=load_plan)
    digests: list[str] = []
    for away.mark in (False, True):
        out = tmp_path / str(away.mark)
        out.mkdir()
        adapter = registry.create(manifest.family)
        adapter.load(plan, Device())
        product = adapter.run(job, out, LocalWatch())
        adapter.unload()
        digests.append(file_digest(out / product.files[0].name))
    assert away.brought
    assert digests[0] == digests[1]
