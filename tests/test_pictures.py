"""What intake makes of a photo, and what it survives."""

import io
import os
import signal
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageDraw

from campaigns.evidence import pictures
from campaigns.evidence.pictures import Decoder, NotTaken, Picture, allowed_name

RED, BLUE = (220, 20, 20), (20, 20, 220)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    """One decoding process for these tests."""
    found = Decoder()
    yield found
    found.close()


def half_and_half(size: tuple[int, int] = (400, 300), mode: str = "RGB") -> Image.Image:
    """Red above, blue below."""
    picture = Image.new("RGB", size, RED)
    ImageDraw.Draw(picture).rectangle((0, size[1] // 2, *size), fill=BLUE)
    return picture.convert(mode)


def saved(folder: Path, picture: Image.Image, kind: str = "JPEG", **options: object) -> Path:
    file = folder / f"sent.{kind.lower()}"
    picture.save(file, kind, **options)  # type: ignore[arg-type]
    return file


def opened(found: Picture) -> Image.Image:
    return Image.open(io.BytesIO(found.content))


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(part - wanted) < 40 for part, wanted in zip(pixel, colour, strict=True))


def exif(**tags: object) -> Image.Exif:
    """EXIF data; names as Pillow spells them."""
    made = Image.Exif()
    for name, value in tags.items():
        tag = ExifTags.Base[name]
        if tag in {ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal}:
            made.get_ifd(ExifTags.IFD.Exif)[tag] = value
        else:
            made[tag] = value
    return made


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1"])
def test_every_kind_and_mode_becomes_a_plain_jpeg(
    decoder: Decoder, tmp_path: Path, kind: str, mode: str
) -> None:
    if kind == "JPEG" and mode in {"P", "RGBA", "LA", "1"}:
        pytest.skip("JPEG has no such mode")
    found = decoder.decode(saved(tmp_path, half_and_half(mode=mode), kind))
    assert opened(found).format == "JPEG"
    assert opened(found).mode == "RGB"
    assert (found.width, found.height) == (400, 300) == opened(found).size


def test_a_print_shop_s_cmyk_and_a_scanner_s_sixteen_bits_are_taken(
    decoder: Decoder, tmp_path: Path
) -> None:
    assert opened(decoder.decode(saved(tmp_path, half_and_half(mode="CMYK")))).mode == "RGB"
    grey = Image.new("I;16", (64, 64), 40_000)
    found = opened(decoder.decode(saved(tmp_path, grey, "PNG")))
    assert near(found.getpixel((30, 30)), (156, 156, 156))


def test_heic_of_a_new_phone_is_taken(decoder: Decoder, tmp_path: Path) -> None:
    from pi_heif import register_heif_opener

    register_heif_opener()
    if "HEIF" not in Image.SAVE:
        pytest.skip("nothing here can write HEIC")
    assert decoder.decode(saved(tmp_path, half_and_half(), "HEIF")).width == 400


def test_transparency_lies_on_white(decoder: Decoder, tmp_path: Path) -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert near(opened(decoder.decode(saved(tmp_path, clear, "PNG"))).getpixel((9, 9)), (255,) * 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [
        (1, (400, 300), (200, 40)),
        (3, (400, 300), (200, 260)),
        (6, (300, 400), (260, 200)),
        (8, (300, 400), (40, 200)),
    ],
)
def test_a_photo_taken_with_the_phone_turned_stands_upright(
    decoder: Decoder,
    tmp_path: Path,
    kind: str,
    orientation: int,
    size: tuple[int, int],
    red_at: tuple[int, int],
) -> None:
    sent = saved(tmp_path, half_and_half(), kind, exif=exif(Orientation=orientation))
    found = opened(decoder.decode(sent))
    assert found.size == size
    assert near(found.getpixel(red_at), RED)


def test_nothing_but_the_picture_is_kept(decoder: Decoder, tmp_path: Path) -> None:
    data = exif(Make="Camera maker", Artist="Somebody", Orientation=6)
    data.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (31.0, 33.0, 29.0)
    sent = saved(tmp_path, half_and_half(), exif=data, comment=b"written by hand")
    found = decoder.decode(sent)
    for content in (found.content, found.thumbnail):
        picture = Image.open(io.BytesIO(content))
        assert dict(picture.getexif()) == {}
        assert not {"exif", "comment", "icc_profile", "xmp"} & {*picture.info}
        for word in (b"Camera maker", b"Somebody", b"written by hand"):
            assert word not in content


def test_the_long_edge_is_1920_and_the_thumbnail_s_320(decoder: Decoder, tmp_path: Path) -> None:
    found = decoder.decode(saved(tmp_path, half_and_half((4000, 3000))))
    assert (found.width, found.height) == (1920, 1440)
    assert Image.open(io.BytesIO(found.thumbnail)).size == (320, 240)


def test_a_small_photo_is_not_blown_up(decoder: Decoder, tmp_path: Path) -> None:
    found = decoder.decode(saved(tmp_path, half_and_half((90, 60))))
    assert (found.width, found.height) == (90, 60)


def test_of_a_moving_picture_the_first_frame_is_taken(decoder: Decoder, tmp_path: Path) -> None:
    later = [Image.new("RGB", (80, 80), BLUE)]
    for kind in ("PNG", "WEBP"):
        first = Image.new("RGB", (80, 80), RED)
        sent = saved(tmp_path, first, kind, save_all=True, append_images=later)
        found = opened(decoder.decode(sent))
        assert near(found.getpixel((40, 40)), RED)
        assert getattr(found, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("taken", "offset", "expected"),
    [
        ("2026:09:01 08:30:00", None, datetime(2026, 9, 1, 8, 30)),
        ("2026:09:01 08:30:00", "+08:00", datetime(2026, 9, 1, 0, 30, tzinfo=UTC)),
        ("2026:09:01 08:30:00", "-03:30", datetime(2026, 9, 1, 12, 0, tzinfo=UTC)),
        ("2026:09:01 08:30:00", "local", None),
        ("0000:00:00 00:00:00", None, None),
        ("1980:01:01 00:00:00", None, None),
        ("2999:01:01 00:00:00", None, None),
        ("yesterday", None, None),
        ("", None, None),
    ],
)
def test_the_capture_time_is_what_the_photo_says_or_nothing(
    decoder: Decoder, tmp_path: Path, taken: str, offset: str | None, expected: datetime | None
) -> None:
    data = exif(DateTimeOriginal=taken) if taken else exif()
    if offset:
        data.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.OffsetTimeOriginal] = offset
    assert decoder.decode(saved(tmp_path, half_and_half(), exif=data)).captured_at == expected


