"""A folder on paper: ``ledger.pdf``, made of ``templates/print/ledger.typ``."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from campaigns import clock
from campaigns.documents import printing
from campaigns.enrolment.checklist import Line, Standing
from campaigns.evidence.records import THUMBNAIL
from campaigns.evidence.store import NotStored, Store
from campaigns.exchange.ledger import Chapter, Entry, Folder, Piece
from campaigns.exchange.lists import STANDINGS
from campaigns.exchange.tables import Reason, Speech
from campaigns.review import Decision
from campaigns.seals import Seal
from campaigns.text import Bilingual
from campaigns.titles import Title, standing

#: Shown beside the word of an item's standing, so that black and white is enough.
SIGNS = {
    Standing.NOT_YET: "·",
    Standing.NOT_STARTED: "○",
    Standing.PARTLY: "◐",
    Standing.READY: "◆",
    Standing.RETURNED: "←",
    Standing.WITH_TOWN: "→",
    Standing.WITH_DEPARTMENT: "→",
    Standing.PASSED: "✓",
    Standing.BELOW_TARGET: "△",
    Standing.NOT_APPLICABLE: "—",
}
_WORDS = {
    "title": Bilingual("迎检档案", "Folder for inspections"),
    "contents": Bilingual("目录", "Contents"),
    "titles": Bilingual("称号", "Titles"),
    "no_titles": Bilingual("暂无称号", "No title yet"),
    "serial": Bilingual("编号", "Serial"),
    "standard": Bilingual("创建标准", "Standard"),
    "document": Bilingual("命名文号", "Naming document"),
    "validity": Bilingual("有效期", "Valid"),
    "no_campaigns": Bilingual("未参加任何创建活动", "The unit takes part in no campaign yet"),
    "item": Bilingual("检查项", "Item"),
    "asked": Bilingual("内容和回答", "What is asked, what was answered"),
    "standing": Bilingual("状态", "State"),
    "decisions": Bilingual("审核意见", "Decisions"),
    "proof": Bilingual("佐证材料", "Proof"),
    "hashes": Bilingual("校验值", "Hashes"),
    "about_hashes": Bilingual(
        "每份材料的 SHA-256。压缩包中的 verify.py 会核对每个文件。",
        "The SHA-256 of every proof. The script verify.py in the ZIP compares every file.",
    ),
    "number": Bilingual("号", "No."),
    "file": Bilingual("文件", "File"),
    "hash": Bilingual("SHA-256", "SHA-256"),
    "seal": Bilingual("封存号", "Seal"),
}
_GONE = Bilingual("已删除", "removed")
_LOST = Bilingual("文件缺失", "the file is missing")


def write(
    folder: Folder,
    store: Store,
    room: Path,
    lost: Mapping[int, str],
    speech: Speech,
    *,
    product: str,
    seal: Seal | None,
) -> Path:
    """Writes the PDF into ``room`` and gives it; the small pictures are laid there too. ``seal`` is
    the newest."""
    pictures = room / "paper"
    (pictures / "thumbs").mkdir(parents=True)
    shown = {
        each.evidence.id: _laid(each, store, pictures)
        for each in folder.kept
        if not each.evidence.is_document and each.evidence.id not in lost
    }
    file = room / "ledger.pdf"
    facts = _Paper(folder, lost, speech, shown).facts(product, seal)
    if any(shown.values()):
        printing.pdf_of_folder("ledger", facts, pictures, file, at=folder.made_at)
    else:
        file.write_bytes(printing.pdf("ledger", facts, at=folder.made_at))
    return file


def _laid(piece: Piece, store: Store, pictures: Path) -> str | None:
    """The small picture of a proof beside the template; none when it is not there."""
    name = f"thumbs/{piece.evidence.id}.jpg"
    try:
        content = store.read(piece.evidence.stored_sha256, THUMBNAIL)
    except (NotStored, OSError):
        return None
    (pictures / name).write_bytes(content)
    return name


class _Paper:
    """A folder in one language, ready for the template."""

    def __init__(
        self,
        folder: Folder,
        lost: Mapping[int, str],
        speech: Speech,
        shown: Mapping[int, str | None],
    ) -> None:
        self.folder, self.lost, self.speech, self.shown = folder, lost, speech, shown

    def say(self, zh: str, en: str) -> str:
        return self.speech.text(Bilingual(zh, en))

    def facts(self, product: str, seal: Seal | None) -> dict[str, Any]:
        """Everything that the template prints."""
        folder, text = self.folder, self.speech.text
        return {
            "language": self.speech.language,
            "product": product,
            "banner": self.speech.remark,
            "day": clock.day(folder.made_at).isoformat(),
            "words": {name: text(each) for name, each in _WORDS.items()},
            "unit": text(folder.unit.name),
            "cover": self._cover(),
            "seal": None
            if seal is None
            else {"number": str(seal.number), "hash": _grouped(seal.hash)},
            "titles": [
                {
                    "serial": each.serial,
                    "standard": text(each.standard.name),
                    "document": each.document_number,
                    "validity": self._validity(each),
                }
                for each in folder.titles
            ],
            "campaigns": [self._chapter(each) for each in folder.chapters],
            "files": [
                {
                    "number": str(each.evidence.id),
                    "file": each.file.removeprefix("evidence/"),
                    "hash": _grouped(each.evidence.stored_sha256),
                    "gone": self._gone(each),
                }
                for each in folder.pieces
            ],
        }

    def _validity(self, title: Title) -> str:
        """The days of a title, and what it is on the day of the folder."""
        today = standing(title, clock.day(self.folder.made_at))
        return f"{title.valid_from} – {title.last_day} · {self.speech.text(STANDINGS[today])}"

    def _cover(self) -> list[list[str]]:
        folder, text = self.folder, self.speech.text
        unit = folder.unit
        place = [text(each) for each in (folder.town, unit.place.name) if each]
        kept = list(folder.kept)
        lines = [
            (self.say("单位编码", "Unit code"), unit.code),
            (self.say("类型", "Kind"), str(self.speech.say(unit.kind))),
            (self.say("所在地", "Place"), f"{' '.join(dict.fromkeys(place))} {unit.place.code}"),
            (self.say("户数", "Households"), str(unit.households or "")),
            (self.say("制作时间", "Made"), _moment(folder.made_at)),
            (self.say("制作岗位", "Made by"), text(folder.viewer.post)),
            (self.say("创建活动", "Campaigns"), str(len(folder.chapters))),
            (self.say("佐证材料", "Proof"), self._pieces(len(kept))),
        ]
        if self.lost:
            lines.append((self.say("缺失文件", "Missing files"), self._pieces(len(self.lost))))
        return [[name, value] for name, value in lines if value]

    def _chapter(self, chapter: Chapter) -> dict[str, Any]:
        enrolment, campaign = chapter.enrolment, chapter.enrolment.campaign
        version, score, text = campaign.version, chapter.score, self.speech.text
        standard = text(version.standard.name)
        mark = f"{int(score.mark * 10) / 10:g}"
        approval = " · ".join(
            each for each in (campaign.approval_number, campaign.approval_body) if each
        )
        facts = [
            (
                self.say("创建标准", "Standard"),
                self.say(f"{standard}，第 {version.number} 版", f"{standard}, v{version.number}"),
            ),
            (self.say("批准文号", "Approval"), approval),
            (self.say("时间", "Dates"), f"{campaign.opens_on} – {campaign.due_on}"),
            (self.say("参评状态", "State"), str(self.speech.say(enrolment.state))),
            (self.say("原因", "Reason"), enrolment.reason or ""),
            (
                self.say("得分", "Score"),
                self.say(
                    f"{mark} 分，合格线 {version.pass_mark} 分；"
                    f"已通过 {score.decided}/{score.items} 项",
                    f"{mark} of 100, pass mark {version.pass_mark};"
                    f" {score.decided} of {score.items} items approved",
                ),
            ),
        ]
        sections = [
            {
                "name": f"{section.number}. {text(section.name)}",
                "rows": [
                    self._row(each)
                    for each in chapter.entries
                    if each.line.slot.criterion.section_number == section.number
                ],
            }
            for section in version.sections
        ]
        return {
            "name": text(campaign.name),
            "facts": [[name, value] for name, value in facts if value],
            "sections": [each for each in sections if each["rows"]],
            "proof": [self._proof(each) for each in chapter.entries if each.pieces],
        }

    def _row(self, entry: Entry) -> dict[str, Any]:
        line = entry.line
        criterion, points = line.slot.criterion, float(line.slot.points)
        told = [self.say(f"{points:g} 分", f"{points:g} points")]
        if criterion.veto:
            told.append(self.say("一票否决", "veto"))
        if line.target:
            told.append(self.say(f"标准值 {line.target}", f"target {line.target}"))
        told.append(self.say(f"期限 {line.due_on}", f"due {line.due_on}"))
        return {
            "code": criterion.code,
            "period": line.slot.period or "",
            "text": self.say(criterion.text_zh, criterion.text_en),
            "told": " · ".join(told),
            "answer": self._answer(line),
            "note": line.item.note if line.item else "",
            "sign": SIGNS[line.standing],
            "standing": str(self.speech.say(line.standing)),
            "decisions": [self._decision(each) for each in entry.decisions],
        }

    def _answer(self, line: Line) -> str:
        item = line.item
        if item is None:
            return ""
        if item.none:
            given = self.say("本期无", "None this period")
        elif item.not_applicable:
            given = self.say("不适用", "Does not apply")
        elif item.numerator is not None:
            given = f"{item.numerator} / {item.denominator} ({line.percent} %)"
        elif item.value is not None:
            given = str(item.value)
        elif item.declared:
            given = self.say("已声明属实", "Declared to be so")
        else:
            given = ""
        if line.pieces:
            pieces = self._pieces(line.pieces)
            given = " · ".join(each for each in (given, pieces) if each)
        if item.submitted_at is None:
            return given
        sent = self.say("上报", "sent")
        return " · ".join(each for each in (given, f"{sent} {_moment(item.submitted_at)}") if each)

    def _pieces(self, number: int) -> str:
        return self.say(f"材料 {number} 份", f"{number} {'piece' if number == 1 else 'pieces'}")

    def _decision(self, decision: Decision) -> dict[str, str]:
        said = ("✓ 通过", "✓ approved") if decision.approved else ("← 退回", "← returned")
        preset = str(self.speech.say(Reason(decision.preset))) if decision.preset else ""
        reason = " · ".join(each for each in (preset, decision.reason) if each)
        if decision.due_on:
            by = self.say(f"整改至 {decision.due_on}", f"to be put right by {decision.due_on}")
            reason = f"{reason} · {by}" if reason else by
        return {
            "verdict": f"{self.say(*said)} {_moment(decision.decided_at)}",
            "by": self.speech.text(self.folder.names[decision.decided_by]),
            "reason": reason,
        }

    def _proof(self, entry: Entry) -> dict[str, Any]:
        criterion = entry.line.slot.criterion
        return {
            "name": f"{entry.line.slot.key.replace('@', ' ')} "
            f"{self.say(criterion.text_zh, criterion.text_en)}",
            "pieces": [self._piece(each) for each in entry.pieces],
        }

    def _piece(self, piece: Piece) -> dict[str, Any]:
        evidence = piece.evidence
        captured = evidence.captured_at if self.folder.viewer.sees_capture else None
        day = (self.say("上传", "sent"), evidence.sent_at)
        taken = [(self.say("拍摄", "taken"), captured)] if captured else []
        return {
            "number": self.say(f"第 {evidence.id} 号", f"No. {evidence.id}"),
            "picture": self.shown.get(evidence.id),
            "kind": evidence.suffix.lstrip(".").upper(),
            "dates": [f"{word} {clock.day(value)}" for word, value in (*taken, day)],
            "gone": self._gone(piece),
        }

    def _gone(self, piece: Piece) -> str | None:
        """Why there is no file, if there is none."""
        if piece.evidence.removed_at is not None:
            return " · ".join(self._removal(piece, clock.day(piece.evidence.removed_at)))
        return self.speech.text(_LOST) if piece.evidence.id in self.lost else None

    def _removal(self, piece: Piece, day: date) -> Iterator[str]:
        yield f"{self.speech.text(_GONE)} {day}"
        if (erasure := piece.erasure) is not None:
            yield self.speech.text(self.folder.names[erasure.erased_by])
            yield str(self.speech.say(erasure.why))
            if erasure.note:
                yield erasure.note


def _moment(value: datetime) -> str:
    return value.astimezone(clock.ZONE).strftime("%Y-%m-%d %H:%M")


def _grouped(value: str) -> str:
    """A hash in groups of eight, as the script prints it, so that people can compare it."""
    return " ".join(value[place : place + 8] for place in range(0, len(value), 8))
