"""The one way to write to the Hugging Face Hub: content is compared first, one commit changes all of it, or nothing.

Whatever was interrupted is done again whole: what is on the Hub already is neither sent nor committed a second time.
Calls block. The only module that writes to the Hub; the token goes to the endpoint alone, by the SDK's own rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeVar

from attrs import field, frozen

from semzip._retry import blocking
from semzip.backends._http import checked_url, retry_after
from semzip.errors import AccountError, BackendError, ConfigError, MissingBackendError, RateLimitError, UnavailableError

T = TypeVar("T")
Kind = Literal["model", "dataset"]
Content = Path | bytes

_HINT = "log in with `hf auth login`, or set HF_TOKEN to a token that may write"
_MOVED = frozenset({409, 412})  # another commit came first
_BUSY = frozenset({408, 500, 502, 503, 504})


def sdk(name: str = "huggingface_hub") -> Any:
    """The module `name` of huggingface_hub.

    Raises:
        MissingBackendError: It is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingBackendError(f"the Hugging Face Hub needs: pip install 'semzip[hub]' ({error})") from error


def client() -> Any:
    """The SDK's client for the endpoint in HF_ENDPOINT, with the token of HF_TOKEN or of `hf auth login`.

    Raises:
        ConfigError: The token would cross a network in the clear.
    """
    hub = sdk()
    api = hub.HfApi(library_name="semzip")
    try:
        checked_url(api.endpoint, key=True)
    except ConfigError as error:
        raise ConfigError(f"HF_ENDPOINT: {error}") from error
    return api


