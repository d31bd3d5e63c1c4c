"""The lists that leave as Excel or CSV: each with its columns, and its rows within a scope.

A list has the filters and the order of the page that shows it, for both ask the same query of
the domain. To add one, declare its columns here and give it an address in ``pages.exchange``.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaigns import campaign as campaigns
from campaigns import clock, coverage, history, jurisdictions, people, review, titles, units
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.enrolment import records
from campaigns.enrolment.checklist import Line
from campaigns.enrolment.records import Enrolment, Item
from campaigns.exchange.tables import Column, Reason, Table, Value, Verb, column, share
from campaigns.jurisdictions import Interval, Jurisdiction, Level, Scope
from campaigns.review import Desk
from campaigns.standards import Criterion, Operator, Standard, Version
from campaigns.text import Bilingual
from campaigns.titles import Standing, Title
from campaigns.units import Kind, Unit

#: Rows fetched at a time.
_BATCH = 1000
_town = aliased(Jurisdiction)


def _table(name: str, rows: Iterable[Any], *of: Bilingual) -> Table:
    """One of LISTS as it is today; its title names what it is a list ``of``."""
    found = LISTS[name]
    zh, en = (" ".join(parts) for parts in zip(*of, found.title, strict=True))
    return Table(name, Bilingual(zh, en), clock.today(), found.columns, rows)


def _streamed(query: sa.Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """The rows of a query without ever holding all of them."""
    yield from db.session.execute(query.execution_options(yield_per=_BATCH))


def _named(prefix: str, of: type[Unit] | type[Jurisdiction] | Any) -> tuple[Any, ...]:
    """Code and names of a thing, as columns of a query."""
    return tuple(
        getattr(of, each).label(f"{prefix}_{each}") for each in ("code", "name_zh", "name_en")
    )


def _name(prefix: str) -> Callable[[Any], Bilingual]:
    """The name of a thing in a row of such a query."""
    parts = attrgetter(f"{prefix}_name_zh", f"{prefix}_name_en")

    def named(row: Any) -> Bilingual:
        zh, en = parts(row)
        return Bilingual(zh or "", en or "")

    return named


_WHERE = (
    column("place_code", "所在地编码", "Place code", lambda row: row.place_code),
    column("place", "所在地", "Place", _name("place")),
    column("town_code", "镇街编码", "Town code", lambda row: row.town_code),
    column("town", "镇街", "Town", _name("town")),
)
_UNIT = (
    column("unit_code", "单位编码", "Unit code", lambda row: row.unit_code),
    column("unit", "单位", "Unit", _name("unit")),
    column("kind", "类型", "Kind", lambda row: row.kind),
    *_WHERE,
)


def _of_units(query: sa.Select[*tuple[Any, ...]], *more: Any) -> Iterator[Any]:
    """The rows of a query that joins units and places, with what _UNIT shows and ``more``."""
    return _streamed(
        query.with_only_columns(
            *_named("unit", Unit),
            Unit.kind,
            *_named("place", Jurisdiction),
            *_named("town", _town),
            *more,
            maintain_column_froms=True,
        ).outerjoin(_town, _town.id == Jurisdiction.town_id)
    )


UNITS = (
    *_UNIT,
    column("households", "户数", "Households", lambda row: row.households),
    column("households_on", "户数截至", "Households as of", lambda row: row.households_on),
    column("valid_from", "入册日期", "In the register from", lambda row: row.valid_from),
)


def of_units(scope: Scope, *, within: Interval | None = None, kind: Kind | None = None) -> Table:
    """The register of today, of one place or one kind when asked."""
    query = units.listed(scope, within=within, kind=kind)
    rows = _of_units(query, Unit.households, Unit.households_on, Unit.valid_from)
    return _table("units", rows)


TITLES = (
    column("serial", "编号", "Serial", lambda row: row.serial),
    *_UNIT,
    column("standard_code", "标准代号", "Standard code", lambda row: row.slug),
    column("standard", "创建标准", "Standard", _name("standard")),
    column("number", "命名数", "Number named", lambda row: row.number),
    column("document_number", "命名文号", "Naming document", lambda row: row.document_number),
    column("valid_from", "有效期自", "Valid from", lambda row: row.valid_from),
    column("last_day", "有效期至", "Last day", lambda row: _last_day(row)),
    column("state", "状态", "State", lambda row: _title_state(row)),
)


def _last_day(row: Any) -> Any:
    return row.valid_to if row.ended_on is None else min(row.ended_on, row.valid_to)


#: What a title is on a day, in words.
STANDINGS = {
    Standing.NOT_YET: Bilingual("未生效", "to come"),
    Standing.VALID: Bilingual("有效", "valid"),
    Standing.LAPSED: Bilingual("已到期", "expired"),
    Standing.SUSPENDED: Bilingual("暂停", "suspended"),
    Standing.WITHDRAWN: Bilingual("已撤销", "withdrawn"),
}


def _title_state(row: Any) -> Bilingual:
    today = clock.today()
    if row.withdrawn_on is not None and row.withdrawn_on <= today:
        return STANDINGS[Standing.WITHDRAWN]
    if row.valid_from > today:
        return STANDINGS[Standing.NOT_YET]
    if _last_day(row) < today:
        return STANDINGS[Standing.LAPSED]
    return STANDINGS[Standing.SUSPENDED if row.suspended else Standing.VALID]


def of_titles(scope: Scope) -> Table:
    """The titles within the scope, the latest first, expired ones among them."""
    rows = _of_units(
        titles.listed(scope),
        *(Title.serial, Title.number, Title.document_number),
        *(Title.valid_from, Title.valid_to, Title.ended_on, Title.withdrawn_on),
        titles.suspended_on(clock.today()).label("suspended"),
        Standard.slug,
        Standard.name_zh.label("standard_name_zh"),
        Standard.name_en.label("standard_name_en"),
    )
    return _table("titles", rows)


def _progress(row: tuple[Campaign, coverage.Figure]) -> coverage.Figure:
    return row[1]


CAMPAIGNS = (
    column("campaign", "创建活动", "Campaign", lambda row: row[0].name),
    column("standard", "创建标准", "Standard", lambda row: row[0].version.standard.name),
    column("version", "标准版本", "Version", lambda row: row[0].version.number),
    column("state", "状态", "State", lambda row: row[0].state),
    column("place_code", "范围编码", "Area code", lambda row: row[0].place.code),
    column("place", "范围", "Area", lambda row: row[0].place.name),
    column("areas", "参评辖区编码", "Codes of the areas", lambda row: "; ".join(row[0].area_codes)),
    column("opens_on", "开始日期", "Opens", lambda row: row[0].opens_on),
    column("due_on", "截止日期", "Due", lambda row: row[0].due_on),
    column("approval_number", "批准文号", "Approval", lambda row: row[0].approval_number),
    column("approval_body", "批准机关", "Approving body", lambda row: row[0].approval_body),
    column("approval_until", "批准有效期至", "Approved until", lambda row: row[0].approval_until),
    *share("progress", Bilingual("进度", "Progress"), _progress),
)


def of_campaigns(scope: Scope, drafts: Scope, area: Jurisdiction | None) -> Table:
    """The campaigns that reach into the scope, with their progress in an area; those that are not
    open yet only where the person may run campaigns: ``drafts``."""
    found = campaigns.listed(scope, drafts=drafts)
    progress = coverage.progress(area, found) if area else {}
    rows = [(each, progress.get(each.id, coverage.NOTHING)) for each in found]
    return _table("campaigns", rows)


ENROLMENTS = (
    *_UNIT,
    column("state", "状态", "State", lambda row: row.state),
    column("submitted", "待审核项", "Items waiting", lambda row: row.submitted),
    column("returned", "退回项", "Items returned", lambda row: row.returned),
    *share(
        "progress", Bilingual("通过项", "Items approved"), lambda row: (row.approved, row.items)
    ),
    column("mend_by", "整改期限", "To be put right by", lambda row: row.mend_by),
    column("reason", "免创或退出原因", "Why exempt or left", lambda row: row.reason),
)


def of_enrolments(campaign: Campaign, scope: Scope) -> Table:
    """The units that take part in a campaign, in code order, with how far each is."""
    rows = _of_units(
        records.of_campaign(campaign.id, scope),
        *(Enrolment.state, Enrolment.submitted, Enrolment.returned, Enrolment.approved),
        *(Enrolment.mend_by, Enrolment.reason),
        sa.literal(len(campaigns.slots(campaign))).label("items"),
    )
    return _table("enrolments", rows, campaign.name)


_OPERATORS = {Operator.AT_LEAST: "≥", Operator.AT_MOST: "≤", Operator.EQUAL: "＝"}


def _target(criterion: Criterion) -> str | None:
    if criterion.threshold is None or criterion.operator is None:
        return None
    return f"{_OPERATORS[criterion.operator]} {criterion.threshold}"


CRITERIA = (
    column("section", "部分", "Section", lambda row: row[0].section(row[1].section_number).name),
    column("code", "编号", "Code", lambda row: row[1].code),
    column("criterion", "评分项", "Criterion", lambda row: row[1].text),
    column("points", "分值", "Points", lambda row: row[1].points),
    column("evidence", "佐证形式", "Proof", lambda row: row[1].evidence),
    column("pieces", "年度份数", "Pieces a year", lambda row: row[1].pieces),
    column("cadence", "周期", "How often", lambda row: row[1].cadence),
    column("target", "标准值", "Target", lambda row: _target(row[1])),
    column("numerator", "分子", "Numerator", lambda row: row[1].numerator),
    column("denominator", "分母", "Denominator", lambda row: row[1].denominator),
    column("veto", "一票否决", "Veto", lambda row: row[1].veto),
    column("department", "核实部门", "Confirmed by", lambda row: row[1].department),
)


def of_criteria(version: Version) -> Table:
    """The criteria of one version of a standard."""
    rows = [(version, each) for each in version.criteria]
    return _table("criteria", rows, version.standard.name)


def _section(line: Line) -> Bilingual:
    version = line.enrolment.campaign.version
    return version.section(line.slot.criterion.section_number).name


def _of_item(name: str, *, shown: bool = True) -> Any:
    return lambda line: getattr(line.item, name) if line.item and shown else None


CHECKLIST = (
    column("section", "部分", "Section", _section),
    column("item", "检查项", "Item", lambda line: line.slot.key),
    column("criterion", "内容", "Criterion", lambda line: line.slot.criterion.text),
    column("points", "分值", "Points", lambda line: float(line.slot.points)),
    column("state", "状态", "State", lambda line: line.standing),
    column("due_on", "期限", "Due", lambda line: line.due_on),
    column("pieces", "已有份数", "Pieces there", lambda line: line.pieces),
    column("missing", "还差份数", "Pieces missing", lambda line: line.missing),
    column("value", "数值", "Number", _of_item("value")),
    column("numerator", "分子", "Numerator", _of_item("numerator")),
    column("denominator", "分母", "Denominator", _of_item("denominator")),
    column("target", "标准值", "Target", lambda line: line.target or None),
    column("submitted_at", "上报时间", "Sent at", _of_item("submitted_at")),
    column(
        "reason",
        "退回原因",
        "Why it came back",
        lambda line: Reason(line.item.reason or "") if line.is_returned else None,
    ),
)


def of_checklist(enrolment: Enrolment, lines: Iterable[Line]) -> Table:
    """A checklist, as far as its viewer sees it."""
    return _table("checklist", lines, enrolment.unit.name, enrolment.campaign.name)


QUEUE = (
    column("submitted_at", "上报时间", "Sent at", lambda row: row.submitted_at),
    column("days", "已等天数", "Days waited", lambda row: (clock.now() - row.submitted_at).days),
    column("unit_code", "单位编码", "Unit code", lambda row: row.unit_code),
    column("unit", "单位", "Unit", _name("unit")),
    column("campaign", "创建活动", "Campaign", _name("campaign")),
    column("item", "检查项", "Item", lambda row: row.key),
    column("criterion", "内容", "Criterion", lambda row: Bilingual(row.text_zh, row.text_en)),
    column("department", "核实部门", "Confirmed by", lambda row: row.department),
)


def of_queue(desks: Sequence[Desk], *, by: int) -> Table:
    """Everything that waits for a person's decision, the oldest first."""
    query = review.waiting(desks, by=by).with_only_columns(
        *(Item.submitted_at, Item.key, Item.department),
        *_named("unit", Unit),
        *(Criterion.text_zh, Criterion.text_en),
        Campaign.name_zh.label("campaign_name_zh"),
        Campaign.name_en.label("campaign_name_en"),
    )
    return _table("queue", _streamed(query))


