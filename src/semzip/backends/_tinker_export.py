"""From signed addresses to a PEFT folder: resumed where a download stopped, sizes and paths checked, in place all at once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import anyio
import httpx
from safetensors import SafetensorError, safe_open
from tinker.types import ExternalWeightsUrlsResponse

from semzip.backends._tinker_state import sync_folder, write_atomically
from semzip.errors import ConfigError, ReplyError, UnavailableError
from semzip.records import digest

WEIGHTS, CONFIG, SOURCE = "adapter_model.safetensors", "adapter_config.json", "tinker.json"
_TRIES = 5
_EXPIRED = {401, 403, 410}


async def download_adapter(
    sign: Callable[[], Awaitable[ExternalWeightsUrlsResponse]],
    work: Path,
    folder: Path,
    *,
    source: Mapping[str, Any],
) -> None:
    """Fetch the files of an export into `folder`. They are checked before the first appears; tinker.json is the last.

    Args:
        sign: Asks for fresh signed addresses.
        work: Where they are until they are complete; on the same disk.
        folder: Where the PEFT adapter is to be.
        source: Where the weights come from, kept in the folder's tinker.json; `external` names the export.

    Raises:
        UnavailableError: The download stopped five times without going on.
        ReplyError: A file has an unsafe path, a wrong size, or is no adapter.
    """
    part = work / f"download-{digest(str(source['external']))[:12]}"
    part.mkdir(parents=True, exist_ok=True)
    urls = await sign()
    if not urls.urls:
        raise ReplyError(f"Tinker exported no files for {source['external']}")
    targets = {name: _inside(part, name) for name in sorted(urls.urls)}
    async with httpx.AsyncClient(timeout=60, follow_redirects=True) as http:
        for name, target in targets.items():
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                urls = await _fetch(http, sign, urls, name, target)
    await anyio.to_thread.run_sync(_complete, part, source)
    await anyio.to_thread.run_sync(_replace, part, folder)


def _replace(part: Path, folder: Path) -> None:
    """Move the files into place, the one that says that all are there behind the others."""
    (folder / SOURCE).unlink(missing_ok=True)
    files = [file.relative_to(part) for file in part.rglob("*") if file.is_file()]
    for file in sorted(files, key=lambda file: (file == Path(SOURCE), file == Path(CONFIG), file)):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (part / file).replace(folder / file)
        sync_folder((folder / file).parent)
    shutil.rmtree(part)


def _inside(folder: Path, name: str) -> Path:
    """The place of a file, which must lie in `folder` on every system."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or {"\\", ":"} & set(name) or any(piece in {"..", "."} for piece in parts):
        raise ReplyError(f"Tinker's export has a file with an unsafe path: {name!r}")
    return folder.joinpath(*parts)


async def _fetch(
    http: httpx.AsyncClient,
    sign: Callable[[], Awaitable[ExternalWeightsUrlsResponse]],
    urls: ExternalWeightsUrlsResponse,
    name: str,
    target: Path,
) -> ExternalWeightsUrlsResponse:
    """Fetch one file; a broken connection goes on where it broke, an expired address is signed anew."""
    part = target.with_name(target.name + ".part")
    tries = 0
    while True:
        before = _size(part)
        if datetime.now(UTC) > urls.expires - timedelta(minutes=5):
            urls = await sign()
        why = await _pull(http, urls.urls[name], part, name)
        if not why:
            part.replace(target)
            return urls
        after = _size(part)
        tries = 0 if after > before else tries + 1
        if tries == _TRIES:
            raise UnavailableError(f"the download of {name} stops at {after} bytes: {why}. Run again to go on")
        if why in _EXPIRED:
            urls = await sign()
        if tries:
            await anyio.sleep(0.5 * tries)


async def _pull(http: httpx.AsyncClient, url: str, part: Path, name: str) -> int | str | None:
    """Append what is missing of a file. None when it is whole, else why not: a status or a broken connection."""
    have = _size(part)
    headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"} if have else {"Accept-Encoding": "identity"}
    try:
        async with http.stream("GET", url, headers=headers) as answer:
            if answer.status_code == 416:  # nothing is missing, or the file is another: only the size can tell
                if have and answer.headers.get("content-range") == f"bytes */{have}":
                    return None
                _clear(part)
                return 416
            if answer.status_code not in {200, 206}:
                return answer.status_code
            begin, size = _extent(answer, name)
            if begin not in {0, have}:
                raise ReplyError(f"the download of {name} goes on at {begin}, not at {have}")
            with part.open("r+b" if begin else "wb") as stream:
                stream.seek(begin)
                async for chunk in answer.aiter_bytes():
                    stream.write(chunk)
                    if stream.tell() > size:
                        raise ReplyError(f"the download of {name} is longer than its announced {size} bytes")
                stream.flush()
                os.fsync(stream.fileno())
                if stream.tell() < size:
                    return f"it ended after {stream.tell()} of {size} bytes"
    except httpx.HTTPError as error:
        return f"{type(error).__name__} {error}"
    return None


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _clear(file: Path) -> None:
    file.unlink(missing_ok=True)


def _extent(answer: httpx.Response, name: str) -> tuple[int, int]:
    """Where the body begins in the file, and the size of the file."""
    try:
        if answer.status_code == 206:
            span, total = answer.headers["content-range"].removeprefix("bytes ").split("/")
            return int(span.split("-")[0]), int(total)
        return 0, int(answer.headers["content-length"])
    except (KeyError, ValueError) as error:
        raise ReplyError(f"the download of {name} does not say its size") from error


def _complete(folder: Path, source: Mapping[str, Any]) -> None:
    """Check that the files are a PEFT adapter, and fill in what PEFT and vLLM read and an exporter may leave out."""
    try:
        config: Any = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        rank = int(config["r"])
        opened: Any = safe_open
        with opened(folder / WEIGHTS, framework="numpy") as tensors:
            names: list[str] = sorted(tensors.keys())
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        shutil.rmtree(folder)
        raise ReplyError(f"what Tinker exported is no PEFT adapter: {error}") from error
    modules = sorted({name.split(".lora_")[0].rsplit(".", 1)[-1] for name in names if ".lora_" in name})
    if not modules or rank < 1:
        shutil.rmtree(folder)
        raise ReplyError("what Tinker exported has no LoRA weights")
    config["target_modules"] = config.get("target_modules") or modules
    config["base_model_name_or_path"] = config.get("base_model_name_or_path") or source["base_model"]
    config["task_type"] = config.get("task_type") or "CAUSAL_LM"
    write_atomically(folder / CONFIG, json.dumps(config, indent=2, sort_keys=True))
    write_atomically(folder / SOURCE, json.dumps(dict(source), indent=2, sort_keys=True))


def read_source(folder: Path) -> dict[str, Any]:
    """Where the weights of an adapter folder came from.

    Raises:
        ConfigError: The folder was not trained on Tinker.
    """
    try:
        source: dict[str, Any] = json.loads((folder / SOURCE).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{folder} was not trained on Tinker: load it with MLXTrainer, or serve it with vLLM"
        ) from error
    return source