@frozen
class Repo:
    """A repository on the Hub.

    Args:
        name: "owner/name".
        kind: What it holds.
        api: The SDK's client.
    """

    name: str
    kind: Kind = "model"
    api: Any = field(factory=client, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        owner, _, name = self.name.partition("/")
        try:
            sdk("huggingface_hub.utils").validate_repo_id(self.name)
        except ValueError as error:
            raise ConfigError(f"{self.name!r} is no repository name: {error}") from error
        if not owner or not name:
            raise ConfigError(f"{self.name!r} is no repository: give it as OWNER/NAME, such as my-org/semzip-v2")

    @property
    def url(self) -> str:
        """Where a person finds it."""
        return f"{self.api.endpoint}/{'datasets/' if self.kind == 'dataset' else ''}{self.name}"

    def make(self, *, public: bool = False) -> None:
        """Make it where it is not there yet, private unless `public`.

        Raises:
            ConfigError: It is there and public, which was not asked for.
            AccountError: No token, or one that may not write there.
        """
        self._do(lambda: self.api.create_repo(self.name, repo_type=self.kind, private=not public, exist_ok=True))
        if not public and self.info().private is False:
            raise ConfigError(f"{self.url} is public: give --public if everybody may read this, or another repository")

    def open_to_all(self) -> None:
        """Make a private repository public."""
        if self.info().private:
            self._do(lambda: self.api.update_repo_settings(self.name, repo_type=self.kind, private=False))

    def info(self) -> Any:
        """What the SDK knows of it: `sha` of the last commit, `private`."""
        return self._do(lambda: self.api.repo_info(self.name, repo_type=self.kind))

    def files(self, revision: str | None = None) -> dict[str, Any]:
        """The files by their paths: `.size`, `.blob_id`, and `.lfs` with `sha256` for large ones."""
        return self._do(lambda: self._files(revision))

    def find(self, revision: str) -> str | None:
        """The commit that a tag or a branch names, or None."""
        return self._do(lambda: self._find(revision))

    def read(self, path: str, folder: Path, revision: str | None = None) -> Path:
        """Download one file below `folder`."""
        return Path(
            self._do(
                lambda: self.api.hf_hub_download(
                    self.name, path, repo_type=self.kind, revision=revision, local_dir=folder
                )
            )
        )

    def commit(self, files: Mapping[str, Content], message: str, *, gone: Iterable[str] = ()) -> str | None:
        """Bring the files to the Hub in one commit, and take away those that are `gone`.

        Returns:
            The commit, or None where all of that holds already.
        """
        hub = sdk()

        def attempt() -> str | None:
            head = self.api.repo_info(self.name, repo_type=self.kind).sha
            there = self._files(head) if head else {}
            operations: list[Any] = [
                hub.CommitOperationAdd(path, content if isinstance(content, bytes) else str(content))
                for path, content in sorted(files.items())
                if not same(content, there.get(path))
            ]
            operations += [hub.CommitOperationDelete(path, is_folder=False) for path in sorted(gone) if path in there]
            if not operations:
                return None
            done = self.api.create_commit(
                self.name, operations, commit_message=message, repo_type=self.kind, parent_commit=head
            )
            return str(done.oid)

        return self._do(attempt)

    def tag(self, name: str, commit: str) -> None:
        """Tag a commit; a tag that stands there already is fine."""

        def attempt() -> None:
            # Looked up, since the answer to an earlier attempt may have been lost.
            if self._find(name) != commit:
                self.api.create_tag(self.name, tag=name, revision=commit, repo_type=self.kind)

        self._do(attempt)

    def _files(self, revision: str | None) -> dict[str, Any]:
        listed = self.api.list_repo_tree(self.name, repo_type=self.kind, revision=revision, recursive=True)
        return {entry.path: entry for entry in listed if hasattr(entry, "blob_id")}

    def _find(self, revision: str) -> str | None:
        errors = sdk("huggingface_hub.errors")
        try:
            return str(self.api.repo_info(self.name, repo_type=self.kind, revision=revision).sha)
        except errors.RepositoryNotFoundError:
            raise
        except errors.HfHubHTTPError as error:
            if error.response.status_code == 404:
                return None
            raise

    def _do(self, work: Callable[[], T]) -> T:
        def attempt() -> T:
            with _errors(self):
                return work()

        return blocking()(attempt)


def same(content: Content, entry: Any) -> bool:
    """Whether a file of the Hub has this content."""
    if entry is None:
        return False
    if entry.size != (len(content) if isinstance(content, bytes) else content.stat().st_size):
        return False
    if entry.lfs is not None:
        return bool(entry.lfs.sha256 == sha256(content))
    data = content if isinstance(content, bytes) else content.read_bytes()
    # A git object's name, which is no safeguard but the Hub's way to tell small files apart.
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
    return bool(entry.blob_id == blob.hexdigest())


def sha256(content: Content) -> str:
    """The hash of a file's content."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _errors(repo: Repo) -> Generator[None]:
    http, errors = sdk("httpx2"), sdk("huggingface_hub.errors")
    try:
        yield
    except RuntimeError as error:
        # The SDK wraps what went wrong with the upload of one file.
        if isinstance(error.__cause__, http.HTTPError):
            raise _meaning(error.__cause__, repo) from error
        raise
    except http.HTTPError as error:
        raise _meaning(error, repo) from error
    except errors.LocalTokenNotFoundError as error:
        raise AccountError(f"there is no token for {repo.api.endpoint}: {_HINT}") from error
    except (errors.LocalEntryNotFoundError, ConnectionError) as error:
        raise UnavailableError(f"{repo.api.endpoint} cannot be reached: {_first_line(error)}") from error
    except ValueError as error:
        raise ConfigError(f"{repo.url}: {error}") from error


def _meaning(error: Any, repo: Repo) -> BackendError | ConfigError:
    response = getattr(error, "response", None)
    if response is None:
        return UnavailableError(f"{repo.api.endpoint} cannot be reached: {_first_line(error)}")
    status, said = response.status_code, response.headers.get("x-error-message") or _first_line(error)
    if status == 401:
        return AccountError(f"{repo.url}: not there, or not for this token ({said}): {_HINT}")
    if status in (402, 403):
        return AccountError(f"{repo.url}: this token may not do that ({said}): {_HINT}")
    if status == 404:
        return ConfigError(f"{repo.url} is not there: {said}")
    if status == 429:
        return RateLimitError(f"{repo.api.endpoint} asks to slow down", retry_after=retry_after(response.headers))
    if status in _MOVED:
        return UnavailableError(f"{repo.url} changed at the same time: {said}")
    if status in _BUSY:
        return UnavailableError(f"{repo.api.endpoint} answered {status}: {said}")
    return ConfigError(f"{repo.url}: the Hub answered {status}: {said}")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [repr(error)])[0]