def _told(name: str, form: Any = None) -> Any:
    """What an event tells under a name, if anything."""

    def value(row: Any) -> Value:
        found = row[0].detail.get(name)
        return None if found in (None, "") else form(found) if form else found

    return value


HISTORY = (
    column("at", "时间", "When", lambda row: row[0].at),
    column("verb", "事项", "What", lambda row: Verb(row[0].verb)),
    column("item", "检查项", "Item", _told("key")),
    column("who", "经办", "Who", lambda row: row[1]),
    column("value", "数值", "Number", _told("value")),
    column("numerator", "分子", "Numerator", _told("numerator")),
    column("denominator", "分母", "Denominator", _told("denominator")),
    column("pieces", "份数", "Pieces", _told("evidence", len)),
    column("preset", "选用理由", "Reason chosen", _told("preset", Reason)),
    column("reason", "说明", "Reason written", _told("reason")),
)


def of_history(unit: Unit, *, seen_by_unit: bool) -> Table:
    """What happened to a unit and everything that is its own, newest first."""
    events = history.of_unit(unit.id, seen_by_unit=seen_by_unit, limit=None)
    names = people.names([each.person_id for each in events])
    rows = [(each, names.get(each.person_id or 0)) for each in events]
    return _table("history", rows, unit.name)


