"""The smallest model that really learns: the next token from the last one, through a LoRA of a fixed random matrix."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
from attrs import define, evolve
from numpy.typing import NDArray
from safetensors.numpy import save

WIDTH = 16
ALPHA = 32.0
Array = NDArray[np.float64]


@lru_cache
def fixed(vocab: int) -> tuple[Array, Array]:
    """The base model: an input and an output embedding that are never trained."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(vocab, WIDTH)), rng.normal(size=(WIDTH, vocab)) / WIDTH**0.5


@define
class Lora:
    """Weights, Adam's moments, and the gradient that the next step will use."""

    rank: int
    a: Array
    b: Array
    moments: tuple[Array, Array, Array, Array]
    steps: int = 0
    gradient: tuple[Array, Array] | None = None

    @staticmethod
    def new(rank: int, seed: int) -> Lora:
        a = np.random.default_rng(seed).normal(size=(WIDTH, rank)) / WIDTH**0.5
        b = np.zeros((rank, WIDTH))
        return Lora(rank, a, b, (a * 0, a * 0, b, b))

    def copy(self) -> Lora:
        return evolve(self, gradient=None)

    def hidden(self, base: tuple[Array, Array], tokens: list[int]) -> tuple[Array, Array, Array]:
        x = base[0][tokens]
        inner = x @ self.a
        return x, inner, x + inner @ self.b * (ALPHA / self.rank)

    def logprobs(self, base: tuple[Array, Array], tokens: list[int]) -> Array:
        logits = self.hidden(base, tokens)[2] @ base[1]
        logits -= logits.max(axis=1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    def backward(self, base: tuple[Array, Array], tokens: list[int], targets: list[int], weights: list[float]) -> None:
        """Add the gradient of sum(-weight * logprob)."""
        x, inner, _ = self.hidden(base, tokens)
        error = np.exp(self.logprobs(base, tokens))
        error[np.arange(len(targets)), targets] -= 1
        upward = (error * np.asarray(weights)[:, None]) @ base[1].T * (ALPHA / self.rank)
        a, b = x.T @ (upward @ self.b.T), inner.T @ upward
        self.gradient = (a, b) if self.gradient is None else (self.gradient[0] + a, self.gradient[1] + b)

    def adam(self, rate: float, beta1: float, beta2: float, eps: float) -> None:
        """One step of Adam."""
        if self.gradient is None:
            return
        self.steps += 1
        first_a, second_a, first_b, second_b = self.moments
        ga, gb = self.gradient
        first_a, first_b = beta1 * first_a + (1 - beta1) * ga, beta1 * first_b + (1 - beta1) * gb
        second_a, second_b = beta2 * second_a + (1 - beta2) * ga**2, beta2 * second_b + (1 - beta2) * gb**2
        scale1, scale2 = 1 - beta1**self.steps, 1 - beta2**self.steps
        self.a = self.a - rate * (first_a / scale1) / (np.sqrt(second_a / scale2) + eps)
        self.b = self.b - rate * (first_b / scale1) / (np.sqrt(second_b / scale2) + eps)
        self.moments, self.gradient = (first_a, second_a, first_b, second_b), None

    def files(self, base_model: str) -> dict[str, bytes]:
        """As PEFT keeps them."""
        at = "base_model.model.model.layers.0.mlp.down_proj"
        tensors = {
            f"{at}.lora_A.weight": np.ascontiguousarray(self.a.T, np.float32),
            f"{at}.lora_B.weight": np.ascontiguousarray(self.b.T, np.float32),
        }
        config: dict[str, Any] = {
            "peft_type": "LORA",
            "r": self.rank,
            "lora_alpha": ALPHA,
            "base_model_name_or_path": base_model,
        }
        return {"adapter_model.safetensors": save(tensors), "adapter_config.json": json.dumps(config).encode()}

    def sample(self, base: tuple[Array, Array], prompt: list[int], params: dict[str, Any]) -> tuple[list[int], bool]:
        """Tokens, and whether a stop token ended them."""
        rng = np.random.default_rng(params.get("seed") or 0)
        out: list[int] = []
        for _ in range(params["max_tokens"]):
            logprobs = self.logprobs(base, [([*prompt, *out])[-1]])[0]
            heat = params.get("temperature", 1)
            token = int((logprobs / heat + rng.gumbel(size=len(logprobs)) if heat else logprobs).argmax())
            out.append(token)
            if token in (params.get("stop") or []):
                return out, True
        return out, False
