from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlx_lm.utils import load_adapters, load_model
from safetensors.numpy import load_file, save_file

from semzip.convert import convert
from semzip.errors import ConfigError, DataError
from tiny_qwen3 import tiny_qwen3

Weights = dict[str, np.ndarray]
HIDDEN, RANK, ALPHA = 64, 4, 12
DENSE = {
    "self_attn.q_proj": (64, 64),
    "self_attn.k_proj": (64, 32),
    "self_attn.o_proj": (64, 64),
    "mlp.gate_proj": (64, 192),
    "mlp.down_proj": (192, 64),
}
PEFT_SETTINGS: dict[str, Any] = {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "bias": "none"}


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("bases")
    return {
        "tied": tiny_qwen3(root / "tied"),
        "untied": tiny_qwen3(root / "untied", tied=False),
        "moe": tiny_qwen3(root / "moe", tied=False, experts=4),
    }


def pair(rng: np.random.Generator, inner: int, outer: int, rank: int = RANK) -> tuple[np.ndarray, np.ndarray]:
    return (
        rng.normal(0, 0.1, (rank, inner)).astype(np.float32),
        rng.normal(0, 0.1, (outer, rank)).astype(np.float32),
    )


def peft(folder: Path, tensors: Weights, base: Path | None = None, **more: Any) -> Path:
    folder.mkdir(parents=True)
    config = {**PEFT_SETTINGS, "base_model_name_or_path": str(base or "org/model"), **more}
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(
        {f"base_model.model.{name}": tensor for name, tensor in tensors.items()}, folder / "adapter_model.safetensors"
    )
    return folder


def dense_tensors(seed: int = 0, rank: int = RANK) -> Weights:
    rng = np.random.default_rng(seed)
    tensors: Weights = {}
    for layer in range(2):
        for name, (inner, outer) in DENSE.items():
            a, b = pair(rng, inner, outer, rank)
            tensors |= {
                f"model.layers.{layer}.{name}.lora_A.weight": a,
                f"model.layers.{layer}.{name}.lora_B.weight": b,
            }
    return tensors


