"""Publishing, by the real huggingface_hub, to the loopback Hub."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from huggingface_hub import DatasetCard, HfApi, ModelCard, snapshot_download

from corpora import write_jsonl
from loopback.hub import Hub
from loopback.repos import Blob
from semzip import Passage, corpus
from semzip.cli import main
from semzip.errors import AccountError, ConfigError, DataError, StoppedError, TargetsError, UnavailableError
from semzip.local import LocalTrainer
from semzip.prompts import row_texts
from semzip.publish import publish
from semzip.release import released_adapter

# The filter is for huggingface_hub's own call of httpx2 when it uploads.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
REPOS = {"repo": "team/model", "dataset_repo": "team/data"}
STEPS = ["create", "info", "tree", "validate", "preupload", "batch", "upload", "verify", "commit", "tag"]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the default pipeline on a few texts, with its release."""
    folder = tmp_path_factory.mktemp("finished")
    text = write_jsonl(folder / "corpus.jsonl", 150)
    words = ["run", "--corpus", text, "--out", folder / "run", "--allow-failing"]
    subprocess.run([sys.executable, "-m", "semzip.cli", *map(str, words)], check=True, capture_output=True)
    return folder / "run"


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


def commits(hub: Hub, name: str = "team/model", kind: str = "model") -> list[str]:
    return hub.repos[kind, name].summary()["commits"]


def test_what_is_published_comes_back_whole(hub: Hub, run: Path, tmp_path: Path) -> None:
    data, model = publish(run, **REPOS, yes=True)
    for name, kind, done in (("team/model", "model", model), ("team/data", "dataset", data)):
        repo = hub.repos[kind, name]
        assert repo.private
        assert repo.tags == {done.tag: done.commit}
        assert commits(hub, name, kind)[1:] == ["initial commit"]
        assert done.changed
        assert done.url.endswith(name)
    got = Path(snapshot_download("team/model", revision=model.tag, cache_dir=tmp_path / "cache"))
    manifest = json.loads((got / "manifest.json").read_text())["sha256"]
    assert manifest == {path: hashlib.sha256((got / path).read_bytes()).hexdigest() for path in manifest}
    kept = {path.relative_to(run / "release").as_posix() for path in (run / "release").rglob("*") if path.is_file()}
    assert {*manifest, "manifest.json"} == kept
    assert (got / "run.json").read_bytes() == (run / "release" / "run.json").read_bytes()
    compressor = anyio.run(LocalTrainer().load, released_adapter(got))
    text = "In order to open the valve, it is necessary to turn the red handle to the left until the pressure falls."
    assert anyio.run(compressor.compress, Passage(text)).ratio < 1


def test_the_published_dataset_reads_back_as_the_pairs_of_the_run(hub: Hub, run: Path, tmp_path: Path) -> None:
    data, _ = publish(run, **REPOS, yes=True)
    got = Path(snapshot_download("team/data", repo_type="dataset", revision=data.tag, cache_dir=tmp_path / "cache"))
    for split in ("train", "valid", "test"):
        rows = [json.loads(line) for line in (run / "dataset" / f"{split}.jsonl").read_text().splitlines()]
        pairs = list(corpus.pairs(got / "data" / f"{split}.parquet"))
        assert [(pair.original, pair.text) for pair in pairs] == [row_texts(row["messages"]) for row in rows]
        assert [pair.domain for pair in pairs] == [row["domain"] for row in rows]
    out = tmp_path / "again"
    words = ["run", "--pairs", str(got / "data" / "train.parquet"), "--stages", "judge,dataset", "--out", str(out)]
    assert main(words) == 0
    again, once = ((folder / "dataset" / "train.jsonl").read_text() for folder in (out, run))
    assert sorted(again.splitlines()) == sorted(once.splitlines())
    card = DatasetCard.load(got / "README.md")
    splits = {part["split"]: part["path"] for part in card.data.to_dict()["configs"][0]["data_files"]}
    assert splits["validation"] == "data/valid.parquet"


def test_the_card_is_read_by_huggingface_hub_and_has_the_figures_of_the_report(hub: Hub, run: Path) -> None:
    publish(run, **REPOS, yes=True)
    card = ModelCard(hub.files("team/model")["README.md"].decode())
    card.validate()
    assert card.data.datasets == ["team/data"]
    v2 = json.loads((run / "report.json").read_text())["evaluation"]["v2"]
    results = card.data.eval_results
    assert results is not None
    figures = {(one.dataset_name.rsplit(", ", 1)[1], one.metric_type): one.metric_value for one in results}
    wanted: dict[tuple[str, str], Any] = {}
    for domain, row in (("all domains", v2), *v2["domains"].items()):
        wanted |= {(domain, name): row[name] for name in ("pass_rate", "ratio", "mean_ratio", "equivalence")}
    assert figures == wanted
    table = [line for line in card.text.splitlines() if line.startswith("| ratio (sum over sum)")]
    assert f"{v2['ratio']:.3f} [{v2['ratio_low']:.3f}, {v2['ratio_high']:.3f}]" in table[0]


