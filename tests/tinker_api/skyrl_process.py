"""skyrl's Tinker server as a process of its own, started and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
QUICK = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1"}


@contextmanager
def skyrl(model: str, work: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The address of a server of `model`, which keeps its files and its log in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cache = {"JAX_COMPILATION_CACHE_DIR": os.environ.get("JAX_COMPILATION_CACHE_DIR", str(work / "jax"))}
    with (work / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "skyrl_server.py"), model, str(port), str(work)],
            env={**os.environ, **QUICK, **cache, "JAX_PLATFORMS": "cpu", **environment},
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            if process.poll() is not None or answers(url):
                break
            time.sleep(0.1)
        assert process.poll() is None, (work / "server.log").read_text()[-3000:]
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v1/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
