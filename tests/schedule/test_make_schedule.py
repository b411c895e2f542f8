"""Laws of a schedule, and its predictions."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinema.catalog import Catalog, Component, Manifest, Mode, Source, SourceFile
from cinema.errors import CinemaError, DoesNotFitError
from cinema.plan.task import ImageRequest, SpeechRequest, Task, UpscaleRequest, VideoRequest, VoiceSpec
from cinema.schedule import Schedule, make_schedule
from cinema.schedule.document import dump_schedule
from cinema.schedule.model import DeviceFacts
from cinema.schedule.predict import fit, frame_megapixels, peak_bytes, slot_bytes, task_seconds, task_size_bytes
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog
from cinema.testing.graph import music, small_film, sound, speech

CPU = DeviceFacts(name="cpu", title="a processor", memory_bytes=8_000_000_000, slots=2)
BUSY = [HealthCheck.too_slow]
"""A machine that others use too draws graphs slowly now and then."""
GROUPS = ("testing-speech", "testing-music", "testing-sound", "third", "fourth")


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return testing_catalog(tmp_path_factory.mktemp("catalog"), {"third": "", "fourth": ""})


def plan(
    tasks: Sequence[Task],
    catalog: Catalog,
    cached: Sequence[str] = (),
    devices: Sequence[DeviceFacts] = (CPU,),
    price: float = 0.0,
) -> Schedule:
    mode = Mode(name="testing", title="Testing", short_side_px=120, roles={})
    chosen = Settings(price_per_hour_usd=price)
    return make_schedule(tasks, cached=cached, catalog=catalog, devices=devices, mode=mode, settings=chosen)


@st.composite
def graphs(draw: st.DrawFn, layered: bool = False) -> list[Task]:
    """Any DAG of speech-like tasks; `layered`: a task needs only its own model or models before it."""
    tasks: list[Task] = []
    for number in range(draw(st.integers(0, 24))):
        group = draw(st.integers(0, len(GROUPS) - 1))
        able = [one for one in tasks if not layered or GROUPS.index(one.model) <= group]
        needed = draw(st.lists(st.sampled_from(able), max_size=3)) if able else []
        tasks.append(speech("x" * draw(st.integers(0, 40)), number, inputs=[one.key for one in needed], model=GROUPS[group]))
    return tasks


@given(tasks=graphs(), chance=st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None, suppress_health_check=BUSY)
def test_every_uncached_task_once_and_after_its_inputs(catalog: Catalog, tasks: list[Task], chance: Random) -> None:
    shuffled = list(tasks)
    chance.shuffle(shuffled)
    cached = {task.key for task in tasks[: len(tasks) // 3]}
    schedule = plan(shuffled, catalog, sorted(cached))
    order = [key for batch in schedule.batches for key in batch.keys]
    assert sorted(order) == sorted(task.key for task in tasks if task.key not in cached)
    assert set(schedule.cached) == cached
    place = {key: at for at, key in enumerate(order)}
    for task in tasks:
        if task.key in place:
            assert all(place[key] < place[task.key] for key in task.inputs if key not in cached)
    known = {task.key: task for task in tasks}
    assert all(known[key].model == batch.model for batch in schedule.batches for key in batch.keys)


@given(tasks=graphs(layered=True))
@settings(max_examples=80, deadline=None, suppress_health_check=BUSY)
def test_models_that_do_not_need_each_other_in_a_circle_are_loaded_once(catalog: Catalog, tasks: list[Task]) -> None:
    schedule = plan(tasks, catalog)
    models = [batch.model for batch in schedule.batches]
    assert len(models) == len(set(models)) == len({task.model for task in tasks})


@given(tasks=graphs())
@settings(max_examples=60, deadline=None, suppress_health_check=BUSY)
def test_a_batch_is_never_followed_by_one_of_the_same_model(catalog: Catalog, tasks: list[Task]) -> None:
    models = [batch.model for batch in plan(tasks, catalog).batches]
    assert all(first != second for first, second in pairwise(models))


def heavy(peaks: Sequence[tuple[str, int]]) -> Manifest:
    return Manifest.model_validate(
        {
            "id": "heavy",
            "name": "Heavy",
            "roles": ["speech"],
            "family": "testing",
            "needs_gpu": True,
            "licence": {"name": "MIT", "commercial": True},
            "load_plans": [name for name, _ in peaks],
            "memory": [
                {"load_plan": name, "precision": "native", "peak_bytes": peak, "measured": True} for name, peak in peaks
            ],
        }
    )


@given(
    card=st.integers(1_000, 100_000),
    resident=st.integers(1_000, 100_000),
    offload=st.integers(500, 60_000),
    streamed=st.integers(100, 30_000),
)
def test_the_load_plan_that_is_taken_fits_and_is_the_first_that_does(
    card: int, resident: int, offload: int, streamed: int
) -> None:
    peaks = [("resident", resident), ("component_offload", offload), ("group_offload", streamed)]
    found = fit(heavy(peaks), "native", DeviceFacts(name="cuda:0", title="card", memory_bytes=card))
    fitting = [name for name, peak in peaks if peak <= card]
    assert (found.load_plan if found else None) == (fitting[0] if fitting else None)
    assert found is None or (found.peak_bytes <= card and found.measured)


def gpu_catalog(folder: Path, *sizes: int) -> Catalog:
    """Models "gpu-0" ... that need a card and that many bytes of it."""
    memory = '[[memory]]\nload_plan = "resident"\nprecision = "native"\npeak_bytes = {}\nmeasured = true\n'
    made = testing_catalog(folder, {f"gpu-{number}": memory.format(size) for number, size in enumerate(sizes)})
    for number in range(len(sizes)):
        path = made.models_dir / f"gpu-{number}.toml"
        path.write_text(path.read_text().replace("needs_gpu = false", "needs_gpu = true"))
    return made


def test_batches_go_to_a_card_that_holds_them_and_work_is_spread(tmp_path: Path) -> None:
    catalog = gpu_catalog(tmp_path, 20_000, 10_000, 9_000)
    cards = (
        CPU,
        DeviceFacts(name="cuda:0", title="small", memory_bytes=12_000),
        DeviceFacts(name="cuda:1", title="large", memory_bytes=24_000),
    )
    tasks = [speech("a", model="gpu-0"), speech("b", model="gpu-1"), speech("c", model="gpu-2"), speech("d")]
    schedule = plan(tasks, catalog, devices=cards)
    home = {batch.model: batch.device for batch in schedule.batches}
    assert home["gpu-0"] == "cuda:1"
    assert home["testing-speech"] == "cpu"
    assert {home["gpu-1"], home["gpu-2"]} & {"cuda:0"}
    memory = {card.name: slot_bytes(card) for card in cards}
    assert all(batch.prediction.peak_bytes <= memory[batch.device] for batch in schedule.batches)


def test_what_fits_no_card_is_refused_with_both_figures(tmp_path: Path) -> None:
    card = DeviceFacts(name="cuda:0", title="small", memory_bytes=12_000_000_000)
    with pytest.raises(DoesNotFitError, match=r"gpu-0 in native fits no device: 12\.0 GB"):
        plan([speech("a", model="gpu-0")], gpu_catalog(tmp_path, 20_000_000_000), devices=(CPU, card))


SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=4)
"""Of models on the processor, in hundreds of MB."""


def cpu_catalog(catalog: Catalog, sizes: Sequence[int]) -> Catalog:
    """Models "size-0" ... that take so many hundreds of MB of the processor's memory."""
    copy = Catalog(models=catalog.models_dir, configs=catalog.configs_dir)
    plain = catalog.manifest("testing-speech")
    made = [
        heavy([("resident", size * 100_000_000)]).model_copy(
            update={"id": f"size-{number}", "needs_gpu": False, "speed": plain.speed}
        )
        for number, size in enumerate(sizes)
    ]
    copy._manifests = {**catalog.manifests, **{one.id: one for one in made}}
    return copy


