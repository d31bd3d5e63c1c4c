"""Pictures drawn by the program: places and things, never a person who could be one.

Each scene and seed gives another picture: light, viewpoint, colours, counts and hills differ.
"""

import random
from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
Pen = ImageDraw.ImageDraw

WIDTH, HEIGHT = 800, 600
_COATS: list[Colour] = [(38, 74, 110), (120, 44, 44), (118, 104, 72), (60, 92, 66), (84, 66, 104)]


def draw(scene: str, seed: int, caption: str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    """A JPEG of a scene; the same scene, seed and caption give the same bytes.

    ``caption`` is burnt in at the bottom and must be ASCII. Raises KeyError for an unknown scene.
    """
    chance = random.Random(f"{scene}/{seed}")  # noqa: S311 - pictures, no secrets
    sky = _near((176, 202, 224), 26, chance)
    picture = Image.new("RGB", (WIDTH, HEIGHT), sky)
    pen = ImageDraw.Draw(picture)
    SCENES[scene](pen, chance)
    if chance.random() < 0.5:
        picture = picture.rotate(
            chance.uniform(-2.5, 2.5), Image.Resampling.BILINEAR, fillcolor=sky
        )
    light = chance.uniform(0.82, 1.12)
    picture = picture.point([min(255, int(level * light)) for level in range(256)] * 3)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, HEIGHT - 26, WIDTH, HEIGHT), fill=(24, 34, 32))
    pen.text((10, HEIGHT - 22), caption, fill=(226, 236, 232), font=ImageFont.load_default(16))
    if size != (WIDTH, HEIGHT):
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    stream = BytesIO()
    picture.filter(ImageFilter.SMOOTH).save(stream, "JPEG", quality=74)
    return stream.getvalue()


def _near(colour: Colour, by: int, chance: random.Random) -> Colour:
    red, green, blue = (max(0, min(255, part + chance.randint(-by, by))) for part in colour)
    return red, green, blue


def _hills(pen: Pen, chance: random.Random) -> None:
    for depth in range(3):
        base = 300 + depth * 30
        points: list[tuple[float, float]] = [(-10, 600)]
        for x in range(-10, 900, 90):
            points.append((x, base - chance.randint(0, 110) + depth * 20))
        points.append((900, 600))
        pen.polygon(points, fill=_near((96 + depth * 14, 138 + depth * 8, 106), 12, chance))
    pen.rectangle((0, 400, WIDTH, HEIGHT), fill=_near((184, 170, 144), 16, chance))


