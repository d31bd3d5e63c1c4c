"""QR codes, as shapes that a page or a document draws itself."""

from itertools import groupby
from typing import NamedTuple

import segno

#: Modules of white around a code (ISO/IEC 18004 asks for four).
_QUIET = 4


class Drawn(NamedTuple):
    """A code as one path of an SVG, and the length of its square in the path's units."""

    path: str
    size: int


def drawn(text: str) -> Drawn:
    """The code of a text; still read when a seventh of it is soiled."""
    code = segno.make_qr(text, error="m")
    rows = [list(row) for row in code.matrix_iter(border=_QUIET)]
    parts = []
    for down, row in enumerate(rows):
        along = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                parts.append(f"M{along} {down}h{length}v1h-{length}z")
            along += length
    return Drawn("".join(parts), len(rows))
