"""Opening a module in the precision of the load plan: bf16, fp8 by layerwise casting, int8 and nf4 by bitsandbytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts

QUANTISED = ("transformer", "transformer_2", "text_encoder", "text_encoder_2", "prior", "model")
"""Parts large enough to be worth it; decoders stay as they are, since they are small and their errors are seen."""


def open_module(parts: Parts, kind: Any, name: str, options: dict[str, Any]) -> Any:
    """A module of `kind` from the model's subfolder `name`, in evaluation mode.

    `options` go to `from_pretrained`; `dtype` overrides the plan's, `single_file` names a file of the model's folder in the
    vendor's layout that holds the weights, while the subfolder holds the configuration. MissingModelError without that file.
    """
    dtype, single_file = options.pop("dtype", parts.dtype), options.pop("single_file", None)
    arguments: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, **options}
    diffusers_made = kind.__module__.startswith("diffusers.")
    arguments["torch_dtype" if diffusers_made else "dtype"] = dtype
    precision = parts.plan.precision if name in QUANTISED else "bf16"
    if precision in ("int8", "nf4"):
        arguments["quantization_config"] = _bitsandbytes(precision, diffusers_made, dtype)
    if single_file:
        parts.need(single_file)
        del arguments["use_safetensors"]
        where = {"config": str(parts.folder), "subfolder": name}
        module = kind.from_single_file(str(parts.folder / single_file), **where, **arguments)
    else:
        _only_safetensors(parts, name)
        try:
            module = kind.from_pretrained(parts.folder / name, **arguments)
        except (OSError, library("safetensors").SafetensorError) as exc:
            raise parts.damaged(name) from exc
    module.eval().requires_grad_(False)
    if precision == "fp8":
        store_as_fp8(module, diffusers_made, dtype)
    return module


def _only_safetensors(parts: Parts, name: str) -> None:
    """MissingModelError where the weights of a part are not safetensors, or an index leads to anything else."""
    folder = parts.folder / name
    if not any(folder.glob("*.safetensors")):
        raise parts.missing(f"{name}/*.safetensors")
    for index in folder.glob("*.index.json"):
        listed = parts.config(str(index.relative_to(parts.folder))).get("weight_map", {})
        if any(Path(file).name != file or not file.endswith(".safetensors") for file in set(listed.values())):
            raise parts.damaged(name)


def store_as_fp8(module: Any, diffusers_made: bool, dtype: Any) -> None:
    """Keep the weights of `module` in 8 bits, each brought to `dtype` while it works.

    Embeddings stay as they are, and the language heads tied to them: by the first of its weights a text encoder tells its
    pipeline in which dtype to give the prompt on. So does what the library keeps in full (T5's `wo`, whose input T5 itself
    casts to the weights' dtype).
    """
    torch = library("torch")
    if diffusers_made:
        module.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)
        return
    hooks = library("diffusers.hooks.layerwise_casting")
    kept = tuple(getattr(module, "_keep_in_fp32_modules", None) or ())
    hooks.apply_layerwise_casting(
        module,
        storage_dtype=torch.float8_e4m3fn,
        compute_dtype=dtype,
        skip_modules_pattern=(*hooks.DEFAULT_SKIP_MODULES_PATTERN, "lm_head", *kept),
        skip_modules_classes=(torch.nn.Embedding,),
    )


def _bitsandbytes(precision: str, diffusers_made: bool, dtype: Any) -> Any:
    config = library("diffusers" if diffusers_made else "transformers").BitsAndBytesConfig
    if precision == "int8":
        return config(load_in_8bit=True)
    return config(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)
