"""Standards as Excel: what a file looks like. One line for each criterion; what is said of the
whole standard or of a section stands in its first line, an empty cell there means "as above"."""

import enum
from collections.abc import Iterator
from typing import Any

from campaigns.documents.tables import Column
from campaigns.documents.writing import Written
from campaigns.people import Department
from campaigns.standards import (
    WRITTEN,
    Cadence,
    EvidenceKind,
    Operator,
    Registration,
    Version,
)
from campaigns.text import Bilingual
from campaigns.units import Kind

FRAME = (
    Column("slug", "标准代号", "Standard", required=True),
    Column("name_zh", "标准名称", "Name in Chinese", required=True),
    Column("name_en", "标准英文名称", "Name in English", required=True),
    Column("registration", "登记方式", "Registration", required=True),
    Column("kinds", "参评单位", "Kinds of unit", required=True),
    Column("pass_mark", "合格分", "Pass mark", required=True),
    Column("excellent_mark", "优秀分", "Excellent mark", required=True),
    Column("validity_years", "有效年数", "Validity in years", required=True),
)
SECTION = (
    Column("section_zh", "部分", "Section in Chinese", required=True),
    Column("section_en", "部分英文", "Section in English", required=True),
)
LINE = (
    Column("code", "编号", "Code", required=True),
    Column("text_zh", "评分项", "Criterion in Chinese", required=True),
    Column("text_en", "评分项英文", "Criterion in English", required=True),
    Column("points", "分值", "Points", required=True),
    Column("evidence", "佐证", "Proof", required=True),
    Column("pieces", "每年份数", "Pieces a year", required=True),
    Column("cadence", "周期", "Cadence", required=True),
    Column("veto", "否决项", "Veto"),
    Column("department", "核实部门", "Confirmed by"),
    Column("none_is_full", "没有也算完成", "None is complete"),
    Column("operator", "比较", "Operator"),
    Column("threshold", "标准值", "Target"),
    Column("threshold_yearly", "按全年累计", "Target of the year"),
    Column("measure_unit", "计量单位", "Unit"),
    Column("numerator_zh", "分子", "Numerator in Chinese"),
    Column("numerator_en", "分子英文", "Numerator in English"),
    Column("denominator_zh", "分母", "Denominator in Chinese"),
    Column("denominator_en", "分母英文", "Denominator in English"),
    Column("guidance_zh", "怎么做", "Guidance in Chinese"),
    Column("guidance_en", "怎么做英文", "Guidance in English"),
)
COLUMNS = (*FRAME, *SECTION, *LINE)

#: What each value is called in a file; the value itself is understood as well.
WORDS: dict[enum.StrEnum, Bilingual] = {
    Registration.UNIT: Bilingual("单位", "unit"),
    Registration.AGGREGATE: Bilingual("户数", "households"),
    EvidenceKind.PHOTO: Bilingual("照片", "photo"),
    EvidenceKind.DOCUMENT: Bilingual("文件", "document"),
    EvidenceKind.NUMBER: Bilingual("数字", "number"),
    EvidenceKind.RATIO: Bilingual("比率", "ratio"),
    EvidenceKind.DECLARATION: Bilingual("声明", "declaration"),
    Cadence.ONCE: Bilingual("一次", "once"),
    Cadence.YEARLY: Bilingual("每年", "yearly"),
    Cadence.QUARTERLY: Bilingual("每季度", "quarterly"),
    Cadence.MONTHLY: Bilingual("每月", "monthly"),
    Department.POLICE: Bilingual("公安", "police"),
    Department.FIRE: Bilingual("消防", "fire"),
    Department.EDUCATION: Bilingual("教育", "education"),
    Department.HEALTH: Bilingual("卫健", "health"),
    Department.EMERGENCY: Bilingual("应急", "emergency"),
    Department.TRAFFIC: Bilingual("交警", "traffic police"),
    Operator.AT_LEAST: Bilingual("≥", "at least"),
    Operator.AT_MOST: Bilingual("≤", "at most"),
    Operator.EQUAL: Bilingual("=", "exactly"),
    Kind.VILLAGE: Bilingual("村", "village"),
    Kind.COMMUNITY: Bilingual("社区", "community"),
    Kind.SCHOOL: Bilingual("学校", "school"),
    Kind.HOSPITAL: Bilingual("医院", "hospital"),
    Kind.PUBLIC_PLACE: Bilingual("公共场所", "public place"),
    Kind.MARKET: Bilingual("市场", "market"),
    Kind.ROAD_SECTION: Bilingual("路段", "road section"),
    Kind.ENTERPRISE: Bilingual("企业", "enterprise"),
    Kind.TOWN: Bilingual("乡镇", "town"),
}
_YES, _NO = Bilingual("是", "yes"), Bilingual("否", "no")

