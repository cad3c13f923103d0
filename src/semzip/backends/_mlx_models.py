"""Where a model and an adapter come from, whether they may be read, and whether they belong together.

Only safetensors are read, code that comes with a model is never run. The one place that imports mlx and mlx-lm.
"""

from __future__ import annotations

import hashlib
import json
import re
import resource
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from attrs import frozen

from semzip.errors import AccountError, BackendError, ConfigError, MissingBackendError, UnavailableError
from semzip.records import digest

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapters.safetensors"
HUB_FILES = ["*.json", "model*.safetensors", "tokenizer.model", "*.tiktoken", "*.txt", "*.jinja"]
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_SAMPLES, _SAMPLE_BYTES = 64, 1 << 16


def sdk(name: str) -> Any:
    """The module `name` of mlx or mlx-lm.

    Raises:
        MissingBackendError: It is not installed.
    """
    with _file_limit_kept():
        try:
            return import_module(name)
        except ImportError as error:
            raise MissingBackendError(f"semzip.backends.mlx needs: pip install 'semzip[mlx]' ({error})") from error


@contextmanager
def _file_limit_kept() -> Generator[None]:
    # Importing mlx-lm lowers the limit of open files to 2,048 for the whole process.
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


@frozen
class Source:
    """A model as the user names it: a folder, or a repository on the Hugging Face Hub.

    Args:
        name: The folder or the repository.
        revision: Branch, tag or commit of a repository.
    """

    name: str
    revision: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.is_folder:
            check_model(Path(self.name))
        elif Path(self.name).exists():
            raise ConfigError(f"{self.name} is a file; give the model's folder")
        elif not _HUB_NAME.fullmatch(self.name):
            raise ConfigError(f"there is no model folder {self.name}, and it is no Hugging Face name like 'org/model'")

    @property
    def is_folder(self) -> bool:
        """Whether the model lies on this machine."""
        return Path(self.name).is_dir()

    def fingerprint(self) -> str:
        """What these weights are: a hash of a folder's content, or a repository with its commit."""
        return fingerprint(Path(self.name)) if self.is_folder else f"{self.name}@{self._fetch(['config.json']).name}"

    def folder(self) -> Path:
        """The folder with the model, downloaded where needed. Blocks.

        Raises:
            ConfigError: There is no such model, or it may not be read.
            AccountError: The Hub wants a token or a permission.
            UnavailableError: The Hub cannot be reached.
        """
        folder = Path(self.name) if self.is_folder else self._fetch(HUB_FILES)
        check_model(folder)
        return folder

    def _fetch(self, patterns: list[str]) -> Path:
        hub = sdk("huggingface_hub")
        try:
            return Path(hub.snapshot_download(self.name, revision=self.revision, allow_patterns=patterns))
        except hub.errors.GatedRepoError as error:
            raise AccountError(f"{self.name} is gated: accept its terms on the Hub and set HF_TOKEN") from error
        except (hub.errors.RepositoryNotFoundError, hub.errors.RevisionNotFoundError) as error:
            raise ConfigError(
                f"the Hub has no model {self.name} at {self.revision or 'main'}: {first_line(error)}"
            ) from error
        except (hub.errors.LocalEntryNotFoundError, OSError) as error:
            raise UnavailableError(f"{self.name} cannot be downloaded: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """An error's message without what follows its first line."""
    return (str(error).splitlines() or [repr(error)])[0]


def check_model(folder: Path) -> None:
    """Raise ConfigError unless `folder` holds a model that may be read."""
    if not (folder / "config.json").is_file():
        raise ConfigError(f"{folder} holds no model: config.json is missing")
    if not any(folder.glob("model*.safetensors")):
        pickles = [path.name for pattern in PICKLES for path in sorted(folder.glob(pattern))]
        if pickles:
            raise ConfigError(
                f"{folder} holds only pickle weights ({pickles[0]}), which can run code and are never read; "
                "take a model with safetensors"
            )
        raise ConfigError(f"{folder} holds no model: model*.safetensors is missing")
    if "model_file" in _object(folder / "config.json"):
        raise ConfigError(f"{folder} wants to run its own code (model_file in config.json), which is never done")


def check_adapter(folder: Path) -> dict[str, Any]:
    """The configuration of the adapter in `folder`. Raises ConfigError where there is none that may be read."""
    if not (folder / ADAPTER_CONFIG).is_file():
        raise ConfigError(f"{folder} holds no adapter: {ADAPTER_CONFIG} is missing")
    if not (folder / ADAPTER_WEIGHTS).is_file():
        if (folder / "adapter_model.safetensors").is_file():
            raise ConfigError(f"{folder} holds a PEFT adapter: convert it first with `semzip convert`")
        raise ConfigError(f"{folder} holds no adapter: {ADAPTER_WEIGHTS} is missing")
    return _object(folder / ADAPTER_CONFIG)


def _object(path: Path) -> dict[str, Any]:
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path} is not a JSON object")
    return dict(cast("dict[str, Any]", value))


