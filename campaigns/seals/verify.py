"""Verifies a unit's folder on any machine that has Python 3.8 or later, and nothing else.

Unpack the folder and run ``python verify.py`` in it, or ``python verify.py ledger.zip`` beside it.
It reads, and writes nothing: a ZIP is not unpacked. It ends with 0 when all is right, else with 1.

What it proves: every file is the one that was packed (hashes.txt); every line of the history stands
under its seal, and the seals follow each other without a gap; every picture and document is the one
that the history says was sent in. That the seals are the city's own is for you to see: compare the
newest one with what the city office shows, or with one in an older folder of this unit.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

LISTED = "hashes.txt"


class Folder:
    """The files of a folder, or of a ZIP that stays packed."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.zip = None if place.is_dir() else zipfile.ZipFile(place)

    def names(self) -> list[str]:
        """The names of all files, as hashes.txt writes them."""
        if self.zip is not None:
            return [each for each in self.zip.namelist() if not each.endswith("/")]
        files = [each for each in self.place.rglob("*") if not each.is_dir()]
        return [each.relative_to(self.place).as_posix() for each in files]

    def open(self, name: str) -> IO[bytes]:
        """One file, to be read."""
        return self.zip.open(name) if self.zip is not None else (self.place / name).open("rb")

    def lines(self, name: str) -> list[bytes]:
        """The lines of a file, each of which ends with a line feed."""
        with self.open(name) as file:
            *lines, rest = file.read().split(b"\n")
        if rest:
            raise ValueError(f"{name}: the last line has no end")
        return lines

    def sha256(self, name: str) -> str:
        """The hash of a file."""
        digest = hashlib.sha256()
        with self.open(name) as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                digest.update(piece)
        return digest.hexdigest()


