"""Makes clips to try the methods on video with: a round part of one photograph moves over another, before a camera that moves, too.

    python3 docs/methods/make_clips.py FOREGROUNDS BACKGROUNDS OUT [CLIPS [FRAMES]]        (Debian: apt-get install python3-pil python3-numpy)

Folders of images at any depth. OUT receives a folder of FRAMES (12) JPEG files of 64 px for each of CLIPS (200) clips. The same each time.
"""
import pathlib
import sys

import numpy as np
from PIL import Image

SIDE, SPRITE, ROOM = 64, 22, 24  # of a frame, of what moves, and pixels that the background is larger


def images(folder):
    return sorted(path for path in pathlib.Path(folder).rglob("*") if path.suffix.lower() in (".png", ".jpg", ".jpeg"))


def picture(path, side):
    return np.asarray(Image.open(path).convert("RGB").resize((side, side), Image.BICUBIC), dtype=np.float32)


def ways(random, frames, room, least):
    """A straight way through a square of so many pixels, at one speed and with slight turns."""
    step = random.uniform(least, room / frames) * np.array([np.cos(a := random.uniform(0, 2 * np.pi)), np.sin(a)])
    way = np.cumsum(np.tile(step, (frames, 1)) + random.normal(0, 0.3, (frames, 2)), axis=0)
    low, high = way.min(0), way.max(0)
    return np.clip(np.round(way - low + random.uniform(0, 1, 2) * np.maximum(0, room - (high - low))), 0, room).astype(int)


def main(foregrounds, backgrounds, out, clips=200, frames=12):
    foregrounds, backgrounds, random = images(foregrounds), images(backgrounds), np.random.default_rng(0)
    y, x = np.mgrid[:SPRITE, :SPRITE] - (SPRITE - 1) / 2
    mask = np.clip(SPRITE / 2 - np.hypot(y, x), 0, 1)[..., None]
    for clip in range(int(clips)):
        scene = picture(backgrounds[random.integers(len(backgrounds))], SIDE + ROOM)
        sprite = picture(foregrounds[random.integers(len(foregrounds))], SPRITE)
        camera, thing = ways(random, int(frames), ROOM, 0), ways(random, int(frames), SIDE - SPRITE, 2)
        folder = pathlib.Path(out) / f"clip-{clip:04}"
        folder.mkdir(parents=True, exist_ok=True)
        for t in range(int(frames)):
            (top, left), (down, right) = camera[t], thing[t]
            frame = scene[top:top + SIDE, left:left + SIDE].copy()
            part = frame[down:down + SPRITE, right:right + SPRITE]
            part[:] = mask * sprite + (1 - mask) * part
            Image.fromarray(np.clip(frame, 0, 255).astype(np.uint8)).save(folder / f"{t + 1}.jpg", quality=92)


if __name__ == "__main__":
    main(*sys.argv[1:])
