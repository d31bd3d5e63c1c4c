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
    picture = _from_somewhere_else(picture, chance)
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


def _from_somewhere_else(picture: Image.Image, chance: random.Random) -> Image.Image:
    """The scene from nearer by, from another side: no two people stand in the same spot."""
    if chance.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    share = chance.uniform(0.66, 1)
    width, height = WIDTH * share, HEIGHT * share * chance.uniform(0.9, 1)
    left, top = chance.uniform(0, WIDTH - width), chance.uniform(0, HEIGHT - height)
    seen = (left, top, left + width, top + height)
    return picture.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, seen)


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
    floor = chance.randint(330, 450)
    pen.rectangle((0, 0, WIDTH, floor), fill=_near((204, 198, 184), 18, chance))
    pen.rectangle((0, floor, WIDTH, HEIGHT), fill=_near((150, 126, 102), 18, chance))
    left, width = chance.randint(10, 240), chance.randint(90, 210)
    pen.rectangle((left, 90, left + width, 260), fill=_near((150, 190, 214), 34, chance))
    pen.line((left + width // 2, 90, left + width // 2, 260), fill=(240, 240, 240), width=6)
    x, y = left + width + chance.randint(30, 120), chance.randint(60, 150)
    pen.rectangle((x, y, x + 210, y + 150), fill=(250, 250, 246), outline=(36, 104, 90), width=10)
    _lines(pen, chance, (x + 26, y + 30, x + 184, y + 134), chance.randint(3, 8))
    _banner(pen, chance, chance.randint(20, 600), chance.randint(16, 60), chance.randint(90, 260))
    if chance.random() < 0.6:
        shelf = chance.randint(0, 680)
        pen.rectangle((shelf, 190, shelf + 110, floor + 40), fill=_near((96, 70, 48), 24, chance))
    edge, side = floor + chance.randint(-10, 40), chance.randint(40, 320)
    right = side + chance.randint(260, 440)
    pen.polygon(
        [(side + 60, edge), (right, edge), (right + 80, edge + 100), (side, edge + 100)],
        fill=_near((140, 88, 54), 30, chance),
    )
    for _ in range(chance.randint(2, 7)):
        seat = chance.randint(0, 720)
        pen.rounded_rectangle((seat, 420, seat + 64, 540), 8, fill=_near((60, 84, 110), 30, chance))


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
    left, right = chance.randint(40, 240), chance.randint(500, 700)
    top = chance.randint(110, 230)
    for _ in range(chance.randint(1, 3)):
        house = chance.randint(-40, 640)
        pen.rectangle((house, 210, house + 180, 400), fill=_near((206, 196, 180), 34, chance))
    for x in (left, right):
        pen.rectangle((x, top, x + 60, 440), fill=post)
    pen.rectangle((left, top - 30, right + 60, top + 20), fill=_near((60, 80, 96), 30, chance))
    for n in range(12):
        x = left + 70 + n * (right - left - 80) // 12
        pen.line((x, top + 90, x, 440), fill=(90, 98, 104), width=7)
    first = chance.randint(-60, 300)
    for n in range(chance.randint(3, 7)):
        x = first + n * 110
        pen.rounded_rectangle((x, 450, x + 26, 540), 8, fill=(226, 176, 44))


def _alarm(pen: Pen, chance: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=_near((206, 206, 198), 14, chance))
    edge = chance.randint(380, 520)
    pen.rectangle((0, edge, WIDTH, HEIGHT), fill=_near((150, 150, 144), 16, chance))
    frame = chance.randint(-80, 620)
    pen.rectangle((frame, 60, frame + 170, edge), fill=_near((132, 100, 72), 22, chance))
    x, y = chance.randint(140, 520), chance.randint(70, 220)
    pen.rounded_rectangle((x, y, x + 220, y + 280), 18, fill=(244, 244, 242), outline=(90, 96, 96))
    pen.ellipse((x + 50, y + 40, x + 170, y + 160), fill=_near((190, 34, 30), 14, chance))
    _lines(pen, chance, (x + 40, y + 190, x + 180, y + 250), 3)
    beside = x + chance.choice([-130, 240])
    pen.rectangle((beside, y + 40, beside + 70, y + 240), fill=_near((186, 40, 34), 14, chance))


def _exit(pen: Pen, chance: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=_near((206, 206, 198), 14, chance))
    x, low = chance.randint(200, 540), chance.randint(290, 400)
    pen.polygon(
        [(x - chance.randint(100, 400), HEIGHT), (x, low), (x + 90, low), (WIDTH, HEIGHT)],
        fill=_near((140, 140, 136), 14, chance),
    )
    for _ in range(chance.randint(1, 4)):
        door = chance.randint(0, 720)
        pen.rectangle((door, 120, door + 60, 420), fill=_near((150, 128, 106), 22, chance))
    pen.rectangle((x, low - 160, x + 90, low), fill=_near((120, 86, 60), 16, chance))
    pen.rectangle((x - 10, low - 210, x + 100, low - 174), fill=(30, 130, 80))
    for n in range(chance.randint(1, 4)):
        left = chance.choice([40, 520]) + n * 40
        pen.rounded_rectangle((left, 430 - n * 24, left + 26, 500 - n * 24), 8, fill=(190, 36, 32))


def _patrol(pen: Pen, chance: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=_near((46, 54, 74), 12, chance))
    for _ in range(chance.randint(2, 6)):
        x, top = chance.randint(-60, 700), chance.randint(150, 300)
        pen.rectangle(
            (x, top, x + chance.randint(70, 200), 330), fill=_near((78, 80, 92), 16, chance)
        )
    bend, near = chance.randint(120, 680), chance.randint(-100, 500)
    road = [
        (near, HEIGHT),
        (bend, 300),
        (bend + 40, 300),
        (near + chance.randint(300, 600), HEIGHT),
    ]
    pen.polygon(road, fill=_near((96, 98, 102), 10, chance))
    for _ in range(chance.randint(3, 7)):
        x, top = chance.randint(30, 770), chance.randint(110, 280)
        pen.line((x, top, x, 470), fill=(120, 122, 122), width=5)
        size = chance.randint(20, 44)
        pen.ellipse(
            (x - size, top - 18, x + size, top + size), fill=_near((244, 214, 130), 16, chance)
        )


def _paper(pen: Pen, chance: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=_near((128, 88, 58), 18, chance))
    edge = chance.randint(0, 300)
    pen.rectangle((0, 0, WIDTH, edge), fill=_near((176, 172, 160), 14, chance))
    for _ in range(chance.randint(0, 2)):
        under = chance.randint(-60, 620)
        pen.rectangle((under, 60, under + 300, 470), fill=_near((214, 214, 204), 20, chance))
    x, y = chance.randint(30, 400), chance.randint(-40, 90)
    width = chance.randint(320, 440)
    height, margin = width * 7 // 5, width // 10
    pen.rectangle((x, y, x + width, y + height), fill=(250, 249, 244))
    title = y + chance.randint(36, 70)
    pen.rectangle(
        (x + 2 * margin, title, x + width - 2 * margin, title + chance.randint(16, 34)),
        fill=_near((170, 44, 38), 14, chance),
    )
    text = (x + margin, title + 60, x + width - margin, y + height * 3 // 4)
    _lines(pen, chance, text, chance.randint(5, 16))
    if chance.random() < 0.6:
        low = y + height * 4 // 5
        pen.rectangle(
            (x + margin, low, x + margin + 140, low + 60), outline=(120, 124, 124), width=3
        )
    pen_x, pen_y = chance.randint(60, 700), chance.randint(200, 420)
    pen.line(
        (pen_x, pen_y, pen_x + chance.randint(-60, 60), pen_y + 150), fill=(30, 44, 90), width=9
    )


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
