"""Local language models on tiny random weights: the grammar makes any weights answer in the shape, and end."""

import json
from pathlib import Path
from typing import Any

import pytest

from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.kit.answers import disagreement
from cinema.adapters.llm import Llm, shortest
from cinema.catalog import Catalog
from cinema.errors import InputError, MissingModelError
from cinema.events import LocalWatch
from cinema.plan.task import SoundRequest, TextRequest
from cinema.script.prose_answer import answer_schema
from cinema.testing.tiny import build

pytestmark = pytest.mark.models

MODELS = ("qwen3-4b", "llama-3.1-8b")
STRINGS = {
    "type": "object",
    "properties": {"words": {"type": "array", "items": {"type": "string"}}, "kind": {"enum": ["a", "b"]}},
    "required": ["words", "kind"],
    "additionalProperties": False,
}


def request(schema: dict[str, Any] | None = None, **changes: Any) -> TextRequest:
    asked: dict[str, Any] = {"instructions": "Answer.", "prompt": "What?", "json_schema": schema or STRINGS, "max_tokens": 90}
    return TextRequest(**{**asked, **changes})


class Model:
    def __init__(self, model: str, folder: Path) -> None:
        manifest = Catalog().manifest(model).model_copy(update={"needs_gpu": False, "precisions": ("native",)})
        build(manifest, folder)
        self.folder = folder
        self.plan = LoadPlan(manifest=manifest, weights=folder, precision="native")
        self.adapter = Llm()
        self.adapter.load(self.plan, Device())
        self.runs = 0

    def __call__(self, asked: TextRequest, seed: int = 1, watch: LocalWatch | None = None) -> Any:
        self.runs += 1
        out = self.folder.parent / f"{self.folder.name}-out-{self.runs}"
        out.mkdir()
        self.adapter.run(Job(request=asked, seed=seed), out, watch or LocalWatch())
        return json.loads((out / "text.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model(request.param, tmp_path_factory.mktemp("llm") / request.param)


def test_random_weights_answer_in_the_shape(model: Model) -> None:
    watch = LocalWatch()
    for seed in (1, 2):
        found = model(request(temperature=1.0), seed, watch)
        assert disagreement(found, STRINGS) == ""
    assert len(watch.steps) > 20, "a step a token"


def test_the_schema_of_a_screenplay_is_held_to(model: Model) -> None:
    schema = answer_schema()
    assert disagreement(model(request(schema, max_tokens=900)), schema) == ""


def test_at_temperature_0_the_seed_decides_nothing(model: Model) -> None:
    assert model(request(temperature=0.0), 1) == model(request(temperature=0.0), 2)
    assert model(request(temperature=1.0), 1) != model(request(temperature=1.0), 2)


def test_the_question_reaches_the_model(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """In weights as small as these it changes little, so it is looked for in what the model is given."""
    network: Any = model.adapter._model  # pyright: ignore[reportPrivateUsage]
    tokenizer: Any = model.adapter._tokenizer  # pyright: ignore[reportPrivateUsage]
    given: list[str] = []
    real = network.generate

    def watched(**options: Any) -> Any:
        given.append(tokenizer.decode(options["input_ids"][0]))
        return real(**options)

    monkeypatch.setattr(network, "generate", watched)
    model(request(prompt="Who saw the red boat?"))
    assert "Who saw the red boat?" in given[0]
    assert given[0].count("<|begin_of_text|>") <= 1, "the template has its own begin mark"


def test_an_answer_that_has_no_room_is_told(model: Model) -> None:
    with pytest.raises(InputError, match="ask for less"):
        model(request(answer_schema(), max_tokens=12))
    with pytest.raises(InputError, match=r"has \d+ tokens"):
        model(request(prompt="long " * 9_000))
    out = model.folder.parent / "sound"
    out.mkdir()
    with pytest.raises(InputError, match="kind 'sound'"):
        model.adapter.run(Job(request=SoundRequest(prompt="rain", length_samples=1), seed=1), out, LocalWatch())


def test_thinking_is_off_and_the_schema_is_told(model: Model) -> None:
    """The released Qwen3 opens with a thought unless its template is told not to."""
    from cinema.adapters.kit.answers import messages

    tokenizer: Any = model.adapter._tokenizer  # pyright: ignore[reportPrivateUsage]
    seen: list[dict[str, Any]] = []
    real = tokenizer.apply_chat_template

    def watched(*arguments: Any, **options: Any) -> Any:
        seen.append(options)
        return real(*arguments, **options)

    tokenizer.apply_chat_template = watched
    try:
        model(request())
    finally:
        tokenizer.apply_chat_template = real
    assert seen[0]["enable_thinking"] is False
    text = real(messages(request()), add_generation_prompt=True, enable_thinking=False, tokenize=False)
    assert '"words"' in text
    assert text.rstrip().endswith("</think>" if "qwen" in model.plan.manifest.id else "<|end_header_id|>")


def test_every_token_that_ends_an_answer_is_known(model: Model) -> None:
    """Llama's chat turns end in another token than its texts; both are in the repository's generation settings."""
    tokenizer: Any = model.adapter._tokenizer  # pyright: ignore[reportPrivateUsage]
    ends = {tokenizer.convert_ids_to_tokens(end) for end in model.adapter._ends}  # pyright: ignore[reportPrivateUsage]
    assert ends >= ({"<|im_end|>"} if "qwen" in model.plan.manifest.id else {"<|eot_id|>", "<|end_of_text|>"})


def test_a_tokenizer_without_a_chat_template_is_not_guessed_at(tmp_path: Path) -> None:
    made = Model("qwen3-8b", tmp_path / "qwen3-8b")
    made.adapter.unload()
    (made.folder / "model" / "chat_template.jinja").unlink()
    with pytest.raises(MissingModelError, match="chat_template"):
        Llm().load(made.plan, Device())


def test_the_least_that_is_left_to_write_is_counted() -> None:
    assert shortest({"type": "object", "properties": {"number": {"type": "integer"}}}) >= len('{"number": 0}')
    deep = {"type": "array", "items": {"type": "array", "items": {"enum": ["abcdefgh"]}}}
    assert shortest(deep) >= len('[["abcdefgh"]]')
    assert shortest({"anyOf": [{"type": "null"}, deep]}) == shortest(deep)
