"""The repositories of the loopback Hub: blobs, commits one after the other, branches and tags."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

LARGE = 1 << 20


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class ConflictError(Exception):
    pass


class Blob:
    """A file's content. Large or binary files are kept apart, as the Hub does."""

    def __init__(self, data: bytes, *, large: bool | None = None) -> None:
        self.data = data
        self.large = self.is_large(data[:512], len(data)) if large is None else large

    @staticmethod
    def is_large(sample: bytes, size: int) -> bool:
        return size > LARGE or b"\0" in sample

    @cached_property
    def sha256(self) -> str:
        return sha256(self.data)

    @cached_property
    def oid(self) -> str:
        """The git hash of the content."""
        return hashlib.sha1(b"blob %d\0" % len(self.data) + self.data).hexdigest()

    def entry(self, path: str) -> dict[str, Any]:
        entry = {"type": "file", "path": path, "size": len(self.data), "oid": self.oid}
        if self.large:
            entry["lfs"] = {"oid": self.sha256, "size": len(self.data), "pointerSize": 134}
        return entry


@dataclass
class Commit:
    oid: str
    parent: str | None
    title: str
    tree: dict[str, Blob]


@dataclass
class Repo:
    private: bool = True
    commits: dict[str, Commit] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    head: str | None = None

    def commit(
        self, changes: dict[str, Blob] | dict[str, Blob | None], title: str, *, parent: str | None = None
    ) -> str:
        """All of the changes, or none. Raises ConflictError where `parent` is not the last commit."""
        if parent is not None and parent != self.head:
            raise ConflictError("A commit has happened since. Please refresh and try again.")
        merged = {**(self.commits[self.head].tree if self.head else {}), **changes}
        tree = {path: blob for path, blob in sorted(merged.items()) if blob is not None}
        listing = "".join(f"{path}\0{blob.sha256}\n" for path, blob in tree.items())
        oid = hashlib.sha1(f"{self.head}\n{title}\n{listing}".encode()).hexdigest()
        self.commits[oid] = Commit(oid, self.head, title, tree)
        self.head = oid
        return oid

    def find(self, revision: str) -> str | None:
        """The commit that a branch, a tag or a hash names."""
        if revision in ("main", "refs/heads/main"):
            return self.head
        return self.tags.get(revision) or (revision if revision in self.commits else None)

    def tree(self, revision: str) -> dict[str, Blob]:
        oid = self.find(revision)
        return {} if oid is None else self.commits[oid].tree

    def history(self, oid: str) -> list[Commit]:
        entries: list[Commit] = []
        at: str | None = oid
        while at is not None:
            entries.append(self.commits[at])
            at = self.commits[at].parent
        return entries

    def refs(self) -> dict[str, Any]:
        tags = [{"name": name, "ref": f"refs/tags/{name}", "targetCommit": oid} for name, oid in self.tags.items()]
        main = {"name": "main", "ref": "refs/heads/main", "targetCommit": self.head}
        return {"branches": [main], "converts": [], "tags": tags, "pullRequests": []}

    def listing(self, oid: str, folder: str, *, recursive: bool) -> list[dict[str, Any]]:
        """Files and folders below `folder`, as the tree listing has them."""
        start = folder.rstrip("/") + "/" if folder else ""
        entries: dict[str, dict[str, Any]] = {}
        for path, blob in self.commits[oid].tree.items():
            if not path.startswith(start):
                continue
            parts = path.removeprefix(start).split("/")
            for depth in range(1, len(parts) if recursive else min(2, len(parts))):
                name = start + "/".join(parts[:depth])
                entries[name] = {"type": "directory", "path": name, "oid": "0" * 40, "size": 0}
            if recursive or len(parts) == 1:
                entries[path] = blob.entry(path)
        return [entries[name] for name in sorted(entries)]

    def summary(self) -> dict[str, Any]:
        titles = [] if self.head is None else [commit.title for commit in self.history(self.head)]
        files = {path: len(blob.data) for path, blob in self.tree("main").items()}
        return {"private": self.private, "files": files, "commits": titles, "tags": self.tags}