def _banner(pen: Pen, chance: random.Random, x: int, y: int, width: int) -> None:
    pen.rectangle((x, y, x + width, y + 34), fill=_near((168, 36, 30), 14, chance))
    for n in range(width // 26):
        pen.rectangle((x + 8 + n * 26, y + 9, x + 24 + n * 26, y + 25), fill=(246, 226, 180))


def _house(pen: Pen, chance: random.Random) -> tuple[int, int, int]:
    x, y = chance.randint(300, 430), chance.randint(150, 190)
    width = chance.randint(320, 420)
    wall = _near((222, 212, 196), 14, chance)
    pen.rectangle((x, y, x + width, 430), fill=wall)
    pen.polygon([(x - 26, y), (x + width / 2, y - 90), (x + width + 26, y)], fill=(96, 84, 80))
    for n in range(chance.randint(2, 4)):
        left = x + 24 + n * 96
        pen.rectangle((left, y + 90, left + 54, y + 150), fill=_near((104, 140, 170), 18, chance))
    pen.rectangle((x + width - 96, y + 120, x + width - 36, 430), fill=(122, 78, 52))
    return x, y, width


def _meeting(pen: Pen, chance: random.Random) -> None:
    _hills(pen, chance)
    x, y, width = _house(pen, chance)
    _banner(pen, chance, x + 14, y + 34, width - 28)
    for _ in range(chance.randint(6, 14)):
        left, top = chance.randint(30, 740), chance.randint(400, 500)
        coat = _near(chance.choice(_COATS), 18, chance)
        pen.ellipse((left + 10, top - 34, left + 34, top - 6), fill=(40, 32, 28))
        pen.rounded_rectangle((left, top - 6, left + 44, top + 66), 16, fill=coat)


def _lines(pen: Pen, chance: random.Random, box: tuple[int, int, int, int], number: int) -> None:
    left, top, right, bottom = box
    step = (bottom - top) / number
    for n in range(number):
        y = top + n * step
        end = right - chance.randint(0, (right - left) // 3)
        pen.rectangle((left, y, end, y + step * 0.42), fill=(96, 104, 104))


def _board(pen: Pen, chance: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=_near((206, 198, 182), 16, chance))
    x, y = chance.randint(60, 160), chance.randint(50, 100)
    pen.rectangle((x, y, x + 520, y + 420), fill=_near((40, 110, 96), 20, chance))
    pen.rectangle((x + 18, y + 18, x + 502, y + 402), fill=(250, 250, 246))
    pen.rectangle((x + 18, y + 18, x + 502, y + 84), fill=_near((170, 40, 34), 14, chance))
    columns = chance.randint(1, 3)
    for n in range(columns):
        left = x + 40 + n * 470 // columns
        box = (left, y + 110, left + 430 // columns, y + 380)
        _lines(pen, chance, box, chance.randint(6, 12))


def _room(pen: Pen, chance: random.Random) -> None:
    wall = _near((224, 218, 204), 14, chance)
    pen.rectangle((0, 0, WIDTH, 400), fill=wall)
    pen.rectangle((0, 400, WIDTH, HEIGHT), fill=_near((162, 138, 112), 18, chance))
    left = chance.randint(40, 160)
    pen.rectangle((left, 90, left + 150, 260), fill=_near((150, 190, 214), 20, chance))
    pen.line((left + 75, 90, left + 75, 260), fill=(240, 240, 240), width=6)
    x = chance.randint(280, 380)
    pen.rectangle((x, 110, x + 210, 260), fill=(250, 250, 246), outline=(36, 104, 90), width=10)
    _lines(pen, chance, (x + 26, 140, x + 184, 244), 6)
    _banner(pen, chance, x + 250, 140, 120)
    pen.polygon([(120, 400), (680, 400), (760, 500), (40, 500)], fill=(140, 88, 54))
    for n in range(chance.randint(3, 6)):
        seat = 70 + n * 120
        pen.rounded_rectangle((seat, 420, seat + 64, 540), 8, fill=_near((60, 84, 110), 14, chance))


def _camera(pen: Pen, chance: random.Random) -> None:
    _hills(pen, chance)
    x = chance.randint(260, 520)
    pen.rectangle((x, 70, x + 16, 560), fill=(130, 136, 138))
    for n in range(chance.randint(1, 3)):
        side = -1 if (n + x) % 2 else 1
        y = 100 + n * 70
        pen.line((x + 8, y + 10, x + 8 + side * 90, y + 10), fill=(120, 126, 128), width=8)
        left = min(x + side * 60, x + side * 150)
        pen.rounded_rectangle((left, y, left + 90, y + 40), 12, fill=(236, 238, 238))
        lens = left + (74 if side > 0 else 16)
        pen.ellipse((lens - 12, y + 8, lens + 12, y + 32), fill=(28, 34, 40))


def _gate(pen: Pen, chance: random.Random) -> None:
    _hills(pen, chance)
    post = _near((176, 96, 74), 24, chance)
    left, right = chance.randint(110, 180), chance.randint(600, 680)
    for x in (left, right):
        pen.rectangle((x, 180, x + 60, 440), fill=post)
    pen.rectangle((left, 150, right + 60, 200), fill=_near((60, 80, 96), 16, chance))
    for n in range(12):
        x = left + 70 + n * (right - left - 80) // 12
        pen.line((x, 260, x, 440), fill=(90, 98, 104), width=7)
    for n in range(chance.randint(4, 7)):
        x = left - 30 + n * 110
        pen.rounded_rectangle((x, 450, x + 26, 540), 8, fill=(226, 176, 44))


def _alarm(pen: Pen, chance: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=_near((214, 214, 206), 16, chance))
    x, y = chance.randint(200, 380), chance.randint(110, 200)
    pen.rounded_rectangle((x, y, x + 220, y + 280), 18, fill=(244, 244, 242), outline=(90, 96, 96))
    pen.ellipse((x + 50, y + 40, x + 170, y + 160), fill=_near((190, 34, 30), 14, chance))
    _lines(pen, chance, (x + 40, y + 190, x + 180, y + 250), 3)
    pen.rectangle((x - 120, y + 40, x - 50, y + 240), fill=_near((186, 40, 34), 14, chance))


def _exit(pen: Pen, chance: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=_near((222, 222, 214), 12, chance))
    x = chance.randint(320, 420)
    pen.polygon([(0, HEIGHT), (x, 330), (x + 90, 330), (WIDTH, HEIGHT)], fill=(150, 150, 146))
    pen.rectangle((x, 170, x + 90, 330), fill=_near((120, 86, 60), 16, chance))
    pen.rectangle((x - 10, 120, x + 100, 156), fill=(30, 130, 80))
    for n in range(chance.randint(1, 4)):
        left = 60 + n * 40
        pen.rounded_rectangle((left, 430 - n * 24, left + 26, 500 - n * 24), 8, fill=(190, 36, 32))


def _patrol(pen: Pen, chance: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=_near((38, 46, 66), 14, chance))
    bend = chance.randint(320, 480)
    pen.polygon([(60, HEIGHT), (bend, 300), (bend + 40, 300), (740, HEIGHT)], fill=(86, 88, 92))
    for n in range(chance.randint(4, 7)):
        x, top = 120 + n * 110, 150 + (n % 3) * 40
        pen.line((x, top, x, 470), fill=(110, 112, 112), width=5)
        pen.ellipse((x - 34, top - 18, x + 34, top + 30), fill=_near((244, 214, 130), 16, chance))


def _paper(pen: Pen, chance: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=_near((128, 88, 58), 18, chance))
    x, y = chance.randint(150, 280), chance.randint(20, 60)
    pen.rectangle((x, y, x + 370, y + 520), fill=(250, 249, 244))
    pen.rectangle((x + 60, y + 40, x + 310, y + 62), fill=_near((170, 44, 38), 14, chance))
    _lines(pen, chance, (x + 36, y + 100, x + 334, y + 420), chance.randint(9, 15))
    if chance.random() < 0.6:
        pen.rectangle((x + 40, y + 440, x + 180, y + 500), outline=(120, 124, 124), width=3)


def _field(pen: Pen, chance: random.Random) -> None:
    _hills(pen, chance)
    for n in range(chance.randint(5, 9)):
        y = 410 + n * 26
        pen.rectangle((0, y, WIDTH, y + 18), fill=_near((120, 150, 70), 34, chance))
    for _ in range(chance.randint(1, 4)):
        x = chance.randint(60, 720)
        pen.ellipse((x, 300, x + 70, 380), fill=_near((58, 104, 62), 18, chance))
        pen.rectangle((x + 31, 370, x + 39, 420), fill=(92, 70, 50))


SCENES: dict[str, Callable[[Pen, random.Random], None]] = {
    "meeting": _meeting,
    "board": _board,
    "room": _room,
    "camera": _camera,
    "gate": _gate,
    "alarm": _alarm,
    "exit": _exit,
    "patrol": _patrol,
    "paper": _paper,
    "field": _field,
}
