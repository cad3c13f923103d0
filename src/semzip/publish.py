"""Publish a run: its release as a model repository on the Hugging Face Hub, its dataset as Parquet in another one.

Private unless asked otherwise, shown before it goes, refused where it holds a key or a personal path; one commit and a
tag. What is on the Hub already is not sent again, so a publication that was interrupted is simply started again.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, cast

from attrs import frozen

from semzip._codec import dumps
from semzip._hub import Content, Kind, Repo, client, same, sha256
from semzip._secrets import Finding, Scanner
from semzip.errors import ConfigError, DataError, MissingBackendError, StoppedError, TargetsError
from semzip.prompts import row_texts
from semzip.records import SPLITS, digest
from semzip.release import dataset_card, with_datasets

MANIFEST = "manifest.json"
_MOST_SHOWN = 20
_ROWS_PER_GROUP = 10_000


@frozen(kw_only=True)
class Upload:
    """What would go to one repository.

    Args:
        repo: "owner/name".
        kind: "model" or "dataset".
        public: Whether everybody may read it.
        files: The files, by their paths in the repository.
        tag: The tag that the commit gets.
        title: The commit's message.
    """

    repo: str
    kind: Kind
    public: bool
    files: Mapping[str, Content]
    tag: str
    title: str

    @property
    def sizes(self) -> dict[str, int]:
        """The files' sizes in bytes."""
        return {
            path: len(content) if isinstance(content, bytes) else content.stat().st_size
            for path, content in sorted(self.files.items())
        }


@frozen(kw_only=True)
class Published:
    """What is on the Hub now. `changed` is False where all of it was there already."""

    url: str
    commit: str
    tag: str
    changed: bool


def publish(
    run: str | Path,
    *,
    repo: str,
    dataset_repo: str | None = None,
    public: bool = False,
    tag: str | None = None,
    allow: Sequence[str] = (),
    yes: bool = False,
    ask: Callable[[Sequence[Upload]], bool] | None = None,
) -> tuple[Published, ...]:
    """Upload a run's release, and its dataset where `dataset_repo` is given.

    Args:
        run: The run's folder, or its release folder.
        repo: The model repository, "owner/name"; made where it is not there, as is `dataset_repo`.
        dataset_repo: The dataset repository.
        public: Let everybody read them.
        tag: Of the commits; by default one that follows from the content.
        allow: Texts that look like a key or a personal path, and may go all the same.
        yes: Upload without asking.
        ask: Shows what would go up and says whether to go on; needed where `yes` is False.

    Returns:
        What is on the Hub now, the dataset first.

    Raises:
        ConfigError: There is no release, nobody was asked, or a repository is public although `public` is False.
        TargetsError: The run missed its targets, and so has no release.
        DataError: A key or a personal path would go up, or a file was changed after the release; nothing was uploaded.
        StoppedError: The answer was no.
        AccountError: No token, or one that may not write there.
        UnavailableError: The Hub cannot be reached. The same call goes on.
    """
    client()
    with tempfile.TemporaryDirectory() as work:
        uploads = plan(run, Path(work), repo=repo, dataset_repo=dataset_repo, public=public, tag=tag, allow=allow)
        if not yes:
            if ask is None:
                raise ConfigError("nothing was uploaded: publish(…, yes=True) uploads without asking (or give ask=)")
            if not ask(uploads):
                raise StoppedError("nothing was uploaded")
        return tuple(_upload(upload) for upload in uploads)


def plan(
    run: str | Path,
    work: Path,
    *,
    repo: str,
    dataset_repo: str | None = None,
    public: bool = False,
    tag: str | None = None,
    allow: Sequence[str] = (),
) -> tuple[Upload, ...]:
    """What `publish` would upload; files that are made for it go into `work`. Nothing is sent.

    Raises:
        SemzipError: As `publish` does before it uploads.
    """
    release = _release_of(Path(run))
    files = _checked(release)
    found = [finding for path in sorted(files) for finding in Scanner.of_environment(allow).file(files[path], path)]
    model: dict[str, Content] = dict(files)
    uploads: list[Upload] = []
    if dataset_repo is not None:
        folder = release.parent / "dataset"
        found += _scan_rows(folder, allow)
        if not found:
            data = _dataset(folder, release, work)
            uploads.append(_sealed(data, repo=dataset_repo, kind="dataset", public=public, tag=tag))
            card = files["README.md"].read_text(encoding="utf-8")
            model["README.md"] = with_datasets(card, [dataset_repo]).encode()
    if found:
        raise DataError(_told(found))
    uploads.append(_sealed(model, repo=repo, kind="model", public=public, tag=tag))
    return tuple(uploads)


def _release_of(run: Path) -> Path:
    if (run / MANIFEST).is_file():
        return run
    if not run.is_dir():
        raise ConfigError(f"there is no run in {run}: `semzip run --out {run}` makes one")
    release, report = run / "release", run / "report.json"
    figures: dict[str, Any] = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    if (release / MANIFEST).is_file():
        made = json.loads((release / "config.json").read_text(encoding="utf-8"))["adapter"]["id"]
        now = figures.get("adapters", {}).get("v2", {}).get("id", made)
        if made != now:
            raise ConfigError(
                f"the release in {run} is not of the run's last adapter: let `semzip run --out {run}` finish, then publish"
            )
        return release
    missed = [row for row in figures.get("checklist", ()) if not row["met"]]
    if missed:
        words = "; ".join(f"{row['figure']} is {row['measured']}, target {row['target']}" for row in missed)
        raise TargetsError(
            f"the run in {run} missed its targets and has no release: {words}. To release it all the same, with a card "
            "that says so, run it again with --allow-failing"
        )
    raise ConfigError(
        f"the run in {run} is not finished, it has no release yet: run the same `semzip run --out {run}` again to its end"
    )