def check_files(folder: Folder, listed: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What differs between the files and their list; fills ``listed`` with hashes by name."""
    for line in folder.lines(LISTED):
        entry = re.fullmatch(r"([0-9a-f]{64})  (.+)", line.decode("utf-8"))
        if entry is None or entry.group(2) in listed:
            yield "hashes.txt 里有一行不对", "a line of hashes.txt is wrong"
        else:
            listed[entry.group(2)] = entry.group(1)
    names = folder.names()
    for name in sorted({*listed, *names}):
        if names.count(name) > 1:
            yield f"{name}：有两份", f"{name}: is there twice"
        elif name not in names:
            yield f"{name}：缺少", f"{name}: is missing"
        elif name not in listed and name != LISTED:
            yield f"{name}：不在清单里", f"{name}: is not on the list"
        elif name in listed and folder.sha256(name) != listed[name]:
            yield f"{name}：被改动过", f"{name}: was changed"


def check_seals(folder: Folder, seals: dict[int, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the seals; fills ``seals`` by number."""
    before = None
    for line in folder.lines("seals.jsonl"):
        seal = json.loads(line.decode("utf-8"))
        number = seal["number"]
        facts = {name: seal[name] for name in seal if name != "hash"}
        plain = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if hashlib.sha256(plain.encode("utf-8")).hexdigest() != seal["hash"]:
            yield f"封签 {number} 被改动过", f"seal {number} was changed"
        if before and (number != before["number"] + 1 or seal["previous"] != before["hash"]):
            yield (
                f"封签 {number} 接不上前一个",
                f"seal {number} does not follow the one before",
            )
        seals[number] = before = seal
    if not seals:
        yield "没有封签", "there is no seal"


def root(line: bytes, index: int, count: int, path: list[str]) -> str | None:
    """The root of the tree that a line leads to (RFC 9162, section 2.1.3.2)."""
    if index >= count:
        return None
    found, last = hashlib.sha256(b"\x00" + line).digest(), count - 1
    for beside in map(bytes.fromhex, path):
        if last == 0:
            return None
        if index % 2 or index == last:
            found = hashlib.sha256(b"\x01" + beside + found).digest()
            while index and index % 2 == 0:
                index, last = index // 2, last // 2
        else:
            found = hashlib.sha256(b"\x01" + found + beside).digest()
        index, last = index // 2, last // 2
    return found.hex() if last == 0 else None


def check_history(
    folder: Folder, seals: dict[int, Any], sent: dict[int, str | None]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the history; fills ``sent`` with the hash of each proof sent in."""
    lines, proofs = folder.lines("history.jsonl"), folder.lines("proofs.jsonl")
    if len(lines) != len(proofs):
        yield "记录和证明的行数不同", "the history and its proofs differ in length"
    units, before = set(), (0, -1)
    for row in range(min(len(lines), len(proofs))):
        event, proof = json.loads(lines[row].decode("utf-8")), json.loads(proofs[row].decode())
        seal, here = seals.get(proof["seal"]), (proof["seal"], proof["index"])
        proved = seal and root(lines[row], proof["index"], seal["count"], proof["path"])
        if not seal or proved != seal["root"] or here <= before:
            yield (
                f"记录第 {row + 1} 行没有封签可证",
                f"line {row + 1} of the history is not under its seal",
            )
        units.add(event["unit_id"])
        before = here
        if event["verb"] == "uploaded" and event["subject"] == "evidence":
            sent[event["subject_id"]] = event["detail"].get("sha256")
    if len(units) > 1:
        yield "记录属于不止一个单位", "the history is of more than one unit"


def check_proofs(
    folder: Folder, listed: dict[str, str], sent: dict[int, str | None], older: list[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with pictures and documents; fills ``older`` with those without a hash."""
    with folder.open("folder.json") as file:
        told = json.loads(file.read().decode("utf-8"))["evidence"]
    for each in told:
        name = each["file"]
        if each["id"] not in sent:
            yield f"{name}：记录里没有", f"{name}: the history does not know it"
        elif sent[each["id"]] is None:
            older.append(name)
        elif not listed.get(name) == each["sha256"] == sent[each["id"]]:
            yield f"{name}：不是当时上传的", f"{name}: is not what was sent in"
    named = {each["file"] for each in told}
    for name in sorted(each for each in listed if each.startswith("evidence/")):
        if name not in named:
            yield f"{name}：目录里没有", f"{name}: folder.json does not name it"


def verify(folder: Folder, seals: dict[int, Any], older: list[str]) -> Iterator[tuple[str, str]]:
    """Everything that is wrong with a folder."""
    listed: dict[str, str] = {}
    sent: dict[int, str | None] = {}
    yield from check_files(folder, listed)
    yield from check_seals(folder, seals)
    yield from check_history(folder, seals, sent)
    yield from check_proofs(folder, listed, sent, older)


def main(arguments: list[str]) -> int:
    """Verifies the ZIP or folder given, or the folder that this script lies in."""
    seals: dict[int, Any] = {}
    older: list[str] = []
    wrong: list[tuple[str, str]] = []
    try:
        place = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
        wrong.extend(verify(Folder(place), seals, older))
    except Exception as raised:  # whatever cannot be read has not been proved
        wrong.append((f"读不了：{raised}", f"cannot be read: {raised!r}"))
    for chinese, english in wrong:
        print(f"✗ {chinese} / {english}")
    if wrong:
        print("没有通过：不要采信这个文件夹。\nFAILED: do not rely on this folder.")
        return 1
    if older:
        print(f"{len(older)} 份材料早于记录哈希的时候，只证明了没有再改动。")
        print(f"{len(older)} pictures came before the history recorded hashes.")
    newest = seals[max(seals)]
    print("通过：文件齐全，没有改动；记录都在封签之下。")
    print("PASSED: every file is there and unchanged; the history is under its seals.")
    print("最新封签 / Newest seal: {}, {}".format(newest["number"], newest["sealed_at"]))
    print("    " + " ".join(re.findall(".{8}", newest["hash"])))
    print("请和市平安办公布的同号封签比对：网址 /verify/seals/{}".format(newest["number"]))
    print("Compare it with what the city office shows under this number.")
    return 0


if __name__ == "__main__":
    getattr(sys.stdout, "reconfigure", lambda **_: None)(errors="replace")
    sys.exit(main(sys.argv[1:]))