def fingerprint(folder: Path) -> str:
    """A hash of a model's configuration, tokenizer and weights; of large files, 64 evenly spread samples."""
    sha = hashlib.sha256()
    names = ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
    for path in [*(folder / name for name in names), *sorted(folder.glob("model*.safetensors"))]:
        if not path.is_file():
            continue
        size = path.stat().st_size
        sha.update(f"{path.name}:{size}:".encode())
        with path.open("rb") as file:
            if size <= _SAMPLES * _SAMPLE_BYTES:
                sha.update(file.read())
                continue
            for sample in range(_SAMPLES):
                file.seek((size - _SAMPLE_BYTES) * sample // (_SAMPLES - 1))
                sha.update(file.read(_SAMPLE_BYTES))
    return sha.hexdigest()[:32]


def adapter_fingerprint(folder: Path) -> str:
    """A hash of an adapter's weights and configuration."""
    with (folder / ADAPTER_WEIGHTS).open("rb") as file:
        weights = hashlib.file_digest(file, "sha256").hexdigest()
    return digest(weights, (folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))


@frozen
class Loaded:
    """A model in memory, with its tokenizer and configuration."""

    model: Any
    tokenizer: Any
    config: dict[str, Any]
    folder: Path


def load(source: Source, adapter: Path | None = None) -> Loaded:
    """Load a model, with an adapter on top of it. To be called in the thread that will use it.

    Raises:
        ConfigError: The model cannot be loaded, or the adapter belongs to another one.
    """
    utils = sdk("mlx_lm.utils")
    if on_cpu() and shutil.which("g++") is None:
        # On a CPU mlx compiles its fused kernels with g++; without them it computes the same, unfused.
        sdk("mlx.core").disable_compile()
    folder = source.folder()
    settings = None if adapter is None else check_adapter(adapter)
    try:
        model, config = utils.load_model(folder, trust_remote_code=False)
    except (ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise _unreadable(f"the model {source.name}", error) from error
    if adapter is not None and settings is not None:
        _check_base(settings, adapter, source, folder)
        try:
            model = utils.load_adapters(model, str(adapter))
        except (ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
            trained_on = settings.get("model")
            raise _unreadable(f"the adapter {adapter} (trained on {trained_on}) on {source.name}", error) from error
        model.eval()
    try:
        tokenizer = utils.load_tokenizer(folder, {"trust_remote_code": False}, eos_token_ids=config.get("eos_token_id"))
    except (ValueError, KeyError, TypeError, OSError, AttributeError) as error:
        raise _unreadable(f"the tokenizer of {source.name}", error) from error
    return Loaded(model, tokenizer, config, folder)


def _unreadable(what: str, error: Exception) -> BackendError | ConfigError:
    if isinstance(error, RuntimeError) and is_memory_error(error):
        return BackendError(f"no memory for {what}: {error}")
    lines = str(error).splitlines() or [repr(error)]
    more = f" … and {len(lines) - 4} more" if len(lines) > 4 else ""
    return ConfigError(f"{what} cannot be loaded: {' '.join(line.strip() for line in lines[:4])}{more}")


def _check_base(settings: dict[str, Any], adapter: Path, source: Source, folder: Path) -> None:
    base = settings.get("base_fingerprint")
    if base is not None and base != fingerprint(folder):
        raise ConfigError(
            f"the adapter {adapter} was trained on {settings.get('model')} ({base[:12]}), not on {source.name} "
            f"({fingerprint(folder)[:12]}): load it on its own base, or delete base_fingerprint from its "
            f"{ADAPTER_CONFIG} if you know that they go together"
        )


def on_cpu() -> bool:
    """Whether mlx computes on the CPU."""
    mx = sdk("mlx.core")
    return bool(mx.default_device() == mx.cpu)


def is_memory_error(error: Exception) -> bool:
    """Whether mlx could not allocate."""
    message = str(error).lower()
    return "alloc" in message or "out of memory" in message or "insufficient memory" in message