@given(sizes=SIZES, memory=st.integers(1, 80), slots=st.integers(1, 64))
@settings(max_examples=150, deadline=None, suppress_health_check=BUSY)
def test_what_the_whole_memory_holds_is_never_refused_and_all_slots_together_keep_within_it(
    catalog: Catalog, sizes: list[int], memory: int, slots: int
) -> None:
    cpu = DeviceFacts(name="cpu", title="a processor", memory_bytes=memory * 100_000_000, slots=slots)
    tasks = [speech("a", model=f"size-{number}") for number in range(len(sizes))]
    if max(sizes) > memory:
        with pytest.raises(DoesNotFitError):
            plan(tasks, cpu_catalog(catalog, sizes), devices=(cpu,))
        return
    schedule = plan(tasks, cpu_catalog(catalog, sizes), devices=(cpu,))
    (device,) = schedule.devices
    assert 1 <= device.slots <= slots
    assert all(batch.prediction.peak_bytes * device.slots <= cpu.memory_bytes for batch in schedule.batches)
    assert device.slots == min(slots, memory // max(sizes)), "and no more are sent home than must be"


def test_a_large_model_on_many_cores_is_made_room_for_and_its_time_is_that_of_fewer_workers(catalog: Catalog) -> None:
    cpu = DeviceFacts(name="cpu", title="many cores", memory_bytes=8_000_000_000, slots=8)
    sized = cpu_catalog(catalog, [30, 1])
    tasks = [speech(f"line {number}", model="size-0") for number in range(8)]
    schedule = plan(tasks, sized, devices=(cpu,))
    assert schedule.devices[0].slots == 2
    assert schedule.prediction.seconds == pytest.approx(8 * 0.002 / 2)
    assert plan([speech("a", model="size-1")], sized, devices=(cpu,)).devices == (cpu,)


def test_a_worker_with_libraries_is_counted_with_them(catalog: Catalog) -> None:
    cpu = DeviceFacts(name="cpu", title="many cores", memory_bytes=9_000_000_000, slots=9)
    source = Source(repository="a/b", files=(SourceFile(path="model.safetensors"),))
    large = heavy([("resident", 3_000_000_000)]).model_copy(update={"needs_gpu": False})
    code, weighty = fit(large, "native", cpu), fit(large.model_copy(update={"sources": (source,)}), "native", cpu)
    assert code is not None
    assert weighty is not None
    assert (code.slots, weighty.slots) == (3, 2), "3 GB, or 4.5 GB with the libraries"
    assert fit(large, "native", replace(cpu, memory_bytes=2_900_000_000)) is None
    assert fit(large, "native", replace(cpu, memory_bytes=0)) is not None


def test_what_needs_an_artefact_that_was_not_made_is_left_out_with_a_note(catalog: Catalog) -> None:
    orphan = speech("orphan", inputs=["0" * 64])
    child = sound("child", inputs=[orphan.key])
    whole = speech("whole")
    schedule = plan([child, orphan, whole], catalog)
    assert [batch.keys for batch in schedule.batches] == [(whole.key,)]
    assert sorted(note.partition(" ")[0] for note in schedule.notes) == ["child", "orphan"]


def test_a_circle_is_a_fault_of_ours(catalog: Catalog) -> None:
    first, second = speech("a"), speech("b")
    object.__setattr__(first, "inputs", (second.key,))
    object.__setattr__(second, "inputs", (first.key,))
    with pytest.raises(CinemaError, match="in a circle"):
        plan([first, second], catalog)


def test_the_document_holds_the_schedule_and_its_prediction(catalog: Catalog) -> None:
    schedule = plan([speech("a"), sound("b")], catalog)
    document = json.loads(json.dumps(dump_schedule(schedule)))
    assert [batch["model"] for batch in document["batches"]] == [batch.model for batch in schedule.batches]
    assert document["prediction"]["seconds"] == schedule.prediction.seconds
    assert document["devices"][0]["name"] == "cpu"


def test_a_task_given_twice_is_scheduled_once(catalog: Catalog) -> None:
    schedule = plan([speech("a"), speech("a")], catalog)
    assert [len(batch.keys) for batch in schedule.batches] == [1]


def test_the_longest_task_of_a_batch_goes_first(catalog: Catalog) -> None:
    film = Fraction(24)
    tasks = [
        Task(
            role="video",
            model="testing-video",
            revision="1",
            request=VideoRequest(prompt="p", width_px=320, height_px=180, fps=film, length_frames=frames),
            seed=0,
        )
        for frames in (24, 240, 48)
    ]
    manifest = catalog.manifest("testing-video")
    speed = manifest.speed[0].model_copy(update={"seconds_per_frame_megapixel": 0.1, "load_seconds": 2.0})
    fast = testing_copy(catalog, manifest.model_copy(update={"speed": (speed,)}))
    schedule = plan(tasks, fast, price=3.6)
    assert schedule.batches[0].keys == (tasks[1].key, tasks[2].key, tasks[0].key)
    megapixels = 320 * 180 / 1e6
    seconds = 3 * 0.002 + (24 + 240 + 48) * megapixels * 0.1 + 2 * 2.0
    prediction = schedule.prediction
    assert schedule.batches[0].prediction.seconds == pytest.approx(seconds)
    assert prediction.seconds == pytest.approx(seconds / 2)
    assert prediction.usd == pytest.approx(seconds / 2 / 1000)
    assert not prediction.measured


def testing_copy(catalog: Catalog, manifest: Manifest) -> Catalog:
    copy = Catalog(models=catalog.models_dir, configs=catalog.configs_dir)
    copy._manifests = {**catalog.manifests, manifest.id: manifest}
    return copy


testing_copy.__test__ = False  # type: ignore[attr-defined]


def test_predictions_follow_what_is_asked_for(catalog: Catalog) -> None:
    manifest = catalog.manifest("testing-image").model_copy(update={"settings": {"steps": 20}, "speed": ()})
    image = ImageRequest(prompt="p", width_px=1000, height_px=1000)
    task = Task(role="image", model="m", revision="1", request=image, seed=0)
    assert task_seconds(task, manifest, {}) == (2.0, False)
    speed = catalog.manifest("testing-image").speed[0].model_copy(update={"seconds_per_frame_megapixel": 1.0, "measured": True})
    manifest = manifest.model_copy(update={"speed": (speed,)})
    more = Task(
        role="image", model="m", revision="1", request=ImageRequest(prompt="p", width_px=1000, height_px=1000, steps=40), seed=0
    )
    assert task_seconds(task, manifest, {}) == (1.002, True)
    assert task_seconds(more, manifest, {}) == (2.002, True)
    clip = VideoRequest(prompt="p", width_px=100, height_px=100, fps=Fraction(24), length_frames=10)
    source = Task(role="video", model="m", revision="1", request=clip, seed=0)
    larger = UpscaleRequest(width_px=200, height_px=200)
    assert frame_megapixels(larger, clip) == pytest.approx(0.4)
    grown = Task(role="upscale", model="m", revision="1", request=larger, seed=0, inputs=(source.key,))
    assert task_size_bytes(grown, {source.key: source}) == round(400_000 * 0.16 / 8)
    line = SpeechRequest(text="x" * 15, voice=VoiceSpec())
    spoken = Task(role="speech", model="m", revision="1", request=line, seed=0)
    assert task_size_bytes(spoken, {}) == 144_000
    assert task_size_bytes(music("m"), {}) == 480 * 6
    assert task_size_bytes(task, {}) == 1_500_000


def test_a_peak_that_is_not_stated_is_estimated_from_the_parameters() -> None:
    parts = (
        Component(name="vae", parameters=1_000_000, dtype="fp32"),
        Component(name="transformer", parameters=3_000_000, dtype="bf16"),
    )
    changes = {"memory": (), "components": parts, "needs_gpu": False}
    manifest = heavy([("resident", 5)]).model_copy(update=changes)
    assert peak_bytes(manifest, "resident", "bf16") == (4_000_000 + round(6_000_000 * 1.25), False), "the VAE stays in fp32"
    assert peak_bytes(manifest, "component_offload", "bf16") == (7_500_000, False)
    assert peak_bytes(manifest, "component_offload", "nf4") == (5_000_000, False), "now the VAE is the largest"
    assert peak_bytes(manifest, "group_offload", "fp8") == (round(4_000_000 * 0.15 * 1.25), False)
    video = manifest.model_copy(update={"roles": ("video",)})
    assert peak_bytes(video, "group_offload", "fp8") == (round(4_000_000 * 0.15) + 5_000_000_000, False)
    on_a_card = video.model_copy(update={"needs_gpu": True})
    assert peak_bytes(on_a_card, "group_offload", "fp8")[0] > peak_bytes(video, "group_offload", "fp8")[0], "the driver's own"


def test_a_long_film_has_one_batch_for_each_model_inputs_first(catalog: Catalog) -> None:
    tasks = small_film(2_500)
    assert len({task.key for task in tasks}) == 5_000
    schedule = plan(tasks, catalog)
    assert [batch.model for batch in schedule.batches] == ["testing-speech", "testing-sound", "testing-music"]