def test_publishing_again_changes_nothing(hub: Hub, run: Path) -> None:
    first = publish(run, **REPOS, yes=True)
    before = len(hub.log)
    again = publish(run, **REPOS, yes=True)
    assert [one.commit for one in again] == [one.commit for one in first]
    assert not any(one.changed for one in again)
    assert {"commit", "upload", "tag"}.isdisjoint(hub.steps()[before:])


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(
    ("step", "after"),
    [*((step, False) for step in STEPS), *((step, True) for step in ("create", "upload", "commit", "tag"))],
)
def test_a_broken_connection_at_any_step_ends_in_one_commit_and_a_tag(
    step: str, after: bool, hub: Hub, run: Path
) -> None:
    hub.fault(step, after=after)
    _, model = publish(run, **REPOS, yes=True)
    assert [fault.times for fault in hub.faults] == [0]
    for name, kind in (("team/model", "model"), ("team/data", "dataset")):
        assert len(commits(hub, name, kind)) == 2
        assert len(hub.repos[kind, name].tags) == 1
    assert hub.repos["model", "team/model"].tags == {model.tag: model.commit}


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(
    ("step", "status"),
    [
        *((step, 500) for step in ("create", "info", "validate", "upload", "commit", "tag")),
        ("commit", 409),
        ("tag", 409),
        ("info", 429),
    ],
)
def test_a_refusal_that_passes_is_tried_again(step: str, status: int, hub: Hub, run: Path) -> None:
    hub.fault(step, status)
    publish(run, repo="team/model", yes=True)
    assert len(commits(hub)) == 2
    assert len(hub.repos["model", "team/model"].tags) == 1


@pytest.mark.usefixtures("no_waiting")
def test_a_commit_of_somebody_else_in_between_is_built_upon(hub: Hub, run: Path) -> None:
    def interfere() -> None:
        hub.repos["model", "team/model"].commit({"NOTES.md": Blob(b"mine")}, "notes")

    hub.fault("commit", act=interfere, harmless=True)
    publish(run, repo="team/model", yes=True)
    assert commits(hub) == ["Publish the release of a semzip run", "notes", "initial commit"]
    assert hub.files("team/model")["NOTES.md"] == b"mine"


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("step", ["create", "preupload", "upload", "commit"])
def test_a_refusal_that_stays_is_said_and_leaves_nothing_half_done(step: str, hub: Hub, run: Path) -> None:
    hub.fault(step, 403, times=99)
    with pytest.raises(AccountError, match="may not do that"):
        publish(run, repo="team/model", yes=True)
    assert all(set(hub.files("team/model")) == {".gitattributes"} for _ in hub.repos)
    hub.faults.clear()
    hub.fault(step, 503, times=99)
    with pytest.raises(UnavailableError, match="503"):
        publish(run, repo="team/model", yes=True)
    hub.faults.clear()
    publish(run, repo="team/model", yes=True)
    assert len(commits(hub)) == 2


@pytest.mark.parametrize(("step", "after"), [("upload", False), ("commit", False), ("commit", True), ("tag", False)])
def test_killed_in_the_middle_and_started_again(step: str, after: bool, hub: Hub, run: Path) -> None:
    words = [sys.executable, "-m", "semzip.cli", "publish", str(run), "--repo", "team/model", "--yes"]
    environment = {**os.environ, **hub.environment}
    process: list[subprocess.Popen[str]] = []
    hub.fault(step, after=after, act=lambda: process[0].send_signal(signal.SIGKILL))
    process.append(subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True))
    process[0].communicate(timeout=100)
    assert process[0].returncode == -signal.SIGKILL
    assert not hub.repos["model", "team/model"].tags
    again = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=100, check=True)
    assert hub.url in again.stderr
    assert len(commits(hub)) == 2
    assert len(hub.repos["model", "team/model"].tags) == 1


