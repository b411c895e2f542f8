"""Who writes: the service that the settings name, a local model whose weights are here, or the rules. What a film keeps."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cinema import film, schedule, screenwriter, studio
from cinema.catalog import Catalog, Endpoint
from cinema.errors import InputError, MissingModelError
from cinema.folder import open_folder
from cinema.paths import data_dir
from cinema.plan.ledger import make_task
from cinema.plan.task import TextRequest
from cinema.schedule.model import DeviceFacts
from cinema.script import read
from cinema.settings import Settings, check_endpoint
from cinema.testing.catalog import testing_catalog

LOCAL = "http://localhost:11434/v1"
SERVICE = "openai-compatible"
CARD = DeviceFacts(name="cuda:0", title="H100 80 GB", memory_bytes=81_559 << 20)
CPU = DeviceFacts(name="cpu", title="a processor", memory_bytes=64_000_000_000, slots=8)


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example.com/v1",
        LOCAL,
        "http://127.0.0.1:8000/v1",
        "http://[::1]:8000/v1",
        "http://192.168.1.20:8000/v1",
        "http://10.1.2.3/v1",
        "http://gpubox:8000/v1",
        "http://gpu.local/v1",
        "https://203.0.113.5:8443/v1",
    ],
)
def test_addresses_that_may_be_asked(address: str) -> None:
    assert Settings(text_endpoint=f"{address}/").text_endpoint == address


@pytest.mark.parametrize(
    "address",
    [
        "http://api.example.com/v1",
        "http://8.8.8.8/v1",
        "http://169.254.169.254/latest",
        "http://[::ffff:169.254.169.254]/v1",
        "http://0.0.0.0:80/v1",
        "http://2130706433/v1",
        "http://0x7f000001/v1",
        "http://localhost.example.com/v1",
        "https://name:secret@example.com/v1",
        "http://good\\@evil.com/v1",
        "https://example.com/v1?key=abc",
        "https://example.com/v1#x",
        "ftp://localhost/v1",
        "localhost:11434",
        "https://",
        "https://exa mple.com",
        "http://localhost:99999/v1",
        "http://[::1/v1",
    ],
)
def test_addresses_that_may_not(address: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        check_endpoint(address)
    with pytest.raises(ValidationError):
        Settings(text_endpoint=address)
    with pytest.raises(InputError, match="text_endpoint"):
        Settings.load(overrides={"text_endpoint": address}, environment={})


def chosen(mode: str, **settings: Any) -> tuple[str | None, str]:
    catalog = Catalog()
    choice, notes = schedule.choose_models(
        catalog.mode(mode), Settings(**settings), catalog, (CPU, CARD), language="en", roles=["text"]
    )
    return (choice["text"].id if "text" in choice else None), "\n".join(notes)


@pytest.mark.parametrize(
    ("mode", "local"), [("fast", "qwen3-4b"), ("balanced", "qwen3-8b"), ("cinema", "qwen3-8b"), ("animatic", None)]
)
def test_a_service_goes_first_where_one_is_named(mode: str, local: str | None) -> None:
    model, notes = chosen(mode)
    assert model == local
    assert "openai-compatible was passed over: no endpoint is set (text_endpoint and text_model)." in notes
    assert chosen(mode, text_endpoint=LOCAL)[0] == local, "an address without a model's name is none"
    assert chosen(mode, text_endpoint=LOCAL, text_model="qwen3")[0] == "openai-compatible"


def test_naming_the_service_without_an_address_is_an_error() -> None:
    with pytest.raises(InputError, match="set text_endpoint and text_model"):
        chosen("fast", models={"text": "openai-compatible"})


def test_the_models_name_is_in_the_key_and_the_address_is_not() -> None:
    request = TextRequest(instructions="", prompt="", json_schema={})

    def key(address: str, model: str) -> str:
        manifest = Catalog().with_endpoint(Endpoint(address=address, model=model)).manifest("openai-compatible")
        assert manifest.settings["endpoint"] == address
        return make_task(manifest, "text", request, 1, "").key

    assert key(LOCAL, "a") == key("https://example.com/v1", "a")
    assert key(LOCAL, "a") != key(LOCAL, "b")
    other = Catalog().with_endpoint(Endpoint(address=LOCAL, model="a")).manifest("espeak")
    assert "endpoint" not in other.settings


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """A mode whose writers are a service and a model that has weights."""
    made = testing_catalog(
        tmp_path / "catalog", {"heavy": '[[sources]]\nrepository = "a/heavy"\nfiles = [{ path = "m.safetensors" }]\n'}
    )
    shutil.copy(data_dir("models") / "openai-compatible.toml", made.models_dir)
    mode = made.configs_dir / "modes" / "testing.toml"
    mode.write_text(mode.read_text().replace('["testing-text"]', '["openai-compatible", "heavy"]'))
    monkeypatch.setattr(studio, "Catalog", lambda: made)
    return Settings(mode="testing", weights=str(tmp_path / "weights"))


def test_no_film_waits_for_the_weights_of_a_writer(shop: Settings) -> None:
    found = studio.equip(shop, language="en", prose=True)
    assert "text" not in found.choice
    assert "cinema models pull heavy" in found.notes[-1]
    named = shop.model_copy(update={"models": {"text": "heavy"}})
    with pytest.raises(MissingModelError, match="heavy"):
        studio.equip(named, language="en", prose=True)
    assert "text" not in studio.equip(named, language="en").choice, "a film of a script needs no writer"


def test_a_service_takes_the_place_of_weights(shop: Settings) -> None:
    served = shop.model_copy(update={"text_endpoint": LOCAL, "text_model": "writer"})
    found = studio.equip(served, language="en", prose=True)
    assert found.choice["text"].revision == "writer"
    assert found.catalog.manifest("openai-compatible").settings["endpoint"] == LOCAL
    assert "text" in studio.equip(served.model_copy(update={"enhance_prompts": True}), language="en").choice


@pytest.mark.parametrize(
    "given", [{"mode": "fast", "models": {"text": "qwen3-4b"}}, {"mode": "tiny", "models": {"text": SERVICE}}]
)
def test_a_film_that_goes_on_keeps_its_writer(given: dict[str, Any], tmp_path: Path) -> None:
    """Another one would word every prompt anew, and every picture would be made again."""
    begun = Settings.model_validate(
        {"weights": str(tmp_path), "enhance_prompts": True, "text_endpoint": LOCAL, "text_model": "writer", **given}
    )
    catalog = Catalog()

    def writer(settings: Settings) -> tuple[studio.Studio, str]:
        mode = catalog.mode(settings.mode)
        stock = studio.stocked(catalog, mode, settings)
        found = studio.furnish(settings, stock, (CPU, CARD), mode, language="en", writes=True)
        return found, found.choice["text"].id

    first, wrote = writer(begun)
    assert wrote == begun.models["text"]
    assert writer(first.settled())[1] == wrote


def test_a_local_writers_licence_and_duties_are_told() -> None:
    """It leaves nothing in the film by which the report would list it."""
    assert "Built with Llama." in screenwriter.terms(Catalog().manifest("llama-3.1-8b"))
    assert screenwriter.terms(Catalog().manifest("openai-compatible")) == ""


def test_a_film_that_goes_on_keeps_its_precisions_where_they_fit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a larger card, too: in another precision every clip would be made again."""
    named = Settings(mode="fast", models={"image": "qwen-image"}, weights=str(tmp_path / "weights"))

    def equipped(gigabytes: int, begun: Mapping[str, str] | None = None) -> tuple[str, list[str]]:
        card = DeviceFacts(name="cuda:0", title="a card", memory_bytes=gigabytes * 1_000_000_000)
        monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU, card))
        found = studio.equip(named, language="en", only_plan=True, begun=begun)
        return found.precisions["qwen-image"], [note for note in found.notes if note.startswith("image: qwen-image in ")]

    unfit = ["image: qwen-image in fp8, since in bf16 it does not fit."]
    assert [equipped(size)[0] for size in (24, 48, 80)] == ["nf4", "fp8", "bf16"]
    assert equipped(48, {"qwen-image": "fp8"}) == equipped(48) == ("fp8", unfit)
    for size in (24, 80):
        assert equipped(size, {"qwen-image": "fp8"}) == ("fp8", ["image: qwen-image in fp8, in which the film was begun."])
    assert equipped(80, {"qwen-image": "gone"}) == ("bf16", [])


