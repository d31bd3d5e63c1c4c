"""The facts of a folder for programs: ``folder.json``, names in both languages, states by code."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from campaigns import clock
from campaigns.enrolment.erasing import Erasure
from campaigns.exchange.ledger import Chapter, Entry, Folder, Piece, Proved
from campaigns.review import Decision
from campaigns.text import Bilingual
from campaigns.titles import Title, standing


def told(folder: Folder, lost: Mapping[int, str], *, demonstration: bool) -> dict[str, Any]:
    """The facts of a folder as plain values; ``lost`` are the proofs whose files are not in it, by
    id, and why."""
    unit, keys = folder.unit, _campaigns(folder)
    kept = [each for each in folder.kept if each.evidence.id not in lost]
    return {
        "demonstration": demonstration,
        "made_at": _moment(folder.made_at),
        "made_by": _name(folder.viewer.post),
        "seen_by_unit": folder.viewer.as_unit,
        "unit": {
            "code": unit.code,
            "name": _name(unit.name),
            "kind": unit.kind,
            "households": unit.households,
            "households_on": _day(unit.households_on),
            "valid_from": _day(unit.valid_from),
            "valid_to": _day(unit.valid_to),
        },
        "place": {"code": unit.place.code, "name": _name(unit.place.name)},
        "town": _name(folder.town) if folder.town else None,
        "titles": [_title(each, clock.day(folder.made_at)) for each in folder.titles],
        "campaigns": [_chapter(each, folder) for each in folder.chapters],
        "evidence": [_piece(each, keys, folder) for each in kept],
        "missing": [
            lose(_piece(each, keys, folder), lost[each.evidence.id])
            for each in folder.kept
            if each.evidence.id in lost
        ],
        "removed": [
            {
                "id": each.evidence.id,
                "sent_at": _moment(each.evidence.sent_at),
                "removed_at": _moment(each.evidence.removed_at),
                **_erasure(each.erasure, folder),
                "items": _proved(each.items, keys),
            }
            for each in folder.pieces
            if each.is_removed
        ],
    }


def _erasure(erasure: Erasure | None, folder: Folder) -> dict[str, Any]:
    if erasure is None:
        return {}
    by = _name(folder.names[erasure.erased_by])
    return {"removed_by": by, "why": erasure.why.value, "note": erasure.note}


def lose(piece: dict[str, Any], why: str) -> dict[str, Any]:
    """What is told of a proof whose file is not there."""
    return {name: value for name, value in piece.items() if name != "file"} | {"why": why}


def as_json(facts: Mapping[str, Any]) -> bytes:
    """``folder.json``."""
    return json.dumps(facts, ensure_ascii=False, indent=1).encode()


def _campaigns(folder: Folder) -> dict[int, int]:
    return {each.enrolment.id: each.enrolment.campaign_id for each in folder.chapters}


def _chapter(chapter: Chapter, folder: Folder) -> dict[str, Any]:
    enrolment, campaign = chapter.enrolment, chapter.enrolment.campaign
    version, score = campaign.version, chapter.score
    return {
        "id": campaign.id,
        "name": _name(campaign.name),
        "standard": version.standard.slug,
        "standard_name": _name(version.standard.name),
        "version": version.number,
        "pass_mark": version.pass_mark,
        "state": enrolment.state,
        "reason": enrolment.reason,
        "opens_on": _day(campaign.opens_on),
        "due_on": _day(campaign.due_on),
        "approval": campaign.approval_number,
        "mark": int(score.mark * 10) / 10,
        "decided": score.decided,
        "items_in_all": score.items,
        "items": [_entry(each, folder) for each in chapter.entries],
    }


def _entry(entry: Entry, folder: Folder) -> dict[str, Any]:
    line, criterion = entry.line, entry.line.slot.criterion
    return {
        "key": line.slot.key,
        "period": line.slot.period,
        "section": criterion.section_number,
        "text": {"zh": criterion.text_zh, "en": criterion.text_en},
        "points": float(line.slot.points),
        "veto": criterion.veto,
        "target": line.target or None,
        "due_on": _day(line.due_on),
        "state": line.state,
        "standing": line.standing,
        "met": line.met,
        "answer": _answer(entry),
        "evidence": [each.evidence.id for each in entry.pieces],
        "decisions": [_decision(each, folder) for each in entry.decisions],
    }


def _answer(entry: Entry) -> dict[str, Any] | None:
    item = entry.line.item
    if item is None:
        return None
    return {
        "value": item.value,
        "numerator": item.numerator,
        "denominator": item.denominator,
        "none": item.none,
        "not_applicable": item.not_applicable,
        "declared": item.declared,
        "note": item.note,
        "submitted_at": _moment(item.submitted_at),
    }


def _decision(decision: Decision, folder: Folder) -> dict[str, Any]:
    return {
        "verdict": "approved" if decision.approved else "returned",
        "preset": decision.preset,
        "reason": decision.reason,
        "due_on": _day(decision.due_on),
        "decided_at": _moment(decision.decided_at),
        "by": _name(folder.names[decision.decided_by]),
    }


def _title(title: Title, day: date) -> dict[str, Any]:
    return {
        "serial": title.serial,
        "standard": title.standard.slug,
        "standard_name": _name(title.standard.name),
        "number": title.number,
        "document_number": title.document_number,
        "valid_from": _day(title.valid_from),
        "last_day": _day(title.last_day),
        "standing": standing(title, day).value,
    }


def _piece(piece: Piece, keys: Mapping[int, int], folder: Folder) -> dict[str, Any]:
    """A proof as the script looks for it: its file, and what its bytes must hash to."""
    evidence = piece.evidence
    facts = {
        "file": piece.file,
        "id": evidence.id,
        "sha256": evidence.stored_sha256,
        "sent_sha256": evidence.sent_sha256,
        "media_type": evidence.media_type,
        "size": evidence.size,
        "sent_at": _moment(evidence.sent_at),
        "sent_by": _name(folder.names[evidence.uploader_id]),
        "items": _proved(piece.items, keys),
    }
    if folder.viewer.sees_capture:
        facts["captured_at"] = _moment(evidence.captured_at)
    return facts


def _proved(items: tuple[Proved, ...], keys: Mapping[int, int]) -> list[dict[str, Any]]:
    return [{"campaign": keys[each.enrolment_id], "key": each.key} for each in items]


def _name(name: Bilingual) -> dict[str, str]:
    return name._asdict()


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(clock.ZONE).isoformat(timespec="seconds") if value else None


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None
