"""The process in which what was sent is opened: ``python -m campaigns.evidence.decoding``.

It reads one request after another from its input, each a line of JSON with a path and what is
wanted of it, or with the size of a thumbnail that follows; and answers with a line of JSON and the
bytes: of a picture, its thumbnail and its shades; of the shades of a thumbnail alone; or of a
document. It is limited in memory, time and pixels, so that a hostile file ends this process and
nothing else. Nothing else of the product is loaded here.
"""

import json
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

MEMORY = 1 << 30
SECONDS = 20
PIXELS = 50_000_000
LONG_EDGE, THUMB_EDGE, SHADES_EDGE = 1920, 320, 64
QUALITY, THUMB_QUALITY = 82, 72
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
#: A capture time before this is a clock that was never set.
EARLIEST = datetime(2000, 1, 1)

Image.MAX_IMAGE_PIXELS = PIXELS

Made = tuple[dict[str, object], tuple[bytes, ...]]


class TooManyPixelsError(Exception):
    """The picture is larger than may be decoded."""


def decode(path: str) -> Made:
    """The facts of a picture, itself and its thumbnail: JPEG, upright, one frame, no metadata; and
    its shades."""
    with Image.open(path, formats=FORMATS) as found:
        if found.width * found.height > PIXELS:
            raise TooManyPixelsError
        captured = captured_at(found)
        # A JPEG is decoded at half scale or less where that still holds the wanted edge.
        found.draft("RGB", (LONG_EDGE, LONG_EDGE))
        orientation = found.getexif().get(ExifTags.Base.Orientation)
        found.thumbnail((LONG_EDGE, LONG_EDGE), reducing_gap=2.0)
        upright = flat(found)
        # HEIC is turned by its decoder; the others say in a tag how they want to be turned.
        if found.format != "HEIF" and orientation not in {None, 1}:
            upright.getexif()[ExifTags.Base.Orientation] = orientation
            upright = ImageOps.exif_transpose(upright)
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    small = clean.copy()
    small.thumbnail((THUMB_EDGE, THUMB_EDGE))
    facts: dict[str, object] = {"width": clean.width, "height": clean.height}
    facts["captured_at"] = captured
    return facts, (jpeg(clean, QUALITY), jpeg(small, THUMB_QUALITY), shades(small))


def only_shades(thumbnail: BinaryIO) -> Made:
    """The shades of a stored thumbnail."""
    with Image.open(thumbnail, formats=("JPEG",)) as found:
        found.thumbnail((THUMB_EDGE, THUMB_EDGE))
        return {}, (shades(found),)


def shades(picture: Image.Image) -> bytes:
    """The greys of the picture in 64 rows of 64, whatever its shape."""
    edge = (SHADES_EDGE, SHADES_EDGE)
    return picture.convert("L").resize(edge, Image.Resampling.BOX).tobytes()


def flat(picture: Image.Image) -> Image.Image:
    """The picture in plain colours: transparency on white, sixteen bits cut to eight."""
    if picture.mode.startswith("I;16") or picture.mode in {"I", "F"}:
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return picture.convert("RGB")


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """The picture as JPEG bytes."""
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def captured_at(picture: Image.Image) -> str | None:
    """When the photo was taken, as its own data say: ISO 8601, with the offset if it is known."""
    with suppress(Exception):
        tags = picture.getexif().get_ifd(ExifTags.IFD.Exif)
        text = str(tags.get(ExifTags.Base.DateTimeOriginal, "")).strip("\0 ")
        taken = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
        offset = str(tags.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\0 ")
        if offset:
            hours, minutes = int(offset[:3]), int(offset[0] + offset[4:6])
            taken = taken.replace(tzinfo=timezone(timedelta(hours=hours, minutes=minutes)))
        if EARLIEST <= taken.replace(tzinfo=None) <= datetime.now() + timedelta(days=1):
            return taken.isoformat()
    return None


def limit() -> None:
    """Takes away what decoding does not need. Where limits are missing, time and pixels remain."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent() -> None:
    """Ends this process when the one that started it is gone, even while it decodes."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def document(path: str, ending: str) -> Made:
    """The answer to a request for a document: what is kept of it, or why nothing is."""
    from campaigns.evidence import papers

    try:
        return {}, (papers.clean(Path(path), ending),)
    except papers.Unkeepable as refused:
        return {"refused": refused.reason}, ()
    except MemoryError:
        return {"refused": "unpacked"}, ()
    except Exception:
        return {"refused": "broken"}, ()


def picture(opened: Callable[[], Made]) -> Made:
    """The answer to a request for a picture: what is made of it, or the reason why it is none."""
    try:
        return opened()
    except (TooManyPixelsError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"refused": "pixels"}, ()
    except UnidentifiedImageError:
        return {"refused": "type"}, ()
    except MemoryError:
        return {"refused": "pixels"}, ()
    except Exception:
        # Whatever a decoder stumbles over: for the sender it is a damaged picture.
        return {"refused": "broken"}, ()


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers requests until the input ends."""
    for line in requests:
        asked = json.loads(line)
        if "thumbnail" in asked:
            small = BytesIO(requests.read(asked["thumbnail"]))
            facts, parts = picture(partial(only_shades, small))
        elif ending := asked.get("document"):
            facts, parts = document(asked["path"], ending)
        else:
            facts, parts = picture(partial(decode, asked["path"]))
        head = {**facts, "sizes": [len(part) for part in parts]}
        answers.write(json.dumps(head).encode() + b"\n" + b"".join(parts))
        answers.flush()


def main() -> None:
    """Prepares the limits and serves."""
    from pi_heif import register_heif_opener

    register_heif_opener()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    limit()
    end_with_parent()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # A decoder that prints must not disturb the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
