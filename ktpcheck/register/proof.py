"""Is this the data side of an e-KTP? What its rows say, against what they could say by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from ktpcheck.geometry import Float32, Float64
from ktpcheck.layout import ROW_LABELS, Layout
from ktpcheck.register.print import word
from ktpcheck.register.words import Face, Found, View

#: Every label is compared over the same length, so that all compete on equal terms.
_HEAD_MM: Final = 8.5
_REACH_MM: Final = 0.4
#: Rows this clear, and so many of them, show how print comes out in this photo. A row that
#: correlates this much less and is as dark holds another word: evidence against.
_LEGIBLE: Final = 0.65
_FEW: Final = 4
_FOREIGN: Final = 0.62
_AS_DARK: Final = 0.6
_FOREIGN_EVIDENCE: Final = -2.5
_CRISP: Final = 0.78
#: Labels that stand apart from the rows, in places of their own.
APART: Final = ("golongan_darah", "provinsi")
#: What a label that cannot be looked for is taken to correlate, and the most any one counts: pure
#: stripes make it 1.
_UNSEEN: Final = 0.3
_MOST: Final = 0.85
#: What tells an e-KTP, in the order of the weights.
FEATURES: Final = ("against", "for", "rows", *APART, "spread")
#: Weight of each, and the constant: a logistic regression. Made by ``python -m tests.bench.proof``.
_WEIGHTS: Final = (0.3969, 0.249, -0.3754, 2.921, 0.5642, -3.03)
_CONSTANT: Final = -2.538
#: How decisive a difference in correlation is.
_SHARPNESS: Final = 14.0


def row_evidence(
    view: View, layout: Layout, face: Face, found: Mapping[str, Found]
) -> Mapping[str, float]:
    """How much better each row's own label fits than the other rows' labels do.

    Parameters
    ----------
    view : View
    layout : Layout
    face : Face
    found : mapping of str to Found
        Where each row's label was found.

    Returns
    -------
    mapping of str to float
        Log likelihood ratio against an arbitrary label, ``log 12`` at most.
    """
    evidence: dict[str, float] = {}
    own_best: dict[str, float] = {}
    darkness: dict[str, float] = {}
    heads = {
        key: word(key, face.weight, layout.cap_height, face.stretch, view.px_per_mm)
        for key in ROW_LABELS
    }
    columns = round(_HEAD_MM * view.px_per_mm)
    reach = max(round(_REACH_MM * view.px_per_mm), 1)
    cut_heads: dict[int, Float32] = {}
    for key, head in heads.items():
        if key not in found:
            continue
        where = found[key]
        cut = round(where.cut_mm * view.px_per_mm)
        if cut not in cut_heads:
            cut_heads[cut] = _heads([one.ink for one in heads.values()], cut, columns)
        c0 = round((where.x - view.x0) * view.px_per_mm) + cut - reach
        r0 = round((where.y - view.y0) * view.px_per_mm - head.baseline_px) - reach
        rows = head.ink.shape[0] + 2 * reach
        patch = view.ink[max(r0, 0) : r0 + rows, max(c0, 0) : c0 + columns + 2 * reach]
        if r0 < 0 or c0 < 0 or patch.shape != (rows, columns + 2 * reach):
            continue
        scores = _best_correlations(patch, cut_heads[cut])
        own = list(ROW_LABELS).index(key)
        likely: Float64 = np.exp(_SHARPNESS * (scores - scores.max()))
        # One in fifty rows may be covered by anything.
        share = 0.98 * float(likely[own] / likely.sum()) + 0.02 / len(scores)
        evidence[key] = float(np.log(share * len(scores)))
        own_best[key] = float(scores[own])
        darkness[key] = float(patch[:, : max(head.ink.shape[1] - cut, 4)].mean())
    heard = [key for key, one in own_best.items() if one >= _LEGIBLE]
    if len(heard) >= _FEW:
        usual = float(np.median([own_best[key] for key in heard]))
        usual = usual if usual > _CRISP else 0.0
        dark = float(np.median([darkness[key] for key in heard]))
        for key, one in own_best.items():
            # Print as dark as elsewhere that reads as no label of an e-KTP at all.
            if one < _FOREIGN * usual and darkness[key] > _AS_DARK * dark:
                evidence[key] = min(evidence[key], _FOREIGN_EVIDENCE)
    return evidence


def _best_correlations(patch: Float32, heads: Float32) -> Float64:
    """Best normalised correlation of each of (K, h, w) ``_heads`` anywhere in a patch, (K,)."""
    count, height, width = heads.shape
    windows = np.lib.stride_tricks.sliding_window_view(patch, (height, width))
    flat = windows.reshape(-1, height * width)
    flat = flat - flat.mean(axis=1, keepdims=True)
    scale = np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-3)
    return np.asarray(((flat @ heads.reshape(count, -1).T) / scale).max(axis=0), np.float64)


def _heads(inks: Sequence[Float32], start: int, columns: int) -> Float32:
    """Columns of templates from ``start`` on, paper beyond their ends; (K, h, columns).

    Each of mean nothing and of norm one.
    """
    stacked = np.zeros((len(inks), inks[0].shape[0], columns), np.float32)
    for window, ink in zip(stacked, inks, strict=True):
        part = ink[:, start : start + columns]
        window[:, : part.shape[1]] = part
    stacked -= stacked.mean(axis=(1, 2), keepdims=True)
    norms = np.sqrt((stacked**2).sum(axis=(1, 2), keepdims=True))
    return np.asarray(stacked / np.maximum(norms, 1e-6), np.float32)


def features(
    correlations: Mapping[str, float], evidence: Mapping[str, float], spread_mm: float
) -> Float64:
    """What tells that this is an e-KTP's data side.

    A row that says something else speaks against it, one that is worn or hidden says nothing.

    Parameters
    ----------
    correlations : mapping of str to float
        Label key to correlation, -1..1.
    evidence : mapping of str to float
        From ``row_evidence``.
    spread_mm : float
        How far off the network's places are.

    Returns
    -------
    (6,) float64
        In the order of ``FEATURES``.
    """
    heard = {key: min(max(one, 0.0), _MOST) for key, one in correlations.items()}
    rows = [heard[key] for key in ROW_LABELS if key in heard]
    return np.array(
        [
            sum(min(one, 0.0) for one in evidence.values()),
            sum(max(one, 0.0) for one in evidence.values()),
            float(np.mean(rows)) if rows else _UNSEEN,
            *(heard.get(key, _UNSEEN) for key in APART),
            np.log(max(spread_mm, 0.05)),
        ]
    )


def score(told: Float64) -> float:
    """Probability that this is an e-KTP's data side, 0..1."""
    logit = float(told @ np.array(_WEIGHTS) + _CONSTANT)
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -50.0, 50.0))))
