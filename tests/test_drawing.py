"""Pictures of the demonstration: drawn by the program, each different, no photograph of anybody."""

import io

import pytest
from PIL import Image

from campaigns import standards
from campaigns.demonstration.drawing import HEIGHT, SCENES, WIDTH, draw
from campaigns.demonstration.plan import scene_for
from tests.cast import Cast


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_a_jpeg_that_can_be_drawn_again(scene: str) -> None:
    made = draw(scene, 7, "demonstration picture 0007")
    assert made == draw(scene, 7, "demonstration picture 0007")
    picture = Image.open(io.BytesIO(made))
    assert (picture.format, picture.size) == ("JPEG", (WIDTH, HEIGHT))


@pytest.mark.parametrize("scene", SCENES)
def test_another_number_is_another_picture_and_not_by_its_caption_only(scene: str) -> None:
    def above_the_caption(number: int) -> bytes:
        picture = Image.open(io.BytesIO(draw(scene, number, "x")))
        return picture.crop((0, 0, WIDTH, HEIGHT - 40)).tobytes()

    assert len({above_the_caption(number) for number in range(20)}) == 20


def test_every_criterion_finds_a_scene(cast: Cast) -> None:
    assert cast
    wordings = {c.text_en for version in standards.current() for c in version.criteria}
    assert len(wordings) > 100
    chosen = {scene_for(text) for text in wordings}
    assert chosen <= {*SCENES}
    assert len(chosen) > 5
