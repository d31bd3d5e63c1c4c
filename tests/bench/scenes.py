"""Photo-like pictures for measuring likeness, made otherwise than those of the demonstration.

A scene is a small world: ground in perspective, walls or hills, things at different depths, each
with a grain of its own, under one light. A shot is a camera in it: it stands, turns, tilts and
zooms somewhat differently each time, people have moved on, the light has changed, the sensor adds
noise. Shots of one scene look alike and are still different pictures.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.float32]
Chance = np.random.Generator

WIDTH, HEIGHT = 400, 300
_TEXTURE = 128
_SHEETS = {"paper", "form"}
KINDS = ("street", "room", "yard", "board", "paper", "form", "night")


@dataclass(frozen=True)
class Thing:
    """Something that stands in a scene: where, how large, and what its front looks like."""

    x: float
    depth: float
    width: float
    height: float
    lift: float
    front: Image.Image


@dataclass(frozen=True)
class Scene:
    """A place that can be photographed."""

    kind: str
    horizon: float
    sky: Array
    ground: Array
    back: Array
    ridge: Array
    things: tuple[Thing, ...]
    people: tuple[Image.Image, ...]
    seed: int


def fractal(chance: Chance, height: int, width: int, rough: float = 0.55) -> Array:
    """A grey cloud between 0 and 1: noise of every size, the finer the weaker."""
    made = np.zeros((height, width), np.float32)
    weight, cells = 1.0, 3
    while cells < width:
        rows = max(2, cells * height // width)
        grid = Image.fromarray(chance.random((rows, cells), np.float32))
        made += weight * np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC))
        weight, cells = weight * rough, cells * 2
    low, high = made.min(), made.max()
    return (made - low) / (high - low)


def _tinted(grey: Array, chance: Chance, strength: float, base: float) -> Array:
    """A colour texture of a grey one."""
    colour = base + chance.uniform(-45, 45) + chance.uniform(-22, 22, 3)
    tint = chance.uniform(0.85, 1.15, 3)
    made: Array = (colour + (grey[..., None] - 0.5) * strength * tint).astype(np.float32)
    return made


def _front(chance: Chance, kind: str) -> Image.Image:
    """The front of a thing, with its outline as transparency."""
    size = _TEXTURE
    grain = fractal(chance, size, size)
    picture = _tinted(grain, chance, chance.uniform(30, 90), chance.uniform(60, 190))
    shape = np.ones((size, size), np.float32)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    if kind == "house":
        across, down = chance.integers(2, 6), chance.integers(2, 5)
        open_ = ((x * across) % 1 > 0.3) & ((y * down) % 1 > 0.35) & (y > 0.12)
        picture[open_] = picture[open_] * 0.25 + chance.uniform(10, 90)
    elif kind == "board":
        picture = _tinted(grain, chance, 14, 215)
        _write(picture, chance, int(chance.integers(6, 14)))
        picture[: size // 8] = chance.uniform(20, 190, 3)
    elif kind == "tree":
        shape = (fractal(chance, size, size, 0.7) + 0.9 - 1.6 * np.hypot(x - 0.5, y - 0.4)) > 0.75
        shape |= (abs(x - 0.5) < 0.04) & (y > 0.4)
        picture = _tinted(grain, chance, 150, 75)
    elif kind == "person":
        head = np.hypot((x - 0.5) * 1.1, (y - 0.12) * 2.2) < 0.22
        body = np.hypot((x - 0.5) / 0.36, (y - 0.62) / 0.42) < 1
        shape = head | body
        picture[head] = chance.uniform(40, 160)
        picture[y > chance.uniform(0.55, 0.8)] *= chance.uniform(0.3, 1.2)
    elif kind == "vehicle":
        shape = (y > 0.45) | ((y > 0.1) & (abs(x - 0.5) < 0.3))
        picture[(y > 0.16) & (y < 0.42) & (abs(x - 0.5) < 0.25)] = chance.uniform(30, 160)
        for wheel in (0.2, 0.8):
            picture[np.hypot((x - wheel), (y - 0.9) * 0.7) < 0.1] = 25
    else:
        picture[:, :: int(chance.integers(8, 24))] *= chance.uniform(0.4, 0.9)
        picture[:: int(chance.integers(20, 60))] *= chance.uniform(0.4, 0.9)
    alpha = shape.astype(np.float32)[..., None] * 255
    packed = np.concatenate([picture.clip(0, 255), alpha], axis=2)
    return Image.fromarray(packed.astype(np.uint8), "RGBA")


def _write(picture: Array, chance: Chance, lines: int) -> None:
    """Lines of writing, and now and then a picture or a table among them."""
    height, width = picture.shape[:2]
    for n in range(lines):
        top = int(height * (0.18 + 0.78 * n / lines))
        bottom = top + max(2, int(height * 0.4 / lines))
        if chance.random() < 0.15:
            left, right = sorted(chance.integers(width // 12, width, 2))
            picture[top : bottom + height // 10, left:right] = chance.uniform(60, 220, 3)
            continue
        left, right = width // 12, int(width * chance.uniform(0.35, 0.93))
        ink = chance.random(right - left) < 0.62
        picture[top:bottom, left:right][:, ink] *= chance.uniform(0.2, 0.55)


def scene(seed: int, kind: str | None = None) -> Scene:
    """The scene of a number; the same number gives the same scene."""
    chance = np.random.default_rng([seed, 1])
    kind = kind or KINDS[seed % len(KINDS)]
    inside = kind in {"room", "board", *_SHEETS}
    base = {"night": 60.0, "paper": 120.0, "form": 110.0}.get(kind, 165.0)
    ridge = fractal(chance, 2, WIDTH * 2)[0] * (0.0 if inside else chance.uniform(0.1, 0.4))
    names = {
        "street": ("house", "house", "house", "tree", "vehicle", "board", "grid"),
        "room": ("grid", "board", "board", "grid", "house"),
        "yard": ("tree", "tree", "house", "board", "tree", "grid"),
        "board": ("board", "board", "grid"),
        "night": ("house", "tree", "house", "vehicle"),
    }.get(kind, ())
    things: list[Thing] = []
    for number in range(0 if kind in _SHEETS else int(chance.integers(7, 18))):
        name = names[int(chance.integers(len(names)))]
        depth = float(chance.uniform(1.6, 7))
        width, height = chance.uniform(0.5, 1.4), chance.uniform(0.5, 1.5)
        if name in {"house", "board", "grid"}:
            width *= 1.6
        x = float(chance.uniform(-0.75, 0.75) * depth)
        lift = float(chance.uniform(0.2, 0.9)) if inside and number % 2 else 0.0
        things.append(Thing(x, depth, float(width), float(height), lift, _front(chance, name)))
    if kind == "board":
        big = Thing(float(chance.uniform(-0.2, 0.2)), 1.5, 1.5, 1.1, 0.3, _front(chance, "board"))
        things.append(big)
    return Scene(
        kind=kind,
        horizon=float(chance.uniform(0.3, 0.55)),
        sky=_tinted(fractal(chance, HEIGHT, WIDTH, 0.45), chance, 70, base),
        ground=_tinted(_tiles(chance, fractal(chance, 256, 256, 0.8)), chance, 110, base * 0.7),
        back=_tinted(fractal(chance, HEIGHT, WIDTH, 0.75), chance, 100, base * 0.55),
        ridge=ridge,
        things=tuple(sorted(things, key=lambda each: -each.depth)),
        people=tuple(_front(chance, "person") for _ in range(4)),
        seed=seed,
    )


def _tiles(chance: Chance, grain: Array) -> Array:
    """Joints between slabs, on some grounds."""
    if chance.random() < 0.5:
        step = int(chance.integers(16, 64))
        grain[::step] *= 0.5
        grain[:, ::step] *= 0.5
    return grain


def shot(of: Scene, number: int) -> Image.Image:
    """One photo of a scene; the same number gives the same photo."""
    chance = np.random.default_rng([of.seed, 2, number])
    zoom = float(chance.uniform(0.8, 1.3))
    # A form lies flat: the camera is held above it the same way each time.
    sway = 0.1 if of.kind == "form" else 1.0
    pan, tilt = (float(chance.uniform(-most, most)) * sway for most in (0.28, 0.1))
    step = float(chance.uniform(-0.5, 0.5)) * sway
    horizon = (of.horizon + tilt) * HEIGHT
    view = _backdrop(of, horizon, pan, zoom, step)
    picture = Image.fromarray(view.clip(0, 255).astype(np.uint8))
    if of.kind == "paper":
        _lay(picture, chance, zoom, int(chance.integers(8, 22)))
    elif of.kind == "form":
        # The same form, filled in anew and held the same way: the lines of writing differ alone.
        _lay(picture, chance, 1.0, 8 + of.seed % 12, loose=0.1)
    else:
        _place(picture, of, chance, horizon, (pan, zoom, step))
    if chance.random() < 0.6:
        turn = float(chance.uniform(-4, 4)) * sway
        picture = picture.rotate(turn, Image.Resampling.BILINEAR, fillcolor=(90, 90, 90))
        # No camera shows the corners that its turning leaves empty.
        edge = int(abs(math.sin(math.radians(turn))) * WIDTH / 2) + 1
        inner = (edge, edge, WIDTH - edge, HEIGHT - edge)
        picture = picture.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, inner)
    return _exposed(picture, chance, of.kind)


def _backdrop(of: Scene, horizon: float, pan: float, zoom: float, step: float) -> Array:
    """Sky or wall, hills, and the ground as it runs away from the camera."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    across = (x - WIDTH / 2) / zoom + pan * WIDTH
    left = (across + WIDTH).astype(np.int32) % (WIDTH * 2)
    up = ((y - horizon) / zoom + HEIGHT).astype(np.int32) % (HEIGHT * 2)
    # Sky and walls reach twice as far as one view, in half its detail.
    view: Array = of.sky[up // 2, left // 2]
    hills = horizon - y < of.ridge[left] * HEIGHT * zoom
    view[hills] = of.back[up[hills] // 2, left[hills] // 2]
    below = y > horizon
    depth = HEIGHT * 0.6 / (y[below] - horizon + 1)
    u = ((across[below] / WIDTH + step) * depth * 60).astype(np.int32) % 256
    v = (depth * 60).astype(np.int32) % 256
    view[below] = of.ground[v, u]
    return view


def _place(
    picture: Image.Image,
    of: Scene,
    chance: Chance,
    horizon: float,
    camera: tuple[float, float, float],
) -> None:
    """The things and the people, the far ones first."""
    pan, zoom, step = camera
    moved = [
        Thing(float(chance.uniform(-1.6, 1.6)), float(chance.uniform(2, 5)), 0.35, 0.9, 0.0, front)
        for front in of.people[: int(chance.integers(1, 5))]
    ]
    for thing in sorted([*of.things, *moved], key=lambda each: -each.depth):
        scale = WIDTH * zoom / thing.depth
        size = (max(2, int(thing.width * scale)), max(2, int(thing.height * scale)))
        middle = WIDTH / 2 + (thing.x - step) * scale - pan * WIDTH * zoom
        foot = horizon + (0.55 - thing.lift) * scale
        corner = (int(middle - size[0] / 2), int(foot - size[1]))
        if corner[0] < WIDTH and corner[0] + size[0] > 0 and size[0] < WIDTH * 3:
            front = thing.front.resize(size, Image.Resampling.BILINEAR)
            picture.paste(front, corner, front)


def _lay(picture: Image.Image, chance: Chance, zoom: float, lines: int, loose: float = 1.0) -> None:
    """A sheet of paper on the table, written on anew each time; how loosely it lies there."""
    sheet = 205 + 40 * fractal(chance, 280, 200, 0.4)[..., None].repeat(3, axis=2)
    _write(sheet, chance, lines)
    if loose < 1 or chance.random() < 0.5:
        sheet[:40, 30:170] *= np.array([1.0, 0.45, 0.4], np.float32)
    page = Image.fromarray(sheet.clip(0, 255).astype(np.uint8)).convert("RGBA")
    size = (int(205 * zoom), int(285 * zoom))
    page = page.resize(size).rotate(float(chance.uniform(-8, 8)) * loose, expand=True)
    corner = (int(100 + chance.uniform(-60, 90) * loose), int(chance.uniform(-40, 60) * loose))
    picture.paste(page, corner, page)


def _exposed(picture: Image.Image, chance: Chance, kind: str) -> Image.Image:
    """Light from one side, soft shadows, a darker rim, the exposure, and the sensor's noise."""
    view = np.asarray(picture).astype(np.float32)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    x, y = x / WIDTH - 0.5, y / HEIGHT - 0.5
    angle = float(chance.uniform(0, 2 * math.pi))
    light = 1 + chance.uniform(0, 0.35) * (x * math.cos(angle) + y * math.sin(angle))
    light *= 1 - chance.uniform(0.1, 0.5) * (x * x + y * y)
    shade = Image.fromarray(fractal(chance, HEIGHT // 8, WIDTH // 8, 0.4))
    light *= 0.8 + 0.4 * np.asarray(shade.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))
    if kind == "night":
        for _ in range(int(chance.integers(1, 4))):
            at = chance.uniform(-0.5, 0.5, 2)
            light += 1.6 * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 0.02)
    view *= light[..., None] * chance.uniform(0.8, 1.2)
    view *= chance.uniform(0.93, 1.07, 3).astype(np.float32)
    view += chance.standard_normal(view.shape, np.float32) * np.float32(chance.uniform(2, 7))
    return Image.fromarray(view.clip(0, 255).astype(np.uint8))


Edit = Callable[[Image.Image, Chance], Image.Image]


def _brighter(picture: Image.Image, _chance: Chance) -> Image.Image:
    return picture.point([min(255, int(level * 1.2)) for level in range(256)] * 3)


def _darker(picture: Image.Image, _chance: Chance) -> Image.Image:
    return picture.point([int(level * 0.8) for level in range(256)] * 3)


def _resized(picture: Image.Image, chance: Chance) -> Image.Image:
    factor = float(chance.uniform(0.5, 0.9))
    return picture.resize((int(picture.width * factor), int(picture.height * factor)))


def _cropped(picture: Image.Image, chance: Chance) -> Image.Image:
    """5 % of the width and of the height are cut away, on any side or on both."""
    width, height = picture.width * 95 // 100, picture.height * 95 // 100
    left = int(chance.integers(0, picture.width - width + 1))
    top = int(chance.integers(0, picture.height - height + 1))
    return picture.crop((left, top, left + width, top + height))


def _turned(picture: Image.Image, chance: Chance) -> Image.Image:
    """Turned by 2°; every other time as phones do it, which then zoom until no corner is empty."""
    angle = 2.0 if chance.random() < 0.5 else -2.0
    turned = picture.rotate(angle, Image.Resampling.BICUBIC)
    if chance.random() < 0.5:
        return turned
    slope = math.tan(math.radians(2))
    across, down = int(picture.height * slope / 2) + 1, int(picture.width * slope / 2) + 1
    return turned.crop((across, down, picture.width - across, picture.height - down))


def _stamped(picture: Image.Image, chance: Chance) -> Image.Image:
    """A small stamp as camera apps burn it in: day and place on a dark or light ground."""
    made = picture.copy()
    width, height = int(picture.width * 0.3), int(picture.height * 0.08)
    stamp = np.full((height, width, 3), chance.choice([20, 235]), np.float32)
    stamp[height // 4 : -height // 4][:, chance.random(width) < 0.5] = chance.choice([250, 90])
    left = chance.choice([6, picture.width - width - 6])
    top = chance.choice([6, picture.height - height - 6])
    made.paste(Image.fromarray(stamp.astype(np.uint8)), (int(left), int(top)))
    return made


#: What people and their apps do to a picture that is still the same; JPEG again in any case.
EDITS: dict[str, Edit] = {
    "re-encode": lambda picture, _chance: picture,
    "resize": _resized,
    "brighter": _brighter,
    "darker": _darker,
    "crop": _cropped,
    "turn": _turned,
    "stamp": _stamped,
}
