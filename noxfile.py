"""The project's checks. `nox -s tests` is what a newcomer runs; `nox -l` lists the others."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_external_run = True
nox.options.sessions = ["tests", "lint", "types", "docs"]

PROJECT = nox.project.load_toml("pyproject.toml")
ROOT = Path(__file__).parent


def groups(*names: str) -> list[str]:
    """The packages of these dependency groups."""
    return nox.project.dependency_groups(PROJECT, *names)


def install(session: nox.Session, *names: str, extras: str = "") -> None:
    """Install the built wheel, with extras, and the dependency groups."""
    built = Path(session.create_tmp()) / "wheel"
    shutil.rmtree(built, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", "--wheel", "--outdir", str(built), str(ROOT), silent=True)
    (wheel,) = built.resolve().glob("*.whl")
    session.install(f"semzip{extras} @ {wheel.as_uri()}", *groups(*names))


@nox.session
def tests(session: nox.Session) -> None:
    """The test suite, against the built wheel."""
    install(session, "tests", extras="[all]")
    data = os.environ.get("SEMZIP_DATA")
    chosen = [] if data else ["-m", "not data"]
    if not data:
        session.log("SEMZIP_DATA is not set: tests marked `data` are deselected")
    session.run("pytest", *chosen, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting, lint, and which module may import which."""
    install(session, "lint")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Strict types, by both checkers."""
    install(session, "types", extras="[all]")
    session.run("mypy")
    session.run("pyright")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, strictly."""
    install(session, "docs")
    session.run("zensical", "build", "--clean", "--strict", *session.posargs)


@nox.session
def run(session: nox.Session) -> None:
    """The main job on a sample, as a new user would run it."""
    install(session)
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
        session.run("semzip", "run", "--limit", "300", "--allow-failing", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The page of a run in the machine's own Chromium, without a window."""
    missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    if missing:
        session.error(f"there is no {' and no '.join(missing)}: sudo apt-get install chromium chromium-driver")
    install(session, "tests", "browser")
    session.run("pytest", "-m", "browser", "tests/test_browser.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks: `nox -s bench -- NAME …` for some of them."""
    install(session, "tests", "bench", extras="[all]")
    every = sorted((ROOT / "tests" / "bench").glob("*.py"))
    names = session.posargs or [path.stem for path in every if "__main__" in path.read_text(encoding="utf-8")]
    for name in names:
        session.run("python", f"tests/bench/{name}.py")


@nox.session
def tinker(session: nox.Session) -> None:
    """Training against a real open-source server of the Tinker API, on the CPU; about five minutes."""
    install(session, "tests", "tinker", extras="[mlx,tinker]")
    with_tinker_server(session, "-m", "tinker", "tests/tinker_api")


@nox.session
def e2e(session: nox.Session) -> None:
    """examples/v2_run.py as it stands, against servers on this machine; about four minutes."""
    install(session, "tests", "tinker", extras="[all]")
    with_tinker_server(session, "-m", "e2e", "tests/e2e")


def with_tinker_server(session: nox.Session, *chosen: str) -> None:
    """Run tests that start skyrl's Tinker server."""
    # Without its dependencies, which would bring torch: the sessions' group names those that the server needs.
    session.install("--no-deps", "skyrl==0.3.0")
    compiled = {"JAX_COMPILATION_CACHE_DIR": str(ROOT / ".nox" / "jax")}
    session.run("pytest", *chosen, *session.posargs, env=compiled)