_LEVELS = {
    Level.PROVINCE: Bilingual("省", "province"),
    Level.PREFECTURE: Bilingual("地级市", "prefecture"),
    Level.COUNTY: Bilingual("县（市、区）", "county"),
    Level.STREET: Bilingual("街道", "street"),
    Level.TOWN: Bilingual("镇", "town"),
    Level.TOWNSHIP: Bilingual("乡", "township"),
    Level.VILLAGE: Bilingual("村", "village"),
    Level.COMMUNITY: Bilingual("社区", "community"),
}
JURISDICTIONS = (
    column("code", "编码", "Code", lambda row: row.code),
    column("name", "名称", "Name", lambda row: row.name),
    column("level", "层级", "Level", lambda row: _LEVELS[row.level]),
    column("parent_code", "上级编码", "Code of the level above", lambda row: row.parent_code),
    column("valid_from", "起始日期", "Valid from", lambda row: row.valid_from),
    column("valid_to", "截止日期", "Valid to", lambda row: row.valid_to),
)


def of_jurisdictions(scope: Scope) -> Table:
    """The tree within the scope, in code order, what has ended among it."""
    rows = (row[0] for row in _streamed(jurisdictions.listed(scope)))
    return _table("jurisdictions", rows)


class Listing(NamedTuple):
    """A list as such, apart from what is in it today."""

    title: Bilingual
    columns: tuple[Column, ...]


#: Every list but the board, whose columns follow from the standards in force.
LISTS = {
    "units": Listing(Bilingual("单位名册", "Units"), UNITS),
    "enrolments": Listing(Bilingual("参评单位", "Enrolments"), ENROLMENTS),
    "titles": Listing(Bilingual("称号", "Titles"), TITLES),
    "campaigns": Listing(Bilingual("创建活动", "Campaigns"), CAMPAIGNS),
    "criteria": Listing(Bilingual("评分项", "Criteria"), CRITERIA),
    "checklist": Listing(Bilingual("检查清单", "Checklist"), CHECKLIST),
    "queue": Listing(Bilingual("待审核", "To review"), QUEUE),
    "history": Listing(Bilingual("记录", "History"), HISTORY),
    "jurisdictions": Listing(Bilingual("辖区", "Jurisdictions"), JURISDICTIONS),
}