def bomb() -> bytes:
    """A PNG of 60,000 × 60,000 pixels in a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gif() -> bytes:
    stream = io.BytesIO()
    half_and_half().save(stream, "GIF")
    return stream.getvalue()


def jpeg() -> bytes:
    stream = io.BytesIO()
    half_and_half().save(stream, "JPEG")
    return stream.getvalue()


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"PK\x03\x04", b"<?php x ?>"])
def test_what_hangs_on_a_picture_is_not_kept(decoder: Decoder, tmp_path: Path, tail: bytes) -> None:
    file = tmp_path / "sent.jpg"
    file.write_bytes(jpeg() + tail)
    found = decoder.decode(file)
    assert tail not in found.content + found.thumbnail
    assert found.content.endswith(b"\xff\xd9")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type"),
        (b"%PDF-1.7", "type"),
        (b"MZ\x90\x00", "type"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "type"),
        (gif(), "type"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 200, "broken"),
        (jpeg()[:600], "broken"),
        (jpeg()[:-900], "broken"),
        (bomb(), "pixels"),
    ],
    ids=["empty", "svg", "pdf", "program", "postscript", "gif", "zeros", "head", "cut", "bomb"],
)
def test_what_is_no_picture_is_refused_with_its_reason(
    decoder: Decoder, tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "sent.jpg"
    file.write_bytes(content)
    with pytest.raises(NotTaken) as refused:
        decoder.decode(file)
    assert refused.value.reason in ({reason, "type"} if reason == "broken" else {reason})


def test_fifty_million_pixels_are_the_limit(decoder: Decoder, tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    Image.new("1", (10_001, 5_000)).save(file)
    with pytest.raises(NotTaken, match="pixels"):
        decoder.decode(file)


def test_the_death_of_the_process_harms_only_the_file_it_was_at(
    decoder: Decoder, tmp_path: Path
) -> None:
    sent = saved(tmp_path, half_and_half())
    decoder.decode(sent)
    first = decoder.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    time.sleep(0.1)
    assert decoder.decode(sent).width == 400
    assert decoder.pid != first


def test_a_file_that_takes_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PATIENCE", 0.5)
    slow = Decoder()
    pipe = tmp_path / "endless.jpg"
    os.mkfifo(pipe)
    with pytest.raises(NotTaken, match="slow"):
        slow.decode(pipe)
    assert slow.pid is None
    slow.close()


def test_pictures_of_several_people_do_not_mix(decoder: Decoder, tmp_path: Path) -> None:
    sizes = [(100 + 10 * number, 50) for number in range(8)]
    files = []
    for number, size in enumerate(sizes):
        file = tmp_path / f"{number}.png"
        half_and_half(size).save(file)
        files.append(file)
    found: dict[int, int] = {}

    def ask(number: int) -> None:
        found[number] = decoder.decode(files[number]).width

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(files))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == {number: size[0] for number, size in enumerate(sizes)}


@pytest.mark.parametrize("name", ["a.jpg", "A.JPEG", "b.png", "c.webp", "IMG_1.HEIC", "d.heif"])
def test_names_of_pictures_are_known(name: str) -> None:
    assert allowed_name(name)


@pytest.mark.parametrize("name", ["", "jpg", "a.jpg.exe", "a.svg", "a.gif", "a.php", "a.jpg ", "a"])
def test_other_names_are_not(name: str) -> None:
    assert not allowed_name(name)