Rows = Iterator[list[Written]]
_Line = dict[str, object]
_EXAMPLES: tuple[_Line, ...] = (
    {
        **{"slug": "example-village", "name_zh": "示例村", "name_en": "Example village"},
        **{"registration": Registration.UNIT, "kinds": (Kind.VILLAGE, Kind.COMMUNITY)},
        **{"pass_mark": 85, "excellent_mark": 95, "validity_years": 3},
        **{"section_zh": "阵地", "section_en": "Places", "code": "1.1", "points": 30},
        **{"text_zh": "村口有公示栏", "text_en": "A notice board stands at the village entrance"},
        **{"evidence": EvidenceKind.PHOTO, "pieces": 2, "cadence": Cadence.YEARLY},
        **{"guidance_zh": "远近各一张", "guidance_en": "One from afar, one from near"},
    },
    {
        **{
            "code": "1.2",
            "text_zh": "每季度例会纪要",
            "text_en": "Minutes of a meeting each quarter",
        },
        **{"points": 20, "evidence": EvidenceKind.DOCUMENT, "pieces": 4},
        **{"cadence": Cadence.QUARTERLY},
    },
    {
        **{"section_zh": "治安", "section_en": "Order", "code": "2.1", "points": 30},
        **{"text_zh": "探头在线率", "text_en": "Cameras that work"},
        **{"evidence": EvidenceKind.RATIO, "pieces": 0, "cadence": Cadence.QUARTERLY},
        **{"operator": Operator.AT_LEAST, "threshold": 90, "none_is_full": True},
        **{"numerator_zh": "正常的探头", "numerator_en": "cameras that work"},
        **{"denominator_zh": "全部探头", "denominator_en": "all cameras"},
    },
    {
        **{"code": "2.2", "text_zh": "火灾起数", "text_en": "Fires in the year", "points": 10},
        **{"evidence": EvidenceKind.NUMBER, "pieces": 0, "cadence": Cadence.YEARLY},
        **{"operator": Operator.EQUAL, "threshold": 0, "veto": True},
        **{"department": Department.FIRE, "measure_unit": "起"},
    },
    {
        **{"code": "2.3", "text_zh": "没有向群众收费", "text_en": "No fee was taken", "points": 10},
        **{"evidence": EvidenceKind.DECLARATION, "pieces": 0, "cadence": Cadence.ONCE},
    },
)


def rows(version: Version, *, chinese: bool) -> Rows:
    """A version as the lines of a file that ``check`` reads back."""
    standard = version.standard
    whole: _Line = {
        **{name: getattr(standard, name) for name in ("slug", "name_zh", "name_en")},
        "registration": standard.registration,
        "kinds": standard.unit_kinds,
        "pass_mark": version.pass_mark,
        "excellent_mark": version.excellent_mark,
        "validity_years": version.validity_years,
    }
    opened: set[int] = set()
    for criterion in version.criteria:
        line = {name: getattr(criterion, name) for name in WRITTEN}
        if criterion.section_number not in opened:
            section = version.section(criterion.section_number)
            line |= {"section_zh": section.name_zh, "section_en": section.name_en}
        opened.add(criterion.section_number)
        yield _cells(whole | line, chinese=chinese)
        whole = {}


def examples(*, chinese: bool) -> Rows:
    """A small standard that shows every kind of line, for the template."""
    return (_cells(each, chinese=chinese) for each in _EXAMPLES)


def _cells(line: _Line, *, chinese: bool) -> list[Written]:
    return [_cell(line.get(column.name), chinese=chinese) for column in COLUMNS]


def _cell(value: Any, *, chinese: bool) -> Written:
    if isinstance(value, tuple):
        return "、".join(_word(each, chinese=chinese) for each in value)
    if isinstance(value, enum.StrEnum):
        return _word(value, chinese=chinese)
    if isinstance(value, bool):
        return (_YES if value else _NO)[0 if chinese else 1]
    return value  # type: ignore[no-any-return]


def _word(value: enum.StrEnum, *, chinese: bool) -> str:
    return WORDS[value][0 if chinese else 1]