KEYS = {
    "an Anthropic key": "sk-ant-" + "api03-Abc123def456ghi789",
    "a key that starts with sk-": "sk-" + "proj-Abc123def456ghi789jkl",
    "a Hugging Face token": "hf_" + "AbcDefGhiJklMnoPqrStuVwx",
    "a Tinker key": "tml-" + "Abc123def456ghi789",
    "an AWS key id": "AKIA" + "ABCDEFGH12345678",
    "an AWS secret key": "aws_secret_access_key = " + "a1B2" * 10,
    "a GitHub token": "ghp_" + "a1B2c3" * 6,
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "the value of OTHER_API_KEY": "of-no-known-shape-1",
}
PATHS = ["/home/ines/models", "/Users/Ines.Moreau/x", "C:\\Users\\ines\\x", "C:\\\\Users\\\\ines", "c:/Users/ines"]


@pytest.mark.parametrize("what", [*KEYS, *PATHS])
def test_a_key_or_a_personal_path_is_refused_with_its_place(
    what: str, hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_API_KEY", KEYS["the value of OTHER_API_KEY"])
    secret = KEYS.get(what, what)
    card = run / "release" / "README.md"
    text = card.read_text()
    card.write_text(f"{text}\nseen in {secret}.\n")
    place = len(text.splitlines()) + 2
    with pytest.raises(DataError, match=rf"README\.md:{place}: ") as caught:
        publish(run, **REPOS, yes=True)
    message = str(caught.value)
    assert ("a personal path" if what in PATHS else what) in message
    assert what in PATHS or secret not in message
    assert hub.log == []


def test_the_texts_of_the_dataset_are_searched_too_and_what_is_harmless_can_be_named(hub: Hub, run: Path) -> None:
    rows = run / "dataset" / "valid.jsonl"
    lines = rows.read_text().splitlines()
    row = json.loads(lines[2])
    row["messages"][1]["content"] += f"\nSee\n/home/gvanrossum/notes\n{KEYS['an AWS key id']}"
    lines[2] = json.dumps(row)
    rows.write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match=r"dataset/valid\.jsonl:3: a personal path \(/home/gvanrossum\)") as caught:
        publish(run, **REPOS, yes=True)
    assert "2 places" in str(caught.value)
    assert "dataset/valid.jsonl:3: an AWS key id (AKIAABCD…)" in str(caught.value)
    assert hub.log == []
    publish(run, **REPOS, yes=True, allow=["/home/gvanrossum", KEYS["an AWS key id"]])


@pytest.mark.parametrize(
    "text", ["/home/user/x", "https://host/home/ines", "C:\\Users\\<name>", "task-force-of-2021-xy", "$HOME"]
)
def test_what_is_no_key_and_nobodys_path_may_go(text: str, hub: Hub, run: Path) -> None:
    with (run / "release" / "README.md").open("a") as file:
        file.write(f"\n{text}\n")
    publish(run, repo="team/model", yes=True)
    assert len(commits(hub)) == 2


