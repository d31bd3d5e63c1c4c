"""Pages of long lists: a page number that is always within reason."""

from dataclasses import dataclass

from flask import request

from campaigns.errors import NotFound
from campaigns.settings import PAGE_ROWS

#: Nobody turns further; the database would count its way there.
LAST = 10_000


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a list begins, and whether it goes on."""

    number: int

    @property
    def offset(self) -> int:
        """The rows before this page."""
        return (self.number - 1) * PAGE_ROWS

    @property
    def limit(self) -> int:
        """One row more than is shown tells whether there is a next page."""
        return PAGE_ROWS + 1


def asked() -> Paging:
    """The page that was asked for; raises NotFound for what is no page number."""
    wish = request.args.get("page", "1")
    if not (wish.isascii() and wish.isdigit() and len(wish) <= 6) or not 1 <= int(wish) <= LAST:
        raise NotFound(wish)
    return Paging(int(wish))
