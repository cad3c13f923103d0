"""A Hugging Face Hub on this machine: real HTTP for the real huggingface_hub, faults at each step, and a log.

In a test: `with Hub() as hub:` and `HF_ENDPOINT=hub.url`, `HF_TOKEN=hub.token`, `HF_HUB_DISABLE_XET=1` in the environment.
As a process: `PYTHONPATH=tests python -m loopback.hub '{"models": {"Qwen/Qwen3-8B": "FOLDER"}}'` prints its address;
GET /_repos tells what each repository holds, GET /_log what was asked. Large files lie on another host name
(`localhost`), as they do on the real Hub's storage: a key that reaches it is seen in the log.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

import yaml

from loopback.hub_http import API, Answer, Request, handler_of
from loopback.repos import Blob, ConflictError, Repo, sha256

TOKEN = "hf_" + "loopback" * 4 + "xy"
_RESOLVE = re.compile(r"/(datasets/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
_BATCH = re.compile(r"/(datasets/)?([^/]+/[^/]+)\.git/info/lfs/objects/batch")


@dataclass
class Fault:
    """What goes wrong at a step: an answer with `status`, or a broken connection (0); once done, if `after`.

    `act` is called then, to kill who asked or to change something behind its back.
    """

    step: str
    status: int = 0
    after: bool = False
    times: int = 1
    act: Callable[[], object] | None = None
    harmless: bool = False  # `act` only; the step then goes on


class RefusedError(Exception):
    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        headers = {"x-error-message": message} | ({"x-error-code": code} if code else {})
        self.answer = Answer(status, {"error": message}, headers)


class Hub:
    def __init__(self, *, token: str = TOKEN, user: str = "tester", orgs: tuple[str, ...] = ("team",)) -> None:
        self.token, self.user, self.orgs = token, user, orgs
        self.repos: dict[tuple[str, str], Repo] = {}
        self.large: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.log: list[Request] = []
        self.page = 1000
        self.lock = threading.RLock()

    def __enter__(self) -> Self:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def storage(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to use this Hub and no other."""
        return {"HF_ENDPOINT": self.url, "HF_TOKEN": self.token, "HF_HUB_DISABLE_XET": "1"}

    def serve(self, name: str, folder: Path, kind: str = "model") -> Repo:
        """A public repository with the files of `folder`."""
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        files = {path.relative_to(folder).as_posix(): Blob(path.read_bytes()) for path in paths}
        for blob in files.values():
            self.large[blob.sha256] = blob.data
        repo = self.repos[kind, name] = Repo(private=False)
        repo.commit(files, "serve a folder")
        return repo

    def fault(self, step: str, status: int = 0, **more: Any) -> Fault:
        """Let a step go wrong."""
        self.faults.append(Fault(step, status, **more))
        return self.faults[-1]

    def files(self, name: str, kind: str = "model", revision: str = "main") -> dict[str, bytes]:
        """What a repository holds."""
        repo = self.repos[kind, name]
        return {path: blob.data for path, blob in repo.tree(revision).items()}

    def steps(self) -> list[str]:
        return [request.step for request in self.log]

    def answer(self, request: Request, headers: dict[str, str], data: bytes) -> Answer | None:
        """The answer, or None for a connection that breaks."""
        fault = self._fault(request.step)
        if fault and not fault.after and (broken := _broken(fault)):
            return broken[0]
        with self.lock:
            try:
                answer = self._answer(request, headers, data)
            except RefusedError as refused:
                answer = refused.answer
        if fault and fault.after and (broken := _broken(fault)):
            return broken[0]
        return answer

    def _fault(self, step: str) -> Fault | None:
        with self.lock:
            fault = next((fault for fault in self.faults if fault.step == step and fault.times), None)
            if fault:
                fault.times -= 1
            return fault

    def _answer(self, request: Request, headers: dict[str, str], data: bytes) -> Answer:
        url = urlsplit(request.path)
        path = unquote(url.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if path == "/_log":
            return Answer(body=[vars(entry) for entry in self.log])
        if path == "/_repos":
            return Answer(body={f"{kind}s/{name}": repo.summary() for (kind, name), repo in self.repos.items()})
        if path.startswith("/_large/"):
            return self._stored(request, path.removeprefix("/_large/"), headers, data)
        self._check_key(headers)
        if path == "/api/whoami-v2":
            self._must_write(request)
            return Answer(body={"type": "user", "name": self.user, "orgs": [{"name": name} for name in self.orgs],
                                "auth": {"accessToken": {"role": "write"}}})  # fmt: skip
        if path == "/api/validate-yaml":
            return _validated(json.loads(data))
        if path == "/api/repos/create":
            return self._create(request, json.loads(data))
        if match := _BATCH.fullmatch(path):
            self._must_write(request)
            self._repo(request, "dataset" if match[1] else "model", match[2])
            return self._batch(json.loads(data))
        if match := _RESOLVE.fullmatch(path):
            repo = self._repo(request, "dataset" if match[1] else "model", match[2])
            return self._resolve(request, repo, match[3], match[4], headers)
        # The revision may hold a quoted slash, so the path is taken apart before it is unquoted.
        if match := API.fullmatch(url.path):
            kind, name, action, revision, rest = (unquote(part or "") for part in match.groups())
            repo = self._repo(request, kind, name)
            return self._api(request, repo, (kind, name), action, (revision or "main", rest), query, data)
        raise RefusedError(404, f"no such page: {path}")

    def _api(
        self,
        request: Request,
        repo: Repo,
        named: tuple[str, str],
        action: str,
        place: tuple[str, str],
        query: dict[str, str],
        data: bytes,
    ) -> Answer:
        revision, rest = place
        if action in ("", "revision"):
            return Answer(body=self._info(named, repo, self._commit_of(repo, revision)))
        if action == "refs":
            return Answer(body=repo.refs())
        if action == "tree":
            oid = self._commit_of(repo, revision)
            return self._tree(request, repo, oid, rest, query)
        if action == "commits":
            entries = repo.history(self._commit_of(repo, revision))
            return Answer(
                body=[{"id": c.oid, "title": c.title, "message": "", "date": _DATE, "authors": []} for c in entries]
            )
        self._must_write(request)
        if action == "preupload":
            tree = repo.tree(revision)
            asked = json.loads(data)["files"]
            return Answer(body={"files": [_mode(entry, tree.get(entry["path"])) for entry in asked]})
        if action == "commit":
            return self._commit(named, repo, [json.loads(line) for line in data.splitlines() if line])
        if action == "tag" and request.method == "POST":
            body = json.loads(data)
            if body["tag"] in repo.tags:
                raise RefusedError(409, f"Tag reference exists already: {body['tag']}")
            repo.tags[body["tag"]] = self._commit_of(repo, revision)
            return Answer(body={})
        if action == "settings":
            repo.private = bool(json.loads(data).get("private", json.loads(data).get("visibility") == "private"))
            return Answer(body={})
        raise RefusedError(404, f"no such action: {action}")

    def _check_key(self, headers: dict[str, str]) -> None:
        given = headers.get("authorization")
        if given is not None and given != f"Bearer {self.token}":
            raise RefusedError(401, "Invalid credentials in Authorization header")

    def _must_write(self, request: Request) -> None:
        if not request.key:
            raise RefusedError(401, "Invalid username or password.")

    def _repo(self, request: Request, kind: str, name: str) -> Repo:
        repo = self.repos.get((kind, name))
        if repo is None or (repo.private and not request.key):
            raise RefusedError(404 if request.key else 401, "Repository not found", "RepoNotFound")
        return repo

    @staticmethod
    def _commit_of(repo: Repo, revision: str) -> str:
        oid = repo.find(revision)
        if oid is None:
            raise RefusedError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return oid

    def _create(self, request: Request, body: dict[str, Any]) -> Answer:
        self._must_write(request)
        owner, kind = body.get("organization") or self.user, body.get("type") or "model"
        if owner not in (self.user, *self.orgs):
            raise RefusedError(403, f"You don't have the rights to create a {kind} under the namespace {owner}")
        name = f"{owner}/{body['name']}"
        url = f"{self.url}/{'datasets/' if kind == 'dataset' else ''}{name}"
        if (kind, name) in self.repos:
            answer = RefusedError(409, f"You already created this {kind} repo").answer
            answer.body["url"] = url
            return answer
        repo = self.repos[kind, name] = Repo(private=body.get("visibility") == "private")
        repo.commit({".gitattributes": Blob(b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n")}, "initial commit")
        return Answer(body={"url": url, "name": name, "id": name})

    def _batch(self, body: dict[str, Any]) -> Answer:
        objects = []
        for asked in body["objects"]:
            entry: dict[str, Any] = {"oid": asked["oid"], "size": asked["size"]}
            if asked["oid"] not in self.large:
                entry["actions"] = {"upload": {"href": f"{self.storage}/_large/{asked['oid']}"},
                                    "verify": {"href": f"{self.url}/_large/{asked['oid']}/verify"}}  # fmt: skip
            objects.append(entry)
        return Answer(body={"transfer": "basic", "objects": objects})

    def _stored(self, request: Request, path: str, headers: dict[str, str], data: bytes) -> Answer:
        oid, _, verify = path.partition("/")
        if request.method == "PUT":
            if sha256(data) != oid:
                raise RefusedError(400, "the content does not have this hash")
            self.large[oid] = data
            return Answer()
        if oid not in self.large:
            raise RefusedError(404, "no such object")
        return Answer(body={}) if verify else _ranged(self.large[oid], headers, {"etag": f'"{oid}"'})

    def _commit(self, named: tuple[str, str], repo: Repo, lines: list[dict[str, Any]]) -> Answer:
        header = lines[0]["value"]
        changes: dict[str, Blob | None] = {}
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                changes[value["path"]] = Blob(base64.b64decode(value["content"]))
            elif line["key"] == "lfsFile":
                if value["oid"] not in self.large:
                    raise RefusedError(400, f"LFS pointer pointed to a file that does not exist: {value['path']}")
                changes[value["path"]] = Blob(self.large[value["oid"]], large=True)
            elif line["key"] == "deletedFile":
                changes[value["path"]] = None
            else:
                changes |= {path: None for path in repo.tree("main") if path.startswith(value["path"])}
        try:
            oid = repo.commit(changes, header["summary"], parent=header.get("parentCommit"))
        except ConflictError as error:
            raise RefusedError(412, str(error)) from error
        kind, name = named
        url = f"{self.url}/{'datasets/' if kind == 'dataset' else ''}{name}/commit/{oid}"
        return Answer(body={"success": True, "commitOid": oid, "commitUrl": url})

    def _info(self, named: tuple[str, str], repo: Repo, oid: str) -> dict[str, Any]:
        tree = repo.tree(oid)
        return {"id": named[1], "modelId": named[1], "_id": "0" * 24, "sha": oid, "private": repo.private, "gated": False,
                "disabled": False, "tags": [], "downloads": 0, "likes": 0, "lastModified": _DATE, "createdAt": _DATE,
                "siblings": [{"rfilename": path} for path in sorted(tree)]}  # fmt: skip

    def _tree(self, request: Request, repo: Repo, oid: str, folder: str, query: dict[str, str]) -> Answer:
        entries = repo.listing(oid, folder, recursive=query.get("recursive", "").lower() == "true")
        if folder and not entries:
            raise RefusedError(404, f"{folder} does not exist", "EntryNotFound")
        start = int(query.get("cursor", 0))
        answer = Answer(body=entries[start : start + self.page])
        if start + self.page < len(entries):
            base = urlsplit(request.path).path
            more = f"recursive={query.get('recursive', 'False')}&cursor={start + self.page}"
            answer.headers["link"] = f'<{self.url}{base}?{more}>; rel="next"'
        return answer

    def _resolve(self, request: Request, repo: Repo, revision: str, path: str, headers: dict[str, str]) -> Answer:
        oid = self._commit_of(repo, revision)
        blob = repo.tree(oid).get(path)
        known = {"x-repo-commit": oid, "accept-ranges": "bytes"}
        if blob is None:
            missing = RefusedError(404, "Entry not found", "EntryNotFound").answer
            missing.headers |= known
            return missing
        if blob.large:
            known |= {"x-linked-etag": f'"{blob.sha256}"', "x-linked-size": str(len(blob.data))}
            return Answer(302, "", known | {"location": f"{self.storage}/_large/{quote(blob.sha256)}"})
        return _ranged(blob.data, headers, known | {"etag": f'"{blob.oid}"'})


_DATE = "2026-01-01T00:00:00.000Z"


def _broken(fault: Fault) -> tuple[Answer | None] | None:
    if fault.act is not None:
        fault.act()
    if fault.harmless:
        return None
    return (RefusedError(fault.status, f"injected at {fault.step}").answer if fault.status else None,)


def _mode(entry: dict[str, Any], blob: Blob | None) -> dict[str, Any]:
    large = Blob.is_large(base64.b64decode(entry["sample"]), entry["size"])
    oid = None if blob is None else (blob.sha256 if blob.large else blob.oid)
    mode = "lfs" if large else "regular"
    return {"path": entry["path"], "uploadMode": mode, "shouldIgnore": False} | ({"oid": oid} if oid else {})


def _ranged(data: bytes, headers: dict[str, str], known: dict[str, str]) -> Answer:
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", ""))
    if not match:
        return Answer(200, data, known)
    start, end = int(match[1]), int(match[2] or len(data) - 1)
    if start >= len(data):
        return Answer(416, b"", known | {"content-range": f"bytes */{len(data)}"})
    return Answer(206, data[start : end + 1], known | {"content-range": f"bytes {start}-{end}/{len(data)}"})


def _validated(body: dict[str, Any]) -> Answer:
    """What the Hub says of a card's metadata: it must be YAML, an object, and its parts of the right kinds."""
    match = re.match(r"---\r?\n(.*?)\r?\n---", body["content"], re.DOTALL)
    if not match:
        return Answer(body={"errors": [], "warnings": [{"message": "empty or missing yaml metadata in repo card"}]})
    errors: list[str] = []
    try:
        metadata = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        metadata, errors = {}, [f"the metadata is no YAML: {error}"]
    if not isinstance(metadata, dict):
        metadata, errors = {}, ["the metadata is no object"]
    kinds = {
        "license": str,
        "tags": list,
        "model-index": list,
        "library_name": str,
        "configs": list,
        "pipeline_tag": str,
    }
    errors += [f"{name} must be a {kind.__name__}" for name, kind in kinds.items()
               if name in metadata and not isinstance(metadata[name], kind)]  # fmt: skip
    for model in metadata.get("model-index") or []:
        for result in model.get("results", [{}]):
            if not {"task", "dataset", "metrics"} <= set(result) or not {"name", "type"} <= set(result["dataset"]):
                errors.append("a result of model-index needs task, dataset (name, type) and metrics")
    return Answer(400 if errors else 200, {"errors": [{"message": text} for text in errors], "warnings": []})


def main() -> None:
    settings = json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")
    with Hub(orgs=tuple(settings.get("orgs", ["team"]))) as hub:
        for name, folder in settings.get("models", {}).items():
            hub.serve(name, Path(folder))
        print(hub.url, flush=True)
        hub.thread.join()


if __name__ == "__main__":
    main()
