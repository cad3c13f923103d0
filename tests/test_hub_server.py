"""The loopback Hub itself, asked by the real huggingface_hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from loopback.hub import Hub

# huggingface_hub's own call of httpx2 when it uploads.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 9000)
    for number in range(7):
        (folder / "deep" / "deeper" / f"{number} é.txt").write_text(f"text {number}")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and ".cache" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_served_folder_is_downloaded_whole_page_by_page(hub: Hub, folder: Path, tmp_path: Path) -> None:
    hub.serve("Qwen/Qwen3-8B", folder)
    hub.page = 3
    got = snapshot_download("Qwen/Qwen3-8B", endpoint=hub.url, cache_dir=tmp_path / "cache", token=False)
    assert contents(Path(got)) == contents(folder)
    assert hub.steps().count("tree") == 4
    only = snapshot_download("Qwen/Qwen3-8B", endpoint=hub.url, cache_dir=tmp_path / "c", allow_patterns=["*.json"])
    assert list(contents(Path(only))) == ["config.json"]


def test_what_is_not_there_is_said_as_the_hub_says_it(hub: Hub, folder: Path, tmp_path: Path) -> None:
    hub.serve("Qwen/Qwen3-8B", folder)
    with pytest.raises(RepositoryNotFoundError):
        snapshot_download("Qwen/Qwen3-9B", endpoint=hub.url, cache_dir=tmp_path / "cache", token=hub.token)
    with pytest.raises(RevisionNotFoundError):
        snapshot_download("Qwen/Qwen3-8B", endpoint=hub.url, cache_dir=tmp_path / "cache", revision="v9")
    with pytest.raises(HfHubHTTPError, match="401"):
        HfApi(hub.url, token="hf_wrong").repo_info("Qwen/Qwen3-8B")


def test_a_broken_download_is_taken_up_where_it_stopped(hub: Hub, folder: Path, tmp_path: Path) -> None:
    hub.serve("Qwen/Qwen3-8B", folder)
    hub.fault("download")
    got = snapshot_download("Qwen/Qwen3-8B", endpoint=hub.url, cache_dir=tmp_path / "cache", token=hub.token)
    assert contents(Path(got)) == contents(folder)
    assert [entry.status for entry in hub.log if entry.step == "download"] == [-1, 200]
    assert not any(entry.key for entry in hub.log if entry.host == "localhost")


def test_a_commit_is_whole_on_its_parent_and_can_be_tagged(hub: Hub, folder: Path) -> None:
    api = HfApi(hub.url, token=hub.token)
    assert api.whoami()["name"] == "tester"
    api.create_repo("team/model", private=True, exist_ok=True)
    api.create_repo("team/model", private=True, exist_ok=True)
    head = api.repo_info("team/model").sha
    operations = [CommitOperationAdd(name, data) for name, data in contents(folder).items()]
    done = api.create_commit("team/model", operations, commit_message="All", parent_commit=head)
    api.create_tag("team/model", tag="v2/a", revision=done.oid)
    assert hub.files("team/model", revision="v2/a") == contents(folder) | {
        ".gitattributes": hub.files("team/model")[".gitattributes"]
    }
    assert [tag.target_commit for tag in api.list_repo_refs("team/model").tags] == [done.oid]
    assert [commit.title for commit in api.list_repo_commits("team/model")] == ["All", "initial commit"]
    assert api.repo_info("team/model", revision="v2/a").sha == done.oid
    with pytest.raises(HfHubHTTPError, match="412"):
        api.create_commit("team/model", [CommitOperationAdd("x", b"x")], commit_message="Late", parent_commit=head)
    with pytest.raises(RepositoryNotFoundError):
        HfApi(hub.url, token=False).repo_info("team/model")
    with pytest.raises(HfHubHTTPError, match="403"):
        api.create_repo("others/model")


def test_a_card_with_bad_metadata_is_refused_before_anything_is_uploaded(hub: Hub) -> None:
    api = HfApi(hub.url, token=hub.token)
    api.create_repo("team/model")
    with pytest.raises(ValueError, match="license must be a str"):
        api.create_commit(
            "team/model", [CommitOperationAdd("README.md", b"---\nlicense: [mit]\n---\n")], commit_message="Card"
        )
    assert "preupload" not in hub.steps()
