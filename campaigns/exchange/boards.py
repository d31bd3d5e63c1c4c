"""A board as a list: the place itself first, then those below, with the figures of the page."""

from collections.abc import Callable, Sequence
from typing import Any

from campaigns import clock, standards
from campaigns.coverage import Board, Figure, Row
from campaigns.exchange.tables import Column, Table, column, share
from campaigns.standards import Version
from campaigns.text import Bilingual

TITLE = Bilingual("覆盖看板", "Board")
_STAGES = {
    "named": Bilingual("已命名", "Named"),
    "accepted": Bilingual("市已验收", "City accepted"),
    "town_passed": Bilingual("镇已通过", "Town passed"),
    "in_progress": Bilingual("进行中", "In progress"),
    "not_started": Bilingual("未开始", "Not started"),
    "exempt": Bilingual("免创", "Exempt"),
}


def _stage(name: str) -> Callable[[Any], int]:
    return lambda row: row[1].stages[name]


def _coverage(row: tuple[Board, Row]) -> Figure:
    return row[1].coverage(row[0].headline)


_FIXED = (
    column("place_code", "编码", "Code", lambda row: row[1].place.code),
    column("place", "辖区", "Place", lambda row: row[1].place.name),
    *share("coverage", Bilingual("创建覆盖率", "Coverage"), _coverage),
    *share("participation", Bilingual("参评率", "Participation"), lambda row: row[1].participation),
    *share("progress", Bilingual("进度", "Progress"), lambda row: row[1].progress),
    *share("pass_rate", Bilingual("通过率", "Pass rate"), lambda row: row[1].pass_rate),
    *(column(name, *heading, _stage(name)) for name, heading in _STAGES.items()),
    column("progress_as_of", "进度截至", "Progress as of", lambda _: clock.today()),
)


def columns(versions: Sequence[Version]) -> tuple[Column, ...]:
    """The columns of a board, with the coverage of each standard at the end."""
    return (*_FIXED, *(part for version in versions for part in _of_standard(version)))


def _of_standard(version: Version) -> tuple[Column, ...]:
    standard = version.standard
    return share(f"coverage_{standard.slug}", standard.name, lambda row: row[1].coverage([version]))


def known_columns() -> tuple[Column, ...]:
    """The columns that a board over all campaigns has today."""
    return columns(standards.current())


def of_board(board: Board) -> Table:
    """The figures of a place and of the places below, in code order: never a ranking."""
    rows = [(board, row) for row in (board.total, *board.children)]
    made = columns([*board.named, *board.counted])
    zh, en = (f"{name} {word}" for name, word in zip(board.place.name, TITLE, strict=True))
    return Table("board", Bilingual(zh, en), board.on, made, rows)
