"""What happens to a photo on the phone: it is made smaller, painted over, and says when it was."""

import io
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import Page, expect

from campaigns import clock
from campaigns.evidence.records import PHOTO, CaptureSource, Evidence
from campaigns.evidence.store import Folder
from tests.browser.conftest import Live
from tests.browser.test_outbox import UPLOADS, arrived, choose, opened, photo, unsent
from tests.test_upload import item_url

pytestmark = pytest.mark.browser
TAKEN = datetime(2026, 9, 8, 16, 40, tzinfo=clock.ZONE)


def from_camera(folder: Path, size: tuple[int, int], orientation: int = 1) -> Path:
    """A photo of a left half in red and a right half in noise, with what cameras write into it."""
    picture = Image.effect_noise(size, 120).convert("RGB")
    picture.paste((200, 30, 30), (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769)[0x9003] = TAKEN.strftime("%Y:%m:%d %H:%M:%S")
    file = folder / "camera.jpg"
    picture.save(file, "JPEG", exif=exif, quality=90)
    return file


def kept(live: Live, piece: Evidence) -> Image.Image:
    """The picture as the server keeps it."""
    path = Folder(live.site.folder / "evidence").path(piece.stored_sha256, PHOTO)
    return Image.open(io.BytesIO(path.read_bytes())).convert("RGB")


def only(live: Live, page: Page) -> Evidence:
    """The one photo, once it has arrived."""
    expect(page.locator("#evidence li")).to_have_count(1)
    [piece] = arrived(live.site)
    return piece


def test_a_large_photo_is_made_smaller_upright_and_keeps_the_time_it_was_taken(
    live: Live, tmp_path: Path
) -> None:
    page = opened(live)
    file = from_camera(tmp_path, (2400, 1600), orientation=6)
    choose(page, file)
    piece = only(live, page)
    assert piece.sent_size < file.stat().st_size
    assert (piece.width, piece.height) == (1280, 1920)
    assert (piece.captured_at, piece.capture_source) == (TAKEN, CaptureSource.DEVICE)
    # Turned to the right, the red half lies above.
    red, _green, blue = kept(live, piece).getpixel((640, 400))  # type: ignore[misc]
    assert red > blue + 100


def test_a_photo_sent_in_full_size_says_itself_when_it_was_taken(
    live: Live, tmp_path: Path
) -> None:
    page = live.visit("liaison", language="en-GB")
    page.goto("/outbox")
    page.get_by_label("Send photos in full size (needs more data)").check()
    page.goto(item_url(live.site))
    file = from_camera(tmp_path, (2400, 1600))
    choose(page, file)
    piece = only(live, page)
    assert piece.sent_size == file.stat().st_size
    assert (piece.captured_at, piece.capture_source) == (TAKEN, CaptureSource.CAMERA)


def test_what_the_phone_cannot_decode_is_sent_as_it_is(live: Live, tmp_path: Path) -> None:
    page = opened(live)
    lengths: list[str | None] = []
    page.on("request", lambda asked: lengths.append(asked.headers.get("upload-length")))
    file = tmp_path / "photo.heic"
    file.write_bytes(b"\0\0\0\x18ftypheic" + bytes(500_000))
    choose(page, file)
    expect(page.locator("[data-queue] .govuk-error-message")).to_be_visible()
    assert str(file.stat().st_size) in lengths
    expect(page.get_by_role("button", name="Hide faces")).to_have_count(0)
    page.get_by_label("Let me paint over faces and number plates first").check()
    page.set_input_files("#file", [file])
    expect(page.get_by_role("dialog")).to_contain_text("This phone cannot open the photo")
    expect(page.get_by_role("button", name="Done, send it")).to_be_disabled()


def stroke(page: Page) -> None:
    """A finger from the middle of the photo to its right edge."""
    frame = page.locator("dialog canvas").bounding_box()
    assert frame is not None
    middle = frame["y"] + frame["height"] / 2
    page.mouse.move(frame["x"] + frame["width"] * 0.6, middle)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.95, middle, steps=5)
    page.mouse.up()


def test_faces_painted_over_before_sending_never_leave_the_phone(
    live: Live, tmp_path: Path
) -> None:
    page = opened(live)
    page.get_by_label("Let me paint over faces and number plates first").check()
    page.set_input_files("#file", [from_camera(tmp_path, (1600, 1200))])
    stroke(page)
    assert arrived(live.site) == []
    page.get_by_role("button", name="Done, send it").click()
    piece = only(live, page)
    picture = kept(live, piece)
    hidden = picture.crop((1120, 580, 1160, 620))
    seen = picture.crop((1120, 100, 1160, 140))
    # Within one square nothing is left of the noise but what JPEG adds; elsewhere it is as it was.
    assert max(ImageStat.Stat(hidden).stddev) < 12 < min(ImageStat.Stat(seen).stddev)
    assert (piece.captured_at, piece.capture_source) == (TAKEN, CaptureSource.DEVICE)


def test_a_photo_in_the_outbox_can_still_be_painted_over(live: Live, tmp_path: Path) -> None:
    page = opened(live)
    page.route(UPLOADS, lambda route: route.abort())
    choose(page, photo(tmp_path, 1))
    page.goto("/outbox")
    page.get_by_role("button", name="Hide faces").click()
    stroke(page)
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Cancel").click()
    unsent(page, 1)
    page.get_by_role("button", name="Hide faces").click()
    stroke(page)
    page.unroute(UPLOADS)
    page.get_by_role("button", name="Done, send it").click()
    unsent(page, 0)
    [piece] = arrived(live.site)
    picture = kept(live, piece)
    assert max(ImageStat.Stat(picture.crop((514, 226, 526, 238))).stddev) < 12