def test_a_precision_that_fits_nothing_here_is_not_kept(tmp_path: Path) -> None:
    catalog, card = Catalog(), replace(CARD, memory_bytes=24_000_000_000)
    named = Settings(mode="fast", models={"image": "qwen-image"}, weights=str(tmp_path))
    found = studio.furnish(named, catalog, (CPU, card), catalog.mode("fast"), language="en")
    nowhere = replace(found, devices=(CPU, replace(card, memory_bytes=4_000_000_000)))
    assert studio._as_begun(nowhere, {"qwen-image": "bf16"}).precisions == found.precisions


@pytest.mark.parametrize("go_on", [film.resume, lambda folder: film.retake(folder, "1-1", film.Retake(seed=1))])
def test_precisions_are_kept_with_the_film(
    go_on: Callable[[Path], film.Film], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Mapping[str, str]] = []

    def stop(*_: object, begun: Mapping[str, str], **__: object) -> studio.Studio:
        asked.append(begun)
        raise InputError("stopped here")

    monkeypatch.setattr(film, "equip", stop)
    source = tmp_path / "room.fountain"
    source.write_text("INT. ROOM - DAY\n\nANNA opens the door.\n", encoding="utf-8")
    with open_folder(tmp_path / "film") as folder:
        folder.keep(read(source), Settings(), source, {"qwen-image": "fp8"})
    with pytest.raises(InputError, match="stopped here"):
        go_on(tmp_path / "film")
    assert asked == [{"qwen-image": "fp8"}]
