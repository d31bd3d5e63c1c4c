"""Finding the records within a scope: one after an id, in the order of ids, so many at most."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from campaigns import campaign as campaigns
from campaigns import clock, jurisdictions, standards, titles, units
from campaigns.campaign import Campaign
from campaigns.coverage import Board, Figure, Row
from campaigns.database import db
from campaigns.enrolment import checklist
from campaigns.enrolment.checklist import Line
from campaigns.enrolment.records import Enrolment
from campaigns.errors import NotFound
from campaigns.exchange.api.records import (
    CampaignRecord,
    CoverageRecord,
    CriterionRecord,
    EnrolmentRecord,
    FiguresRecord,
    ItemRecord,
    JurisdictionRecord,
    Place,
    SectionRecord,
    Share,
    Stages,
    StandardInFull,
    StandardRecord,
    StandardShare,
    TitleRecord,
    UnitInShort,
    UnitRecord,
)
from campaigns.jurisdictions import Interval, Jurisdiction, Level, Scope
from campaigns.standards import Criterion, Version
from campaigns.titles import Title
from campaigns.units import Kind, Unit


def _place(found: Jurisdiction) -> Place:
    return Place(found.code, found.name)


def tree(
    scope: Scope, after: int, limit: int, level: Level | None = None
) -> list[tuple[int, JurisdictionRecord]]:
    """Jurisdictions, each with the id to go on after."""
    query = jurisdictions.listed(scope).where(Jurisdiction.id > after)
    if level is not None:
        query = query.where(Jurisdiction.level == level)
    query = query.order_by(None).order_by(Jurisdiction.id).limit(limit)
    return [(each.id, jurisdiction(each)) for each in db.session.scalars(query)]


def jurisdiction(found: Jurisdiction) -> JurisdictionRecord:
    """The record of a jurisdiction."""
    return JurisdictionRecord(
        code=found.code,
        name=found.name,
        level=found.level,
        parent_code=found.parent_code,
        valid_from=found.valid_from,
        valid_to=found.valid_to,
    )


def register(
    scope: Scope,
    after: int,
    limit: int,
    *,
    within: Interval | None = None,
    kind: Kind | None = None,
) -> list[tuple[int, UnitRecord]]:
    """The units valid today, each with the id to go on after."""
    query = units.listed(scope, within=within, kind=kind).options(contains_eager(Unit.place))
    query = query.where(Unit.id > after).order_by(None).order_by(Unit.id).limit(limit)
    found = db.session.scalars(query).all()
    return [(each.id, record) for each, record in zip(found, units_in_full(found), strict=True)]


def units_in_full(found: Sequence[Unit]) -> list[UnitRecord]:
    """The records of units, whose places are loaded."""
    wanted = {each.place.town_id for each in found}
    query = sa.select(Jurisdiction).where(Jurisdiction.id.in_(wanted))
    towns = {each.id: _place(each) for each in db.session.scalars(query)}
    return [
        UnitRecord(
            id=each.id,
            code=each.code,
            name=each.name,
            kind=each.kind,
            place=_place(each.place),
            town=towns.get(each.place.town_id or 0),
            households=each.households,
            households_on=each.households_on,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
        )
        for each in found
    ]


def _unit_in_short(unit: Unit) -> UnitInShort:
    return UnitInShort(unit.id, unit.code, unit.name, unit.kind)


def catalogue(after: int, limit: int) -> list[tuple[int, StandardRecord]]:
    """The standards in force, each with the id to go on after."""
    found = sorted(standards.current(), key=lambda version: version.standard_id)
    rest = [version for version in found if version.standard_id > after]
    return [(version.standard_id, _standard(version)) for version in rest[:limit]]


def _standard(version: Version) -> StandardRecord:
    found = version.standard
    return StandardRecord(
        id=found.id,
        slug=found.slug,
        name=found.name,
        registration=found.registration,
        kinds=tuple(sorted(standards.taking_part(found))),
        version=version.number,
        published_at=version.published_at,
        pass_mark=version.pass_mark,
        excellent_mark=version.excellent_mark,
        validity_years=version.validity_years,
    )


def standard(slug: str, number: int | None = None) -> StandardInFull:
    """A standard in its newest published version, or in one of them; raises NotFound."""
    published = standards.versions_of(slug)
    for version in published:
        if number in {None, version.number}:
            return StandardInFull(
                standard=_standard(version),
                versions=tuple(each.number for each in published),
                sections=tuple(SectionRecord(each.number, each.name) for each in version.sections),
                criteria=tuple(_criterion(each) for each in version.criteria),
            )
    raise NotFound(number)


def _criterion(found: Criterion) -> CriterionRecord:
    return CriterionRecord(
        code=found.code,
        section=found.section_number,
        text=found.text,
        points=found.points,
        evidence=found.evidence,
        pieces=found.pieces,
        cadence=found.cadence,
        veto=found.veto,
        department=found.department,
        operator=found.operator,
        threshold=found.threshold,
        threshold_yearly=found.threshold_yearly,
        numerator=found.numerator,
        denominator=found.denominator,
    )


def runs(
    scope: Scope, after: int, limit: int, *, drafts: Scope
) -> list[tuple[int, CampaignRecord]]:
    """The campaigns that reach into the scope, each with the id to go on after; those that are not
    open yet only within ``drafts``."""
    found = sorted(campaigns.listed(scope, drafts=drafts), key=lambda each: each.id)
    return [(each.id, campaign(each)) for each in found if each.id > after][:limit]


def campaign(found: Campaign) -> CampaignRecord:
    """The record of a campaign."""
    return CampaignRecord(
        id=found.id,
        name=found.name,
        state=found.state,
        standard=found.version.standard.slug,
        version=found.version.number,
        place=_place(found.place),
        areas=found.area_codes,
        opens_on=found.opens_on,
        due_on=found.due_on,
        steps=found.acceptance,
        approval_number=found.approval_number,
        items=len(campaigns.slots(found)),
    )


def enrolments(found: Sequence[Enrolment], seen_as_unit: Iterable[bool]) -> list[EnrolmentRecord]:
    """The records of enrolments, each as its viewer sees it: as the unit, or as the others do."""
    as_unit = dict(zip((each.id for each in found), seen_as_unit, strict=True))
    lines: dict[int, tuple[Line, ...]] = {}
    for view in set(as_unit.values()):
        own = [each for each in found if as_unit[each.id] is view]
        lines |= checklist.lines(own, seen_by_unit=view)
    return [_enrolment(each, lines[each.id]) for each in found]


def _enrolment(found: Enrolment, lines: Sequence[Line]) -> EnrolmentRecord:
    return EnrolmentRecord(
        id=found.id,
        campaign=found.campaign_id,
        unit=_unit_in_short(found.unit),
        place=_place(found.unit.place),
        state=found.state,
        mend_by=found.mend_by,
        reason=found.reason,
        progress=Share(sum(line.is_passed for line in lines), len(lines)),
        items=tuple(_item(line) for line in lines),
    )


def _item(line: Line) -> ItemRecord:
    item = line.item
    return ItemRecord(
        key=line.slot.key,
        criterion=line.slot.criterion.code,
        period=line.slot.period,
        state=line.state,
        standing=line.standing,
        due_on=line.due_on,
        value=item.value if item else None,
        numerator=item.numerator if item else None,
        denominator=item.denominator if item else None,
        none=item.none if item else False,
        not_applicable=item.not_applicable if item else False,
        met=line.met,
        submitted_at=item.submitted_at if item else None,
    )


def held(
    scope: Scope, last_id: int, limit: int, *, unit_id: int | None = None
) -> list[tuple[int, TitleRecord]]:
    """The titles within the scope, each with the id to go on after."""
    query = titles.listed(scope).options(*titles.WHOLE).where(Title.id > last_id)
    if unit_id is not None:
        query = query.where(Title.unit_id == unit_id)
    found = db.session.scalars(query.order_by(None).order_by(Title.id).limit(limit))
    return [(each.id, _title(each)) for each in found]


def title(title_id: int, scope: Scope) -> TitleRecord:
    """The record of a title; raises NotFound."""
    found = held(scope, title_id - 1, 1)
    if not found or found[0][0] != title_id:
        raise NotFound(title_id)
    return found[0][1]


def _title(found: Title) -> TitleRecord:
    return TitleRecord(
        id=found.id,
        serial=found.serial,
        standard=found.standard.slug,
        unit=_unit_in_short(found.unit),
        place=_place(found.unit.place),
        number=found.number,
        document_number=found.document_number,
        valid_from=found.valid_from,
        last_day=found.last_day,
        valid=found.is_valid(clock.today()),
    )


def coverage(board: Board, campaign_id: int | None) -> CoverageRecord:
    """The record of a board."""
    return CoverageRecord(
        on=board.on,
        campaign=campaign_id,
        total=_figures(board, board.total),
        places=tuple(_figures(board, row) for row in board.children),
    )


def _figures(board: Board, row: Row) -> FiguresRecord:
    return FiguresRecord(
        place=_place(row.place),
        coverage=_share(row.coverage(board.headline)),
        participation=_share(row.participation),
        progress=_share(row.progress),
        pass_rate=_share(row.pass_rate),
        stages=Stages(**row.stages),
        standards=tuple(
            StandardShare(
                version.standard.slug,
                version.standard.registration,
                _share(row.coverage([version])),
            )
            for version in (*board.named, *board.counted)
        ),
    )


def _share(figure: Figure) -> Share:
    return Share(*figure)
