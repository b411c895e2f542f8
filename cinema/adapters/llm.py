"""Family `llm`: causal language models of transformers (Qwen3, Llama), held to the request's JSON schema by a grammar.

The folder `model` is the released repository's: configuration, tokenizer with its chat template, safetensors. At every token
xgrammar masks what the schema does not allow, so that an answer always is a document in the shape asked for. Where the room
for tokens runs out, the shortest way to the document's end is taken: it is cut, but whole. Qwen3's thinking is switched off:
a thought is not JSON.

Unproven: how well the released weights break down a story; that an answer is in the shape, with any weights, is shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cinema.adapters.contract import Job, Product
from cinema.adapters.kit.answers import BadAnswerError, messages, read_answer, write_answer
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Opened, Parts
from cinema.adapters.kit.steps import Steps
from cinema.adapters.kit.tokens import seeded, ticking
from cinema.errors import InputError
from cinema.events import Watch
from cinema.plan.task import TextRequest

_CONTEXT_TOKENS = 32_768
_SLACK_TOKENS = 8
"""An escape that was begun must be ended before its string can be."""


class Llm(Opened):
    """A causal language model, its tokenizer, and a compiler of grammars for that tokenizer."""

    def open(self, parts: Parts) -> None:
        """MissingModelError, too, where the tokenizer has no chat template."""
        transformers, xgrammar = library("transformers"), library("xgrammar")
        self._tokenizer: Any = parts.pretrained(transformers.AutoTokenizer, "model")
        if not self._tokenizer.chat_template:
            raise parts.missing("model/chat_template.jinja")
        opened = parts.component(transformers.AutoModelForCausalLM, "model")
        self._model: Any = opened if getattr(opened, "quantization_method", None) else opened.to(parts.device)
        self._ends = _ends(self._model, self._tokenizer)
        facts = xgrammar.TokenizerInfo.from_huggingface(
            self._tokenizer, vocab_size=self._model.config.vocab_size, stop_token_ids=self._ends
        )
        self._compiler: Any = xgrammar.GrammarCompiler(facts, max_threads=max(parts.threads, 1))

    def close(self) -> None:
        self._model = self._tokenizer = self._compiler = None

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Write `text.json`. InputError where the question leaves no room for an answer."""
        torch = library("torch")
        request = job.request
        if not isinstance(request, TextRequest):
            raise InputError(
                f"{self.parts.manifest.id} answers questions; it was given a request of the kind {request.kind!r}."
            )
        asked = self._tokenizer.apply_chat_template(
            messages(request),
            add_generation_prompt=True,
            enable_thinking=bool(self.parts.setting("enable_thinking", False)),
            return_tensors="pt",
            return_dict=True,
        ).to(self.parts.device)
        room = self._room(int(asked["input_ids"].shape[1]), request)
        progress = Steps(watch, room + 1)
        self.parts.reset_peak()
        with torch.inference_mode(), seeded(self.parts, job.seed):
            made = self._model.generate(**asked, **self._sampling(request, room), stopping_criteria=ticking(progress))
        said = self._tokenizer.decode(made[0, asked["input_ids"].shape[1] :], skip_special_tokens=True)
        try:
            document = read_answer(said, request.json_schema)
        except BadAnswerError as exc:
            raise InputError(
                f"The answer of {self.parts.manifest.id} does not end within {room} tokens; ask for less."
            ) from exc
        product = write_answer(out, document, self.parts.peak_bytes())
        progress.finish()
        return product

    def _room(self, asked_tokens: int, request: TextRequest) -> int:
        """How many tokens the answer may have."""
        context = min(
            int(self.parts.setting("context_tokens", _CONTEXT_TOKENS)), int(self._model.config.max_position_embeddings)
        )
        room = min(request.max_tokens, context - asked_tokens)
        if room < _SLACK_TOKENS:
            raise InputError(
                f"The question has {asked_tokens} tokens, and {self.parts.manifest.id} has room for {context} with its answer; "
                "ask for less at a time."
            )
        return room

    def _sampling(self, request: TextRequest, room: int) -> dict[str, Any]:
        """Greedy at temperature 0. Nothing of the repository's own generation settings is left to chance."""
        transformers = library("transformers")
        grammar = self._compiler.compile_json_schema(json.dumps(request.json_schema), any_whitespace=False)
        reserve = min(shortest(request.json_schema) + _SLACK_TOKENS, room // 2)
        held = _held_to(grammar, self._tokenizer, self._ends, room - reserve)
        dice = {
            "do_sample": True,
            "temperature": request.temperature,
            "top_p": float(self.parts.setting("top_p", 0.9)),
            "top_k": int(self.parts.setting("top_k", 20)),
        }
        config = transformers.GenerationConfig(
            max_new_tokens=room,
            eos_token_id=self._ends,
            pad_token_id=self._tokenizer.pad_token_id if self._tokenizer.pad_token_id is not None else self._ends[0],
            **(dice if request.temperature > 0 else {"do_sample": False}),
        )
        return {"generation_config": config, "logits_processor": transformers.LogitsProcessorList([held])}


def shortest(schema: Mapping[str, Any]) -> int:
    """In characters, the least that is left to write in the middle of a document: each list in it has one entry."""
    if "enum" in schema:
        return max(len(json.dumps(one)) for one in schema["enum"])
    if "anyOf" in schema:
        return max(shortest(one) for one in schema["anyOf"])
    match schema.get("type"):
        case "object":
            return 2 + sum(len(key) + 6 + shortest(value) for key, value in schema.get("properties", {}).items())
        case "array":
            return 2 + shortest(schema.get("items", {}))
        case _:
            return 5


def _ends(model: Any, tokenizer: Any) -> list[int]:
    """The tokens that end an answer, as the repository says."""
    configured = model.generation_config.eos_token_id
    several = configured if isinstance(configured, list) else [configured]
    return sorted({int(one) for one in (*several, tokenizer.eos_token_id) if one is not None})


def _held_to(grammar: Any, tokenizer: Any, ends: list[int], free_tokens: int) -> Any:
    """xgrammar's processor, which after `free_tokens` leaves only what ends the document soonest: its end, else a quote (a
    bracket within a string ends nothing), else a bracket, where one of these is allowed."""
    torch, hugging = library("torch"), library("xgrammar.contrib.hf")
    marks = [tokenizer.convert_tokens_to_ids(mark) for mark in ('"', "}", "]")]
    closers = [[end] for end in ends] + [[mark] for mark in marks if isinstance(mark, int) and mark != tokenizer.unk_token_id]

    class _Held(hugging.LogitsProcessor):
        written = 0

        def __call__(self, input_ids: Any, scores: Any) -> Any:
            scores = super().__call__(input_ids, scores.float())
            self.written += 1
            if self.written > free_tokens:
                for closer in closers:
                    if torch.isfinite(scores[0, closer[0]]):
                        only = torch.full_like(scores, -torch.inf)
                        only[0, closer[0]] = 0.0
                        return only
            return scores

    return _Held(grammar)
