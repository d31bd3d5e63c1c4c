"""The part of the queue that the desk was asked for: in its address, and kept from item to item."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from campaigns import clock, permissions, review
from campaigns.errors import NotFound
from campaigns.pages import access, languages, words
from campaigns.review import Waiting
from campaigns.review.filters import AGES, Filter

#: No unit has a longer name, and no criterion a longer code.
_LONGEST = 60
#: Lines shown at once: each decision makes them anew.
_LINES = 25


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of the queue, and behind or before which item it goes on."""

    filter: Filter
    after: int | None
    before: int | None

    @property
    def fields(self) -> dict[str, Any]:
        """The wishes as an address and a form carry them."""
        wanted = self.filter
        found: dict[str, Any] = {
            "campaign": wanted.campaign,
            "unit": wanted.unit or None,
            "criterion": wanted.criterion or None,
            "age": wanted.age,
            "returned": "1" if wanted.returned else None,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the queue as it is shown; ``tick`` says what its box is for."""

    item_id: int
    url: str
    title: str
    tick: str
    criterion: str
    campaign: str
    age: str
    late: bool


@dataclass(frozen=True)
class Queue:
    """Some lines of the queue in their order; ``more`` says that it goes on behind them."""

    asked: Asked
    rows: Sequence[Waiting]
    total: int
    more: bool

    @property
    def first(self) -> Waiting | None:
        """The item to open when none was chosen; walking backwards it is the last."""
        return self.rows[-1 if self.asked.before else 0] if self.rows else None

    def row(self, item_id: int) -> Waiting | None:
        """The line of an item; none when it is not among the lines."""
        return next((each for each in self.rows if each.item_id == item_id), None)

    @property
    def many(self) -> bool:
        """Whether there are more than were counted."""
        return self.total >= review.COUNTED

    @property
    def starts_later(self) -> bool:
        """Whether older items are not among the lines."""
        return bool(self.asked.after or self.asked.before)

    @property
    def cursor(self) -> dict[str, int]:
        """Where the lines begin."""
        both = {"after": self.asked.after, "before": self.asked.before}
        return {name: value for name, value in both.items() if value}

    def link(self, **where: Any) -> str:
        """The desk with the same wishes."""
        return url_for("review.desk", **self.asked.fields, **where)

    def item(self, item_id: int, **how: Any) -> str:
        """The desk with one item open, the lines as they are."""
        if how:
            return self.link(**self.cursor, item=item_id, **how)
        return f"{self._any_item}{item_id}"

    def shown(self, now: datetime) -> list[Shown]:
        """The lines in the language of the request; words that many share are looked up once."""
        local, of_age, tick = languages.local, cache(words.of_age), _("Tick %(unit)s %(code)s")
        made = []
        for each in self.rows:
            unit, code = local(each.unit), each.key.partition("@")[0]
            late = each.overdue(now)
            made.append(
                Shown(
                    item_id=each.item_id,
                    url=self.item(each.item_id),
                    title=f"{unit} · {code}",
                    tick=tick % {"unit": unit, "code": code},
                    criterion=local(each.criterion),
                    campaign=local(each.campaign),
                    age=of_age(each.days(now), late=late),
                    late=late,
                )
            )
        return made

    @cached_property
    def _any_item(self) -> str:
        # Each line has an address, and they differ in their ends alone.
        return self.link(**self.cursor, item="")

    def next_link(self, opened: int) -> str | None:
        """The item that follows in the queue."""
        place = self._place(opened)
        following = self.rows[0 if place is None else place + 1 :]
        if following and following[0].item_id != opened:
            return self.item(following[0].item_id)
        return self.link(after=self.rows[-1].item_id) if self.rows and self.more else None

    def previous_link(self, opened: int) -> str | None:
        """The item before it."""
        place = self._place(opened)
        if place:
            return self.item(self.rows[place - 1].item_id)
        return self.link(before=opened) if place == 0 and self.starts_later else None

    def goes_on(self, opened: int) -> dict[str, Any]:
        """The wishes, and where the queue goes on when this item is decided: a form's fields."""
        place = self._place(opened)
        behind = self.rows[place - 1].item_id if place else self.asked.after
        return {**self.asked.fields, **({"after": behind} if behind else {})}

    def _place(self, opened: int) -> int | None:
        return next((n for n, each in enumerate(self.rows) if each.item_id == opened), None)


def asked() -> Asked:
    """The wishes of an address or a form; raises NotFound for what is none."""
    age = _number("age")
    return Asked(
        Filter(
            campaign=_number("campaign"),
            unit=_words("unit"),
            criterion=_words("criterion"),
            age=age if age in AGES else None,
            returned=request.values.get("returned") == "1",
        ),
        after=_number("after"),
        before=_number("before"),
    )


def queue() -> Queue:
    """The asked part of the person's queue; from the start where nothing is left behind."""
    wishes = asked()
    found = _rows(wishes)
    if not found.rows and found.starts_later:
        found = _rows(Asked(wishes.filter, None, None))
    return found


def _rows(wishes: Asked) -> Queue:
    actor = access.actor()
    rows, total = review.queue(
        permissions.desks(actor),
        by=actor.id,
        where=wishes.filter.conditions(clock.now()),
        after=wishes.after,
        before=wishes.before,
        limit=_LINES + 1,
    )
    if wishes.before:
        return Queue(wishes, rows[-_LINES:], total, more=True)
    return Queue(wishes, rows[:_LINES], total, len(rows) > _LINES)


def _number(name: str) -> int | None:
    typed = request.values.get(name, "")
    if not typed:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", typed, re.ASCII):
        raise NotFound(typed)
    return int(typed)


def _words(name: str) -> str:
    return request.values.get(name, "").strip()[:_LONGEST]
