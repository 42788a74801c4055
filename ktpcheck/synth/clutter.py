"""What lies on the table beside the card: other cards, receipts, pages, other people's e-KTPs."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Float32, Float64, UInt8
from ktpcheck.synth.card import draw_card
from ktpcheck.synth.flat import FLAT_THINGS, Flat, Writer
from ktpcheck.synth.pose import Pose
from ktpcheck.synth.type import CARD_PX_PER_MM

#: How often a thing is a card of the same format, which is what is mistaken for ours.
_CARDS: Final = ("bank_card", "other_id_card", "wrong_side")
_PAPERS: Final = ("receipt", "text_page")
_CARD_CHANCE: Final = 0.7

#: How often a place is sought for another e-KTP, and the share of it that the picture has to show.
_TRIES: Final = 24
_LEAST_SHOWN: Final = 0.35


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
        put(table, thing, pose.to_photo @ place_on(thing, middle, turn))
    return table


def lay_cards(
    table: UInt8, pose: Pose, split: str, rng: np.random.Generator
) -> tuple[Float32, ...]:
    """Lay one or two other people's e-KTPs beside the card, farther from the picture's middle.

    Parameters
    ----------
    table : (H, W, 3) uint8
        Changed in place.
    pose : Pose
        Of the card that is photographed: it stays the most central and shows the most.
    split : str
    rng : numpy.random.Generator

    Returns
    -------
    tuple of (4, 2) float32
        Their outlines in the picture, clockwise from the printed top-left; none where the picture
        has no room for another.
    """
    frame = np.array(table.shape[1::-1], np.float32)
    laid = [pose.corners_px]
    most, near = _in_frame(laid[0], frame), _off_middle(laid[0], frame)
    for _ in range(int(rng.integers(1, 3))):
        card = draw_card(int(rng.integers(1 << 31)), split)
        thing = Flat(np.clip(card.printed(), 0, 255), card.alpha, (1.0, 1.0))
        height, width = thing.alpha.shape
        edges = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
        for _ in range(_TRIES):
            side, gap = int(rng.integers(4)), float(rng.uniform(2, 22))
            turn = float(rng.normal(0, 9)) + (180.0 if rng.random() < 0.08 else 0.0)
            aside = float(rng.normal(0, 12))
            reach = (CARD_WIDTH_MM if side % 2 == 0 else CARD_HEIGHT_MM) + gap
            away = reach * np.array([(1, 0), (0, 1), (-1, 0), (0, -1)][side])
            middle = np.array([CARD_WIDTH_MM, CARD_HEIGHT_MM]) / 2 + away
            middle[1 - side % 2] += aside
            to_photo = pose.to_photo @ place_on(thing, middle, turn)
            at = edges @ to_photo.T
            if (at[:, 2] <= 0).any():
                continue
            corners = np.asarray(at[:, :2] / at[:, 2:], np.float32)
            shown = _in_frame(corners, frame)
            if (
                _LEAST_SHOWN * cv2.contourArea(corners) <= shown <= most
                and _off_middle(corners, frame) > 1.3 * near
                and not any(cv2.intersectConvexConvex(corners, other)[0] > 0 for other in laid)
            ):
                put(table, thing, to_photo)
                laid.append(corners)
                break
    return tuple(laid[1:])


def _in_frame(corners_px: Float32, frame: Float32) -> float:
    """Area of an outline inside the picture."""
    edge = np.array([[0, 0], [frame[0], 0], frame, [0, frame[1]]], np.float32)
    return float(cv2.intersectConvexConvex(corners_px, edge)[0])


def _off_middle(corners_px: Float32, frame: Float32) -> float:
    return float(np.linalg.norm(corners_px.mean(axis=0) - frame / 2))


def place_on(
    thing: Flat, middle_mm: Float64, turn_deg: float, px_per_mm: float = CARD_PX_PER_MM
) -> Float64:
    """From the sheet's pixels to the card's millimetres, its middle at ``middle_mm``."""
    height, width = thing.alpha.shape
    turn, scale = np.deg2rad(turn_deg), 1 / px_per_mm
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * scale
    matrix = np.eye(3)
    matrix[:2, :2] = rotate
    matrix[:2, 2] = middle_mm - rotate @ np.array([width / 2, height / 2])
    return matrix


def put(table: UInt8, thing: Flat, to_photo: Float64) -> None:
    """Draw it, and the soft shade it throws on what it lies on; ``table`` is changed in place."""
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
    below = np.zeros_like(seen[..., 3])
    below[3:] = seen[:-3, :, 3]
    shade = cv2.GaussianBlur(below, (0, 0), 3.5)
    lit = part * (1 - 0.4 * shade[..., None]) * (1 - seen[..., 3:]) + seen[..., :3]
    part[:] = np.clip(lit, 0, 255).astype(np.uint8)