def merged(base: Path, folder: Path, add: Callable[[Weights], None]) -> Path:
    """The base with the change added to its weights, as PEFT defines it: W + alpha / r * B @ A."""
    folder.mkdir()
    weights = load_file(base / "model.safetensors")
    add(weights)
    weights = {name: np.ascontiguousarray(weight) for name, weight in weights.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text((base / "config.json").read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def add_pairs(tensors: Mapping[str, np.ndarray], scale: float = ALPHA / RANK) -> Callable[[Weights], None]:
    def add(weights: Weights) -> None:
        for name in [name for name in tensors if ".lora_A." in name]:
            weight = name.replace(".lora_A", "")
            weights[weight] = weights[weight] + scale * tensors[name.replace("lora_A", "lora_B")] @ tensors[name]

    return add


def logits(base: Path, adapter: Path | None = None) -> np.ndarray:
    model, _ = load_model(base)
    if adapter is not None:
        load_adapters(model, str(adapter))
        model.eval()
    tokens = mx.array([[5, 17, 300, 42, 900, 3, 77, 1200]])
    return np.array(model(tokens))


def assert_same(base: Path, adapter: Path, reference: Path) -> None:
    wanted, plain, got = logits(reference), logits(base), logits(base, adapter)
    assert np.abs(wanted - plain).max() > 0.1
    assert np.abs(got - wanted).max() < 1e-4


@pytest.mark.parametrize("base", ["tied", "untied"])
def test_a_dense_adapter(bases: dict[str, Path], base: str, tmp_path: Path) -> None:
    tensors = dense_tensors()
    if base == "untied":
        a, b = pair(np.random.default_rng(9), HIDDEN, 2048)
        tensors |= {"lm_head.lora_A.weight": a, "lm_head.lora_B.weight": b}
    done = convert(peft(tmp_path / "peft", tensors), tmp_path / "mlx")
    assert (done.format, done.rank, done.scale, done.modules) == ("mlx", RANK, ALPHA / RANK, len(tensors) // 2)
    assert_same(bases[base], tmp_path / "mlx", merged(bases[base], tmp_path / "merged", add_pairs(tensors)))


def test_experts_and_the_router(bases: dict[str, Path], tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    tensors: Weights = {}
    names = [("mlp.gate", 4)] + [
        (f"mlp.experts.{e}.{part}_proj", 64) for e in (0, 1, 3) for part in ("gate", "up", "down")
    ]
    for name, outer in names:
        a, b = pair(rng, HIDDEN, outer)
        tensors |= {f"model.layers.1.{name}.lora_A.weight": a, f"model.layers.1.{name}.lora_B.weight": b}
    source = peft(tmp_path / "peft", tensors)
    with pytest.raises(ConfigError, match=r"some experts are missing.*--base"):
        convert(source, tmp_path / "none")
    convert(source, tmp_path / "mlx", base=bases["moe"])
    assert_same(bases["moe"], tmp_path / "mlx", merged(bases["moe"], tmp_path / "merged", add_pairs(tensors)))
    convert(tmp_path / "mlx", tmp_path / "back")
    back = load_file(tmp_path / "back" / "adapter_model.safetensors")
    for name, tensor in tensors.items():
        assert np.array_equal(back[f"base_model.model.{name}"], tensor)
    assert not back["base_model.model.model.layers.1.mlp.experts.2.up_proj.lora_B.weight"].any()


@pytest.mark.parametrize("base", ["untied", "tied", "moe"])
def test_an_adapter_of_tinker(bases: dict[str, Path], base: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    tensors: Weights = {} if base == "moe" else dense_tensors()
    add_dense = add_pairs(dict(tensors))
    a, b = pair(rng, HIDDEN, 2048)
    tensors |= {"model.unembed_tokens.lora_A.weight": a, "model.unembed_tokens.lora_B.weight": b}
    experts: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    if base == "moe":
        shared, own = rng.normal(0, 0.1, (1, 2, 64)), rng.normal(0, 0.1, (4, 64, 2))
        experts = {"w1": (shared, own), "w3": (shared, own[::-1]), "w2": (own.swapaxes(1, 2), shared.swapaxes(1, 2))}
        for name, (down, up) in experts.items():
            at = f"model.layers.0.mlp.experts.{name}"
            tensors |= {f"{at}.lora_A.weight": np.ascontiguousarray(down, np.float32)}
            tensors |= {f"{at}.lora_B.weight": np.ascontiguousarray(up, np.float32)}

    def add(weights: Weights) -> None:
        add_dense(weights)
        head = "model.embed_tokens.weight" if base == "tied" else "lm_head.weight"
        weights[head] = weights[head] + ALPHA / RANK * b @ a
        for name, (down, up) in experts.items():
            part = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}[name]
            for expert in range(4):
                at = f"model.layers.0.mlp.experts.{expert}.{part}.weight"
                delta = up[min(expert, len(up) - 1)] @ down[min(expert, len(down) - 1)]
                weights[at] = (weights[at] + ALPHA / RANK * delta).astype(np.float32)

    source = peft(tmp_path / "peft", tensors)
    with pytest.raises(ConfigError, match="--base FOLDER"):
        convert(source, tmp_path / "none")
    convert(source, tmp_path / "mlx", base=bases[base])
    assert_same(bases[base], tmp_path / "mlx", merged(bases[base], tmp_path / "merged", add))


def test_ranks_and_alphas_by_pattern_and_root_scaling(bases: dict[str, Path], tmp_path: Path) -> None:
    tensors = dense_tensors()
    wide = {name: tensor for name, tensor in dense_tensors(3, rank=9).items() if "down_proj" in name}
    tensors |= wide
    more = {"rank_pattern": {"down_proj": 9}, "alpha_pattern": {"layers.1.self_attn.q_proj": 40}, "use_rslora": True}
    source = peft(tmp_path / "peft", tensors, **more)
    done = convert(source, tmp_path / "mlx")
    assert done.rank == 9

    def add(weights: Weights) -> None:
        for name in [name for name in tensors if ".lora_A." in name]:
            alpha = 40 if name.startswith("model.layers.1.self_attn.q_proj") else ALPHA
            add_pairs(
                {key: tensors[key] for key in (name, name.replace("lora_A", "lora_B"))},
                alpha / np.sqrt(tensors[name].shape[0]).astype(np.float32),
            )(weights)

    assert_same(bases["tied"], tmp_path / "mlx", merged(bases["tied"], tmp_path / "merged", add))


def test_an_embedding_of_an_untied_model(bases: dict[str, Path], tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    a = rng.normal(0, 0.1, (RANK, 2048)).astype(np.float32)
    b = rng.normal(0, 0.1, (HIDDEN, RANK)).astype(np.float32)
    tensors = {"model.embed_tokens.lora_embedding_A": a, "model.embed_tokens.lora_embedding_B": b}
    source = peft(tmp_path / "peft", tensors)
    with pytest.raises(DataError, match="ties its embeddings"):
        convert(source, tmp_path / "none", base=bases["tied"])
    convert(source, tmp_path / "mlx", base=bases["untied"])

    def add(weights: Weights) -> None:
        weights["model.embed_tokens.weight"] = weights["model.embed_tokens.weight"] + ALPHA / RANK * (b @ a).T

    assert_same(bases["untied"], tmp_path / "mlx", merged(bases["untied"], tmp_path / "merged", add))
    convert(tmp_path / "mlx", tmp_path / "back", base=bases["untied"])
    back = load_file(tmp_path / "back" / "adapter_model.safetensors")
    assert np.array_equal(back["base_model.model.model.embed_tokens.lora_embedding_A"], a)
    with pytest.raises(DataError, match="PEFT would change the input only"):
        convert(tmp_path / "mlx", tmp_path / "no-way-back", base=bases["tied"])


def test_quantized_bases_take_the_same_adapter(bases: dict[str, Path], tmp_path: Path) -> None:
    tensors = dense_tensors()
    convert(peft(tmp_path / "peft", tensors), tmp_path / "mlx")
    tokens = mx.array([[5, 17, 300, 42, 900, 3]])
    for bits in (8, 4):
        tuned, _ = load_model(bases["tied"])
        nn.quantize(tuned, group_size=32, bits=bits)
        load_adapters(tuned, str(tmp_path / "mlx"))
        tuned.eval()
        # The reference: the quantized weights, unpacked, with the change added to them.
        packed, _ = load_model(bases["tied"])
        nn.quantize(packed, group_size=32, bits=bits)
        reference, _ = load_model(bases["tied"])
        modules = dict(packed.named_modules())
        weights: Weights = {}
        for name, module in modules.items():
            if isinstance(module, nn.QuantizedLinear | nn.QuantizedEmbedding):
                full = mx.dequantize(module.weight, module.scales, module.biases, group_size=32, bits=bits)
                weights[f"{name}.weight"] = np.array(full)
        add_pairs(tensors)(weights)
        reference.load_weights([(name, mx.array(weight)) for name, weight in weights.items()], strict=False)
        assert float(mx.abs(tuned(tokens) - reference(tokens)).max()) < 1e-3


@pytest.mark.parametrize("dtype", ["F16", "BF16"])
def test_half_precision_is_read_exactly(bases: dict[str, Path], tmp_path: Path, dtype: str) -> None:
    source = peft(tmp_path / "peft", dense_tensors())
    weights = mx.load(str(source / "adapter_model.safetensors"))
    half = {name: tensor.astype(mx.float16 if dtype == "F16" else mx.bfloat16) for name, tensor in weights.items()}
    mx.save_safetensors(str(source / "adapter_model.safetensors"), half)
    convert(source, tmp_path / "mlx")
    written = load_file(tmp_path / "mlx" / "adapters.safetensors")
    name = "model.layers.0.self_attn.q_proj"
    assert np.array_equal(
        written[f"{name}.lora_a"], np.array(half[f"base_model.model.{name}.lora_A.weight"].astype(mx.float32)).T
    )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    layers=st.sets(st.integers(0, 40), min_size=1, max_size=4),
    names=st.sets(st.sampled_from(sorted(DENSE)), min_size=1),
    rank=st.integers(1, 7),
    alpha=st.integers(1, 64),
    seed=st.integers(0, 99),
)
def test_there_and_back_is_the_same_adapter(
    tmp_path_factory: pytest.TempPathFactory, layers: set[int], names: set[str], rank: int, alpha: int, seed: int
) -> None:
    rng, root = np.random.default_rng(seed), tmp_path_factory.mktemp("there-and-back")
    tensors: Weights = {}
    for layer in layers:
        for name in names:
            a, b = pair(rng, *DENSE[name], rank)
            tensors |= {
                f"model.layers.{layer}.{name}.lora_A.weight": a,
                f"model.layers.{layer}.{name}.lora_B.weight": b,
            }
    convert(peft(root / "peft", tensors, r=rank, lora_alpha=alpha), root / "mlx")
    convert(root / "mlx", root / "back")
    back = load_file(root / "back" / "adapter_model.safetensors")
    assert back.keys() == {f"base_model.model.{name}" for name in tensors}
    assert all(np.array_equal(back[f"base_model.model.{name}"], tensor) for name, tensor in tensors.items())
    config = json.loads((root / "back" / "adapter_config.json").read_text(encoding="utf-8"))
    assert (config["r"], config["lora_alpha"]) == (rank, pytest.approx(alpha))


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"use_dora": True}, "use_dora"),
    ({"bias": "lora_only"}, "biases"),
    ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
    ({"fan_in_fan_out": True}, "fan_in_fan_out"),
    ({"target_parameters": ["experts.gate_up_proj"]}, "target_parameters"),
    ({"peft_type": "LOHA"}, "LOHA"),
    ({"init_lora_weights": "pissa_niter_4"}, "pissa"),
    ({"r": 5}, "rank 4 and the configuration says 5"),
]


@pytest.mark.parametrize(("more", "why"), REFUSALS, ids=[why for _, why in REFUSALS])
def test_what_mlx_lm_cannot_carry_is_an_error(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    with pytest.raises(DataError, match=why):
        convert(peft(tmp_path / "peft", dense_tensors(), **more), tmp_path / "mlx")
    assert not (tmp_path / "mlx").exists()


STRANGE = [
    ("model.layers.0.self_attn.q_proj.lora_magnitude_vector", "no low-rank matrix"),
    ("model.layers.0.self_attn.v_proj.lora_A.weight", "belong together"),
    ("model.norm.weight", "no low-rank matrix"),
]


@pytest.mark.parametrize(("name", "why"), STRANGE)
def test_a_tensor_that_is_no_pair_is_an_error(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        convert(peft(tmp_path / "peft", {**dense_tensors(), name: np.ones((4, 4), np.float32)}), tmp_path / "mlx")


@pytest.mark.parametrize("path", ["model.language_model.layers.0.mlp.up_proj", "model.layers.0.linear_attn.in_proj_q"])
def test_models_that_are_not_handled(tmp_path: Path, path: str) -> None:
    a, b = pair(np.random.default_rng(0), 64, 64)
    with pytest.raises(DataError, match="not handled"):
        convert(peft(tmp_path / "peft", {f"{path}.lora_A.weight": a, f"{path}.lora_B.weight": b}), tmp_path / "mlx")


def test_a_head_that_is_tied_cannot_be_changed_alone(bases: dict[str, Path], tmp_path: Path) -> None:
    a, b = pair(np.random.default_rng(0), HIDDEN, 2048)
    source = peft(tmp_path / "peft", {"lm_head.lora_A.weight": a, "lm_head.lora_B.weight": b}, base=bases["tied"])
    with pytest.raises(DataError, match="can only change both"):
        convert(source, tmp_path / "mlx")


def test_folders_that_cannot_be_converted(tmp_path: Path) -> None:
    source = peft(tmp_path / "peft", dense_tensors())
    with pytest.raises(ConfigError, match="convert_hf_to_gguf"):
        convert(source, tmp_path / "model.gguf")
    convert(source, tmp_path / "mlx")
    with pytest.raises(ConfigError, match="already holds an adapter"):
        convert(source, tmp_path / "mlx")
    (source / "adapter_model.safetensors").unlink()
    with pytest.raises(ConfigError, match="holds no adapter"):
        convert(source, tmp_path / "other")
    (source / "adapter_model.bin").write_bytes(b"\x80")
    with pytest.raises(ConfigError, match="pickle"):
        convert(source, tmp_path / "other")
    settings_file = tmp_path / "mlx" / "adapter_config.json"
    config = json.loads(settings_file.read_text(encoding="utf-8"))
    settings_file.write_text(json.dumps({**config, "fine_tune_type": "dora"}), encoding="utf-8")
    with pytest.raises(DataError, match="dora adapter"):
        convert(tmp_path / "mlx", tmp_path / "other")
