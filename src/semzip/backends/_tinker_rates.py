"""The learning rate that Tinker's makers advise for a model, from its family and width."""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig

from semzip.errors import ConfigError

_BASE, _LORA, _WIDTH = 5e-5, 10.0, 2000.0
_EXPONENTS = {"qwen": 0.0775, "llama": 0.781}


def advised_rate(base_model: str, tokenizer: str) -> float:
    """5e-5 x 10 (LoRA) x (2000 / hidden size) ^ k, k by the model's family (tinker-cookbook 0.6.1, get_lr).

    Args:
        base_model: The model's name, which has the family in it, or a folder whose config.json has it.
        tokenizer: Where its config.json is.

    Raises:
        ConfigError: The family has no such advice.
    """
    try:
        auto: Any = AutoConfig
        config: Any = auto.from_pretrained(tokenizer, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ConfigError(f"no config.json for {tokenizer!r}; set learning_rate to a number: {error}") from error
    text = getattr(config, "text_config", config)
    family = f"{base_model} {config.model_type}".lower()
    exponent = next((power for name, power in _EXPONENTS.items() if name in family), None)
    if exponent is None:
        raise ConfigError(f"there is no advised learning rate for {base_model}; set a number, 5e-4 is a beginning")
    return float(_BASE * _LORA * (_WIDTH / text.hidden_size) ** exponent)
