"""What lies on the table beside the card: other cards, receipts, pages."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Float32, Float64, UInt8
from ktpcheck.synth.flat import FLAT_THINGS, Flat, Writer
from ktpcheck.synth.pose import Pose
from ktpcheck.synth.type import CARD_PX_PER_MM

#: How often a thing is a card of the same format, which is what is mistaken for ours.
_CARDS: Final = ("bank_card", "other_id_card", "wrong_side")
_PAPERS: Final = ("receipt", "text_page")
_CARD_CHANCE: Final = 0.7


def strew(table: UInt8, pose: Pose, split: str, rng: np.random.Generator) -> UInt8:
    """Lay one to three flat things beside and partly under the card, on the card's own plane.

    Parameters
    ----------
    table : (H, W, 3) uint8
        Changed in place.
    pose : Pose
        Of the card that is photographed.
    split : str
    rng : numpy.random.Generator

    Returns
    -------
    (H, W, 3) uint8
    """
    for _ in range(int(rng.integers(1, 4))):
        kinds = _CARDS if rng.random() < _CARD_CHANCE else _PAPERS
        thing = FLAT_THINGS[kinds[int(rng.integers(len(kinds)))]](Writer(rng, split))
        # On this side of the card, from touching it or reaching under it to well beside it.
        around = rng.uniform(0, 2 * np.pi)
        reach = rng.uniform(0.75, 1.25)
        middle = np.array([CARD_WIDTH_MM, CARD_HEIGHT_MM]) / 2 + reach * np.array(
            [CARD_WIDTH_MM * np.cos(around), CARD_HEIGHT_MM * np.sin(around)]
        )
        turn = float(rng.normal(0, 25)) if rng.random() < 0.7 else float(rng.uniform(0, 360))
        _put(table, thing, pose.to_photo @ _place(thing, middle, turn))
    return table


def _place(thing: Flat, middle_mm: Float64, turn_deg: float) -> Float64:
    """From the sheet's pixels to the card's millimetres."""
    height, width = thing.alpha.shape
    turn, scale = np.deg2rad(turn_deg), 1 / CARD_PX_PER_MM
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * scale
    matrix = np.eye(3)
    matrix[:2, :2] = rotate
    matrix[:2, 2] = middle_mm - rotate @ np.array([width / 2, height / 2])
    return matrix


def _put(table: UInt8, thing: Flat, to_photo: Float64) -> None:
    """Draw it, and the soft shade it throws on what it lies on."""
    height, width = thing.alpha.shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    at = corners @ to_photo.T
    if (at[:, 2] <= 0).any():
        return
    at = at[:, :2] / at[:, 2:]
    pad = 12
    frame = np.array(table.shape[1::-1])
    x0, y0 = np.clip(np.floor(at.min(axis=0)) - pad, 0, frame).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(at.max(axis=0)) + pad, 0, frame).astype(int).tolist()
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    span = float(np.linalg.norm(at[1] - at[0]))
    source: Float32 = np.dstack([thing.sheet * thing.alpha[..., None], thing.alpha])
    if width / span > 1.2:
        small = (max(round(span), 1), max(round(height * span / width), 1))
        source = np.asarray(cv2.resize(source, small, interpolation=cv2.INTER_AREA), np.float32)
        to_photo = to_photo @ np.diag([width / small[0], height / small[1], 1.0])
    to_window = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]], np.float64) @ to_photo
    seen = cv2.warpPerspective(source, to_window, (x1 - x0, y1 - y0))
    part = table[y0:y1, x0:x1]
    shade = cv2.GaussianBlur(np.roll(seen[..., 3], 3, axis=0), (0, 0), 3.5)
    lit = part * (1 - 0.4 * shade[..., None]) * (1 - seen[..., 3:]) + seen[..., :3]
    part[:] = np.clip(lit, 0, 255).astype(np.uint8)
