"""Printing: documents as PDF, each a typst template of ``templates/print`` filled with facts.

Facts reach a template as JSON, so what people typed is text in it and never markup. The font is
our own, the system's are not looked at, and nothing is fetched: the same facts at the same instant
give the same bytes.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, cast

import typst

from campaigns import settings

TEMPLATES = settings.ROOT / "templates" / "print"
FONTS = settings.ROOT / "static" / "vendor" / "wqy-microhei-0.2.0-beta"
#: The longest that a document with pictures may take, in seconds.
LONGEST = 120
_lock = Lock()


class NotPrinted(RuntimeError):
    """A document could not be made: a fault of its template, never of what people typed."""


def pdf(template: str, facts: Mapping[str, Any], *, at: datetime) -> bytes:
    """A document without pictures, such as a certificate, in a few milliseconds."""
    file = str(TEMPLATES / f"{template}.typ")
    with _lock:
        try:
            made = _compiler().compile(file, sys_inputs=_inputs(facts), timestamp=at)
        except typst.TypstError as raised:
            raise NotPrinted(f"{template}: {raised}") from raised
    # Only pictures of pages, which we do not ask for, would be several.
    return cast(bytes, made)


def pdf_of_folder(
    template: str, facts: Mapping[str, Any], folder: Path, file: Path, *, at: datetime
) -> None:
    """A document with the pictures of a folder, written to a file; facts name the pictures by
    their paths in the folder.

    It is made in a process of its own: typst keeps every picture decoded, a quarter of a megabyte
    for a small one, and only the end of a process gives that back for certain.
    """
    shutil.copytree(TEMPLATES, folder, dirs_exist_ok=True)
    order = {"template": template, "facts": facts, "at": at.timestamp()}
    made = subprocess.run(  # noqa: S603 - our own module, and paths that we made
        [sys.executable, "-m", __name__, str(folder), str(file)],
        input=json.dumps(order).encode(),
        cwd=settings.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=LONGEST,
        check=False,
    )
    if made.returncode != 0:
        raise NotPrinted(f"{template}: {made.stderr.decode(errors='replace')[-2000:]}")


@cache
def _compiler(root: Path = TEMPLATES) -> typst.Compiler:
    return typst.Compiler(root=str(root), font_paths=[str(FONTS)], ignore_system_fonts=True)


def _inputs(facts: Mapping[str, Any]) -> dict[str, str]:
    return {"facts": json.dumps(facts, ensure_ascii=False)}


def _print_folder(folder: Path, file: Path) -> None:
    """What the process does that ``pdf_of_folder`` starts."""
    order = json.load(sys.stdin)
    _compiler(folder).compile(
        str(folder / f"{order['template']}.typ"),
        output=str(file),
        sys_inputs=_inputs(order["facts"]),
        timestamp=int(order["at"]),
    )


if __name__ == "__main__":
    _print_folder(*map(Path, sys.argv[1:]))