def test_nothing_goes_without_a_yes(hub: Hub, run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    with pytest.raises(ConfigError, match="yes=True"):
        publish(run, **REPOS)
    with pytest.raises(StoppedError):
        publish(run, **REPOS, ask=lambda _: False)
    words = ["publish", str(run), "--repo", "team/model"]
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main(words) == 2
    assert "Add --yes" in capsys.readouterr().err

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert main(words) == 130
    shown = capsys.readouterr().err
    assert "team/model (private model repository, tag semzip-" in shown
    size = (run / "release" / "adapter" / "salience.safetensors").stat().st_size
    assert f"{size / 1000:,.0f} kB  adapter/salience.safetensors" in shown
    assert hub.log == []
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert main(words) == 0
    assert f"published: {hub.url}/team/model" in capsys.readouterr().err
    assert main([*words, "--yes"]) == 0
    assert "there already" in capsys.readouterr().err


def test_a_public_repository_must_be_asked_for(hub: Hub, run: Path, tmp_path: Path) -> None:
    hub.serve("team/open", tmp_path / "nothing")
    with pytest.raises(ConfigError, match="team/open is public: give --public"):
        publish(run, repo="team/open", yes=True)
    publish(run, repo="team/model", yes=True)
    publish(run, repo="team/model", public=True, yes=True)
    assert not hub.repos["model", "team/model"].private
    assert len(commits(hub)) == 2


def test_a_tag_names_one_content_for_good(hub: Hub, run: Path) -> None:
    publish(run, repo="team/model", tag="v2.0", yes=True)
    publish(run, repo="team/model", tag="v2.0", yes=True)
    with (run / "release" / "README.md").open("a") as file:
        file.write("\nOne more sentence.\n")
    with pytest.raises(ConfigError, match=r"tag v2\.0 with other content"):
        publish(run, repo="team/model", tag="v2.0", yes=True)
    publish(run, repo="team/model", tag="v2.1", yes=True)
    assert len(commits(hub)) == 3
    assert set(hub.repos["model", "team/model"].tags) == {"v2.0", "v2.1"}


def test_files_of_an_earlier_publication_go_and_those_of_others_stay(hub: Hub, run: Path) -> None:
    extra = run / "release" / "plots" / "old.txt"
    extra.parent.mkdir(exist_ok=True)
    extra.write_text("old")
    publish(run, repo="team/model", yes=True)
    hub.repos["model", "team/model"].commit({"NOTES.md": Blob(b"mine")}, "notes")
    extra.unlink()
    publish(run, repo="team/model", yes=True)
    assert "plots/old.txt" not in hub.files("team/model")
    assert "NOTES.md" in hub.files("team/model")


def test_hidden_files_stay_and_links_are_refused(hub: Hub, run: Path, tmp_path: Path) -> None:
    (run / "release" / ".cache").mkdir()
    (run / "release" / ".cache" / "notes").write_text("mine")
    publish(run, repo="team/model", yes=True)
    assert not any("notes" in path for path in hub.files("team/model"))
    (tmp_path / "outside").write_text("mine")
    (run / "release" / "linked").symlink_to(tmp_path / "outside")
    with pytest.raises(DataError, match="linked is a link"):
        publish(run, repo="team/model", yes=True)


def test_a_text_that_is_no_utf8_is_left_out(hub: Hub, run: Path, tmp_path: Path) -> None:
    path = run / "dataset" / "valid.jsonl"
    lines = path.read_text().splitlines()
    row = json.loads(lines[0])
    row["messages"][1]["content"] += "\ud800"
    path.write_text("\n".join([json.dumps(row), *lines[1:]]) + "\n")
    publish(run, **REPOS, yes=True)
    got = tmp_path / "valid.parquet"
    got.write_bytes(hub.files("team/data", "dataset")["data/valid.parquet"])
    assert len(list(corpus.pairs(got))) == len(lines) - 1
    card = hub.files("team/data", "dataset")["README.md"].decode()
    assert f"| valid | {len(lines) - 1} |" in card
    assert "1 rows with lone surrogates" in card


def test_the_token_goes_to_the_hub_alone(hub: Hub, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, model = publish(run, **REPOS, yes=True)
    snapshot_download("team/model", revision=model.tag, cache_dir=tmp_path / "cache")
    assert {entry.host for entry in hub.log if entry.key} == {"127.0.0.1"}
    assert {entry.step for entry in hub.log if entry.host == "localhost"} == {"upload", "download"}
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://hub.example.org")
    with pytest.raises(ConfigError, match=r"HF_ENDPOINT: a key would go to hub\.example\.org unencrypted"):
        publish(run, repo="team/model", yes=True)


def test_a_wrong_token_is_said(hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_" + "wrong")
    with pytest.raises(AccountError, match="hf auth login"):
        publish(run, repo="team/model", yes=True)
    assert HfApi().endpoint == hub.url


def test_what_cannot_be_published_is_said(hub: Hub, run: Path, tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(ConfigError, match="there is no run in"):
        publish(tmp_path / "nowhere", repo="team/model", yes=True)
    with pytest.raises(ConfigError, match="OWNER/NAME"):
        publish(run, repo="model", yes=True)
    (run / "release" / "adapter" / "salience.json").write_text("{}")
    with pytest.raises(DataError, match=r"salience\.json was changed after the release"):
        publish(run, repo="team/model", yes=True)
    (run / "release" / "adapter" / "salience.json").unlink()
    with pytest.raises(DataError, match=r"salience\.json is missing"):
        publish(run, repo="team/model", yes=True)
    shutil.rmtree(run / "release")
    with pytest.raises(TargetsError, match=r"judged is 150, target > 10000.*--allow-failing"):
        publish(run, repo="team/model", yes=True)
    assert main(["publish", str(run), "--repo", "team/model", "--yes"]) == 3
    (run / "report.json").unlink()
    with pytest.raises(ConfigError, match="is not finished"):
        publish(run, repo="team/model", yes=True)
    assert main(["publish", str(run), "--repo", "team/model", "--yes"]) == 2
    assert "is not finished" in capsys.readouterr().err
    assert hub.log == []


def test_a_release_of_an_earlier_adapter_is_not_published(hub: Hub, run: Path) -> None:
    report = json.loads((run / "report.json").read_text())
    report["adapters"]["v2"]["id"] = "another"
    (run / "report.json").write_text(json.dumps(report))
    with pytest.raises(ConfigError, match="not of the run's last adapter"):
        publish(run, repo="team/model", yes=True)
    assert hub.log == []
