"""A tiny Qwen3, made on the spot: config, a tokenizer trained on a few texts, random weights. No download, no torch.

`tiny_qwen3(folder)` writes a model folder that mlx-lm, transformers and a Tinker server load. It takes about a second.
"""

from __future__ import annotations

import json
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

END = "<|im_end|>"
SPECIALS = ["<|endoftext|>", "<|im_start|>", END]

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}"
)
SHORT_TEMPLATE = CHAT_TEMPLATE.replace("in messages", "in messages if message.role != 'system'")
"""As CHAT_TEMPLATE, without system messages: a shorter frame is learnt sooner."""

THINKING_TEMPLATE = CHAT_TEMPLATE + (
    "{%- if add_generation_prompt and enable_thinking is defined and enable_thinking is false -%}"
    "{{ '<think>\n\n</think>\n\n' }}{%- endif -%}"
)
"""As CHAT_TEMPLATE, with the switch that Qwen3's own template has."""


def tiny_qwen3(
    folder: Path,
    *,
    texts: Iterable[str] | None = None,
    words: Sequence[str] = (),
    vocab: int = 2048,
    hidden: int = 64,
    layers: int = 2,
    heads: int = 4,
    tied: bool = True,
    experts: int = 0,
    init: float = 0.1,
    seed: int = 0,
    chat_template: str | None = CHAT_TEMPLATE,
    context: int = 2048,
) -> Path:
    """Write a tiny Qwen3 (with `experts`, a Qwen3-MoE) into `folder`.

    Args:
        folder: Where to; created.
        texts: What the byte-level tokenizer is trained on; three files of the standard library by default.
        words: Makes a word-level tokenizer of these words instead; a text is then split at spaces and line ends.
        vocab: Size of the vocabulary, at most; with `words`, their number and the special tokens decide.
        hidden: Width of the model.
        layers: Number of layers.
        heads: Number of attention heads; half as many for keys and values.
        tied: The output uses the input embedding.
        experts: Number of experts per layer, two of them used per token; 0 for a dense model.
        init: Standard deviation of the weights. 0.1 learns within tens of steps, 0.02 does not.
        seed: Of the weights.
        chat_template: The chat template, or None for a model without one.
        context: Most tokens of a sequence.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = word_tokenizer(words) if words else byte_tokenizer(texts, vocab)
    size = -(-tokenizer.get_vocab_size() // 32) * 32
    ids = {token: tokenizer.token_to_id(token) for token in SPECIALS}
    config: dict[str, Any] = {
        "architectures": ["Qwen3MoeForCausalLM" if experts else "Qwen3ForCausalLM"],
        "model_type": "qwen3_moe" if experts else "qwen3",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "intermediate_size": hidden * 3,
        "num_attention_heads": heads,
        "num_key_value_heads": max(1, heads // 2),
        "head_dim": hidden // heads,
        "vocab_size": size,
        "max_position_embeddings": context,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "tie_word_embeddings": tied,
        "attention_bias": False,
        "hidden_act": "silu",
        "torch_dtype": "float32",
        "bos_token_id": ids["<|endoftext|>"],
        "eos_token_id": ids[END],
    }
    if experts:
        config |= {
            "num_experts": experts,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": hidden,
            "decoder_sparse_step": 1,
            "mlp_only_layers": [],
            "norm_topk_prob": True,
        }
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END,
        "pad_token": "<|endoftext|>",
        "model_max_length": context,
        "clean_up_tokenization_spaces": False,
    }
    if chat_template is not None:
        settings["chat_template"] = chat_template
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    save_file(random_weights(config, init, seed), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def random_weights(config: dict[str, Any], init: float, seed: int) -> dict[str, np.ndarray]:
    """Weights under the names of transformers, drawn from a normal distribution."""
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> np.ndarray:
        return rng.normal(0.0, init, shape).astype(np.float32)

    hidden, head = config["hidden_size"], config["head_dim"]
    queries, keys = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    weights = {"model.embed_tokens.weight": draw(config["vocab_size"], hidden)}
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        weights |= {
            f"{at}.self_attn.q_proj.weight": draw(queries, hidden),
            f"{at}.self_attn.k_proj.weight": draw(keys, hidden),
            f"{at}.self_attn.v_proj.weight": draw(keys, hidden),
            f"{at}.self_attn.o_proj.weight": draw(hidden, queries),
            f"{at}.self_attn.q_norm.weight": np.ones(head, np.float32),
            f"{at}.self_attn.k_norm.weight": np.ones(head, np.float32),
            f"{at}.input_layernorm.weight": np.ones(hidden, np.float32),
            f"{at}.post_attention_layernorm.weight": np.ones(hidden, np.float32),
        }
        if "num_experts" in config:
            weights[f"{at}.mlp.gate.weight"] = draw(config["num_experts"], hidden)
            blocks = [f"{at}.mlp.experts.{expert}" for expert in range(config["num_experts"])]
            inner = config["moe_intermediate_size"]
        else:
            blocks, inner = [f"{at}.mlp"], config["intermediate_size"]
        for block in blocks:
            weights[f"{block}.gate_proj.weight"] = draw(inner, hidden)
            weights[f"{block}.up_proj.weight"] = draw(inner, hidden)
            weights[f"{block}.down_proj.weight"] = draw(hidden, inner)
    weights["model.norm.weight"] = np.ones(hidden, np.float32)
    if not config["tie_word_embeddings"]:
        weights["lm_head.weight"] = draw(config["vocab_size"], hidden)
    return weights


def byte_tokenizer(texts: Iterable[str] | None, vocab: int) -> Tokenizer:
    """A byte-level BPE, trained on `texts` or on three files of the standard library."""
    if texts is None:
        library = Path(sysconfig.get_paths()["stdlib"])
        names = ("textwrap.py", "argparse.py", "json/encoder.py")
        texts = [(library / name).read_text(encoding="utf-8") for name in names]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab,
        special_tokens=SPECIALS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def word_tokenizer(words: Sequence[str]) -> Tokenizer:
    """One token per word and per line end; spaces separate and are put back between words."""
    known = dict.fromkeys([*SPECIALS, "<unk>", "\n", "system", "user", "assistant", *words])
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(known)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex("\n"), "isolated"), pre_tokenizers.Split(Regex(" +"), "removed")]
    )
    tokenizer.add_special_tokens(SPECIALS)
    return tokenizer