def _checked(release: Path) -> dict[str, Path]:
    """The release's files but the manifest; all but the card must be as they were released."""
    manifest: dict[str, str] = json.loads((release / MANIFEST).read_text(encoding="utf-8"))["sha256"]
    files = dict(_visible(release))
    del files[MANIFEST]
    for path, known in manifest.items():
        if path not in files:
            raise DataError(f"{release / path} is missing, and the manifest lists it: release the run again")
        if path != "README.md" and sha256(files[path]) != known:
            raise DataError(f"{release / path} was changed after the release: release the run again")
    return files


def _visible(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_symlink():
            raise DataError(f"{path} is a link, which may lead to anything: put the file itself there, or take it away")
        if path.is_file() and not any(part.startswith(".") for part in inside.parts):
            yield inside.as_posix(), path


def _sealed(files: dict[str, Content], *, repo: str, kind: Kind, public: bool, tag: str | None) -> Upload:
    """With the manifest of what really goes up, and the tag that follows from it."""
    hashes = {path: sha256(content) for path, content in sorted(files.items())}
    files = {**files, MANIFEST: (dumps({"sha256": hashes}, indent=2) + "\n").encode()}
    by_content = f"semzip-{digest(dumps(hashes))[:12]}"
    title = f"Publish the {'dataset' if kind == 'dataset' else 'release'} of a semzip run"
    return Upload(repo=repo, kind=kind, public=public, files=files, tag=tag or by_content, title=title)


def _upload(upload: Upload) -> Published:
    repo = Repo(upload.repo, upload.kind)
    repo.make(public=upload.public)
    tagged = repo.find(upload.tag)
    if tagged is not None:
        there = repo.files(tagged)
        if not all(same(content, there.get(path)) for path, content in upload.files.items()):
            raise ConfigError(f"{repo.url} has a tag {upload.tag} with other content: choose another one with --tag")
        commit = None
    else:
        commit = repo.commit(upload.files, upload.title, gone=_left_behind(repo, upload))
        repo.tag(upload.tag, tagged := commit or repo.info().sha)
    if upload.public:
        repo.open_to_all()
    return Published(url=repo.url, commit=tagged, tag=upload.tag, changed=commit is not None)


def _left_behind(repo: Repo, upload: Upload) -> list[str]:
    """The files of the last publication that this one no longer has."""
    if MANIFEST not in repo.files():
        return []
    with tempfile.TemporaryDirectory() as folder:
        earlier = json.loads(repo.read(MANIFEST, Path(folder)).read_text(encoding="utf-8"))
    return sorted(set(earlier.get("sha256", {})) - set(upload.files))


def _dataset(folder: Path, release: Path, work: Path) -> dict[str, Content]:
    """The dataset's card and, for each split that has rows, a Parquet file."""
    files: dict[str, Content] = {}
    counts: dict[str, int] = {}
    left_out = 0
    for split in SPLITS:
        path = work / f"{split}.parquet"
        counts[split], refused = _write_parquet(_rows(folder / f"{split}.jsonl"), path)
        left_out += refused
        if counts[split]:
            files[f"data/{split}.parquet"] = path
    run = json.loads((release / "run.json").read_text(encoding="utf-8"))
    files["README.md"] = dataset_card(run, counts, left_out).encode()
    return files


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text, short = row_texts(row["messages"])
            yield {"id": row["id"], "domain": row["domain"], "text": text, "compressed": short}


def _write_parquet(rows: Iterator[dict[str, str]], path: Path) -> tuple[int, int]:
    """How many rows were written, and how many could not be: lone surrogates are no UTF-8, all that Parquet takes."""
    try:
        arrow, parquet = cast("Any", import_module("pyarrow")), cast("Any", import_module("pyarrow.parquet"))
    except ImportError as error:
        raise MissingBackendError("a dataset is published as Parquet: pip install 'semzip[parquet]'") from error
    schema = arrow.schema([(name, arrow.string()) for name in ("id", "domain", "text", "compressed")])
    count = refused = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := list(islice(rows, _ROWS_PER_GROUP)):
            clean = [row for row in group if _is_utf8(row["text"]) and _is_utf8(row["compressed"])]
            writer.write_table(arrow.Table.from_pylist(clean, schema=schema))
            count += len(clean)
            refused += len(group) - len(clean)
    return count, refused


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _scan_rows(folder: Path, allow: Sequence[str]) -> list[Finding]:
    if not (folder / "train.jsonl").is_file():
        raise ConfigError(f"there is no dataset in {folder}: leave the dataset repository out, or run to the end")
    scanner = Scanner.of_environment(allow)
    names = [f"{split}.jsonl" for split in SPLITS]
    return [finding for name in names for finding in scanner.file(folder / name, f"dataset/{name}")]


def _told(found: Sequence[Finding]) -> str:
    lines = "".join(f"\n  {finding}" for finding in found[:_MOST_SHOWN])
    more = f"\n  … and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    return (
        f"nothing was uploaded, since {len(found)} places must not be published:{lines}{more}\n"
        "Take them out of the corpus, or name a model by its name on the Hub instead of a folder, and run again; what is "
        "harmless can be named with --allow TEXT"
    )
