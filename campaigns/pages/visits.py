"""Visits: what pages show of the notes that people made on the spot."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from campaigns import clock, people
from campaigns.evidence import apart
from campaigns.evidence.records import Evidence, Purpose
from campaigns.pages import languages
from campaigns.review import site_notes
from campaigns.review.site_notes import Seen, SiteNote
from campaigns.text import Bilingual

_SEEN: dict[Seen, LazyString] = {
    Seen.CLAIMED: _l("as it was sent"),
    Seen.PARTLY: _l("partly as it was sent"),
    Seen.OTHERWISE: _l("not as it was sent"),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One note: by which post, with its pictures, and of a removed one when, by which post and
    why."""

    note: SiteNote
    seen: str
    who: str
    pictures: Sequence[Evidence]
    removed_on: str
    removed_by: str


def seen_words() -> list[tuple[str, str]]:
    """How what was seen may compare with what was sent."""
    return [(each.value, str(words)) for each, words in _SEEN.items()]


def of_item(item_id: int | None, *, seen_by_unit: bool) -> list[Visit]:
    """The notes on an item, the latest visit first."""
    if item_id is None:
        return []
    found = site_notes.of_item(item_id, seen_by_unit=seen_by_unit)
    ids = {each.noted_by for each in found} | {each.removed_by for each in found}
    names = people.names([*ids])
    pictures = apart.of(Purpose.SITE_NOTE, [each.id for each in found])
    nobody = Bilingual("", "")
    return [
        Visit(
            note=each,
            seen=str(_SEEN[each.seen]),
            who=languages.local(names.get(each.noted_by, nobody)),
            pictures=pictures[each.id],
            removed_on=languages.day(clock.day(each.removed_at)) if each.removed_at else "",
            removed_by=languages.local(names.get(each.removed_by or 0, nobody)),
        )
        for each in found
    ]
