"""The script of a folder: it passes what is whole, and no changed byte gets past it."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import history, seals
from campaigns.evidence import records
from campaigns.evidence.store import Folder
from campaigns.seals import verify
from tests.conftest import Site
from tests.doing import enrolment, send, taken
from tests.visiting import meanwhile

Files = dict[str, bytes]


def made(site: Site) -> Files:
    """The files of the village's folder: one picture, and one from before hashes were kept."""
    unit, by = site.cast.units["village"], site.cast.people["liaison"]
    with meanwhile(site):
        send(site.cast, enrolment(site.cast), "1.3")
        store = Folder(site.folder / "evidence")
        proof = records.add(
            store, taken(b"a picture", b"small"), unit_id=unit, uploader_id=by, client_key="k"
        )
        evidence = [{"file": "evidence/1.1-1.jpg", "id": proof.id, "sha256": proof.stored_sha256}]
        history.record("uploaded", "evidence", 77, by=by, unit_id=unit)
        for name in ("neighbour", "village", "neighbour", "village", "neighbour", "village"):
            history.record("submitted", "item", 1, by=by, unit_id=site.cast.units[name])
        older = hashlib.sha256(b"an old one").hexdigest()
        evidence.append({"file": "evidence/1.1-2.jpg", "id": 77, "sha256": older})
    with site.app.app_context():
        seals.seal()
        proofs = list(seals.history_of(unit, seen_by_unit=False))
        chain = list(seals.chain(min(each.seal for each in proofs)))
    files = {
        "README.txt": "说明".encode(),
        "ledger.pdf": b"%PDF-",
        "folder.json": json.dumps({"evidence": evidence}).encode(),
        "evidence/1.1-1.jpg": b"a picture",
        "evidence/1.1-2.jpg": b"an old one",
        "history.jsonl": b"".join(each.line + b"\n" for each in proofs),
        "proofs.jsonl": "".join(
            json.dumps({"seal": each.seal, "index": each.index, "path": each.path}) + "\n"
            for each in proofs
        ).encode(),
        "seals.jsonl": b"".join(seals.as_line(each) + b"\n" for each in chain),
        "verify.py": seals.SCRIPT.read_bytes(),
    }
    return listed(files)


def listed(files: Files) -> Files:
    """The files with a list that fits them, as somebody who changes them would make it."""
    rest = {name: content for name, content in files.items() if name != "hashes.txt"}
    lines = (f"{hashlib.sha256(rest[name]).hexdigest()}  {name}\n" for name in sorted(rest))
    return rest | {"hashes.txt": "".join(lines).encode()}


def packed(files: Files, place: Path) -> Path:
    with zipfile.ZipFile(place, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return place


@pytest.fixture
def folder(site: Site, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.setattr(seals, "_EVENTS", 3)
    return made(site)


def told(files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the script says about files that it does not pass."""
    capsys.readouterr()
    assert verify.main([str(packed(files, tmp_path / "ledger.zip"))]) == 1
    said = capsys.readouterr().out
    assert "FAILED" in said
    return said


def test_a_whole_folder_passes_packed_and_unpacked(folder: Files, tmp_path: Path) -> None:
    away = tmp_path / "copied away"
    for name, content in folder.items():
        (away / name).parent.mkdir(parents=True, exist_ok=True)
        (away / name).write_bytes(content)
    archive = packed(folder, tmp_path / "ledger.zip")
    # Alone: without our packages, and writing nothing beside it.
    command = [sys.executable, "-I", "-S", str(away / "verify.py")]
    for arguments in ([], [str(archive)]):
        ran = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "PASSED" in ran.stdout
        assert "1 pictures came before the history recorded hashes." in ran.stdout
        newest = json.loads(folder["seals.jsonl"].splitlines()[-1])
        assert newest["hash"] in ran.stdout.replace(" ", "")
        assert f"/verify/seals/{newest['number']}\n" in ran.stdout
    assert sum(each.is_file() for each in away.rglob("*")) == len(folder)
    (away / "evidence" / "more.jpg").write_bytes(b"")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_no_changed_byte_gets_past_it(folder: Files, tmp_path: Path) -> None:
    archive = tmp_path / "ledger.zip"

    @given(st.data())
    def change(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(folder)))
        content = bytearray(folder[name])
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        assert verify.main([str(packed(folder | {name: bytes(content)}, archive))]) == 1
        # Whoever makes the list fit again is not stopped by the list alone.
        if name in {"history.jsonl", "evidence/1.1-1.jpg"}:
            again = listed(folder | {name: bytes(content)})
            assert verify.main([str(packed(again, archive))]) == 1

    assert verify.main([str(packed(folder, archive))]) == 0
    change()


def test_no_changed_byte_of_the_seals_gets_past_it_though_the_list_fits(
    folder: Files, tmp_path: Path
) -> None:
    archive = tmp_path / "ledger.zip"
    facts = json.loads(folder["seals.jsonl"].splitlines()[0])
    for name, value in facts.items():
        changed = facts | {name: value + 1 if isinstance(value, int) else "0" + value[1:]}
        if changed == facts:
            continue
        line = json.dumps(changed, sort_keys=True, separators=(",", ":")).encode()
        rest = folder["seals.jsonl"].partition(b"\n")[2]
        again = listed(folder | {"seals.jsonl": line + b"\n" + rest})
        assert verify.main([str(packed(again, archive))]) == 1, name


def lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def test_it_says_which_file_is_wrong(
    folder: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(files: Files) -> str:
        return told(files, tmp_path, capsys)

    assert "ledger.pdf: was changed" in said(folder | {"ledger.pdf": b"%PDF+"})
    assert "more.txt: is not on the list" in said(folder | {"more.txt": b""})
    without = {name: content for name, content in folder.items() if name != "README.txt"}
    assert "README.txt: is missing" in said(without)
    assert "cannot be read" in said({"README.txt": b""})
    (tmp_path / "ledger.zip").write_bytes(b"no archive")
    assert verify.main([str(tmp_path / "ledger.zip")]) == 1


def test_it_says_what_is_wrong_though_the_list_fits(
    folder: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(changed: Files) -> str:
        return told(listed(folder | changed), tmp_path, capsys)

    other = {"evidence/1.1-1.jpg": b"another"}
    assert "evidence/1.1-1.jpg: is not what was sent in" in said(other)
    extra = {"evidence/more.jpg": b"x"}
    assert "evidence/more.jpg: folder.json does not name it" in said(extra)
    unknown = folder["folder.json"].replace(b'"id": 77', b'"id": 78')
    assert "the history does not know it" in said({"folder.json": unknown})
    history_, proofs = lines(folder["history.jsonl"]), lines(folder["proofs.jsonl"])
    assert "line 1 of the history" in said(
        {"history.jsonl": b"".join([history_[0].replace(b'"id":', b'"id":9'), *history_[1:]])}
    )
    assert "differ in length" in said({"history.jsonl": b"".join(history_[1:])})
    turned = {
        "history.jsonl": b"".join(reversed(history_)),
        "proofs.jsonl": b"".join(reversed(proofs)),
    }
    assert "is not under its seal" in said(turned)
    chain = lines(folder["seals.jsonl"])
    assert len(chain) > 2
    assert "does not follow" in said({"seals.jsonl": b"".join(chain[:-2] + chain[-1:])})
    assert "there is no seal" in said({"seals.jsonl": b""})


def test_a_name_that_leads_out_is_only_a_file_too_many(
    folder: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    assert "../../out.txt: is not on" in told(folder | {"../../out.txt": b"x"}, inside, capsys)
    assert {each.name for each in tmp_path.rglob("*.txt")} == set()
