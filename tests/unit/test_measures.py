"""The measures one by one, on a plain drawn card."""

from __future__ import annotations

import ast
from pathlib import Path

import cv2
import numpy as np
import pytest

import ktpcheck.measures
from ktpcheck.defects import find_defects
from ktpcheck.fields import FIELDS
from ktpcheck.geometry import PX_PER_MM, Box, UInt8
from ktpcheck.measures import MEASURES, PROBABILITY, Seen, measure
from ktpcheck.measures.pools import least, mean, median, percentile, pooled, worst
from ktpcheck.measures.views import view_of
from ktpcheck.records import Measure, Photo
from ktpcheck.rectify import rectify
from tests.unit.drawn_card import FAULTS, pixels, placement, regions, scene, seen

ROWS, COLUMNS = np.mgrid[0:864, 0:1370]
X_MM, Y_MM = COLUMNS / PX_PER_MM, ROWS / PX_PER_MM


def measured(card_pixels: UInt8, said: Seen | None = None) -> dict[str, Measure]:
    photo, card = scene(card_pixels)
    return measure(photo, card, regions(), said or seen())


def named(card_pixels: UInt8, said: Seen | None = None) -> dict[str, float]:
    _, card = scene(card_pixels)
    run = measured(card_pixels, said)
    return {one.id: one.severity for one in find_defects(card, run, {}) if one.severity >= 0.5}


@pytest.mark.parametrize("q", [0, 4, 20, 50, 96, 100])
def test_percentile_is_numpys(q: float) -> None:
    values = np.random.default_rng(1).normal(size=37).astype(np.float32)
    assert percentile(q)(values) == pytest.approx(float(np.percentile(values, q)), abs=1e-6)


def test_pools() -> None:
    plane = np.array([[1, np.nan, 3], [np.nan, np.nan, 8]], np.float32)
    everything = [(slice(0, 2), slice(0, 3))]
    assert pooled(plane, everything, mean) == 4
    assert pooled(plane, everything, median) == 3
    assert pooled(plane, everything, worst) == 8
    assert pooled(plane, everything, least) == 1
    assert np.isnan(pooled(plane, [(slice(0, 2), slice(1, 2))], worst))
    assert np.isnan(pooled(plane, [], mean))


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_every_measure_has_a_map_a_unit_and_every_region(name: str) -> None:
    one = measured(pixels())[name]
    assert one.name == name
    assert one.unit == MEASURES[name].unit != ""
    assert one.map.dtype == np.float32
    assert one.map.ndim == 2
    assert set(one.regions) == {*FIELDS, "portrait", "card"}
    assert MEASURES[name].what


def test_fields_that_were_not_read_are_pooled_where_they_are_placed() -> None:
    photo, card = scene(pixels())
    all_given = measure(photo, card, regions(), seen())
    none_given = measure(photo, card, {}, seen())
    for name, one in all_given.items():
        for key, value in one.regions.items():
            assert none_given[name].regions[key] == pytest.approx(value, nan_ok=True), (name, key)


def test_what_is_drawn_once_is_shared() -> None:
    photo, card = scene(pixels())
    view = view_of(photo, card, regions(), seen())
    assert view.once(ktpcheck.measures.table.glare.glare) is view.once(
        ktpcheck.measures.table.glare.glare
    )


def test_a_good_card_has_no_grave_defect() -> None:
    assert named(pixels()) == {}


def test_every_fault_has_a_map_as_the_network_sees_it() -> None:
    shown = {row.name for row in MEASURES.values() if row.unit == PROBABILITY}
    assert len(shown) == len(FAULTS)
    for fault in FAULTS:
        run = measured(pixels(), seen(**{fault: placement().lines["alamat"][0]}))
        loud = [name for name in shown if run[name].regions["card"] == 1.0]
        assert len(loud) == 1
        assert run[loud[0]].regions["alamat"] == 1.0
        assert run[loud[0]].regions["provinsi"] == run[loud[0]].regions["portrait"] == 0.0
        assert all(run[name].regions["card"] == 0.0 for name in shown - set(loud))


def test_a_speck_of_the_networks_map_makes_no_fault() -> None:
    box = placement().lines["alamat"][0]
    speck = Box(box.x0 + 5.0, box.y0 + 0.4, box.x0 + 5.5, box.y0 + 0.8)
    assert measured(pixels(), seen(scratch=speck))["scratch_seen"].regions["alamat"] == 0.0


def test_eight_square_millimetres_in_a_field_make_a_scratch() -> None:
    box = placement().lines["alamat"][0]
    for count, told in ((7, 0.0), (8, 1.0)):
        plane = np.zeros((52, 84), np.float32)
        plane[box.slices(plane.shape)].flat[:count] = 1.0
        maps = Seen({**seen().maps, "scratch": plane})
        assert measured(pixels(), maps)["scratch_seen"].regions["alamat"] == told


def test_a_shadow_is_no_glare() -> None:
    shade = 1 - 0.8 / (1 + np.exp((X_MM - 30) / 1.0))
    light = (pixels() / 255.0) ** 2.2 * shade[..., None]
    picture = (light ** (1 / 2.2) * 255).astype(np.uint8)
    run = measured(picture)
    assert run["shadow"].regions["nama"] > 0.6
    assert run["glare"].regions["nik"] < 0.08
    assert set(named(picture, seen(shadow=Box(0, 0, 30, 54)))) == {"shadow"}


@pytest.mark.parametrize(("quality", "gain"), [(30, 1.0), (15, 1.0), (8, 1.0), (4, 1.0), (4, 1.12)])
def test_the_step_of_jpeg_is_read_back(quality: int, gain: float) -> None:
    # Brighter, the blank's blue is clipped: what is decoded is no longer multiples of the step.
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 4, pixels().shape)
    noisy = np.clip(gain * pixels() + noise, 0, 255).astype(np.uint8)
    photo, card = scene(noisy)
    ok, data = cv2.imencode(".jpg", photo.pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert ok
    again = np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
    shot = Photo(again, "jpeg", None, "", "JPEG")
    run = measure(shot, rectify(shot, card.outline, placement()), regions(), seen())
    # Luma table of the standard (Annex K), its seven lowest frequencies, scaled as libjpeg does.
    scale = 5000 / quality / 100
    true_step = np.median([max(round(step * scale), 1) for step in (11, 12, 12, 10, 14, 14, 13)])
    assert run["quantisation"].regions["card"] == pytest.approx(true_step, rel=0.25)
    plain = measured(noisy)["quantisation"].regions["card"]
    assert plain < 8


def test_a_screens_grid_stands_out_of_the_spectrum() -> None:
    photo, card = scene(pixels())
    rows, columns = np.mgrid[0 : photo.height_px, 0 : photo.width_px]
    grid = 1 + 0.15 * np.sin(columns * 2 * np.pi / 2.6 + rows * 0.2)
    shot = Photo(
        np.clip(photo.pixels * grid[..., None], 0, 255).astype(np.uint8), "s", None, "", "PNG"
    )
    run = measure(shot, rectify(shot, card.outline, placement()), regions(), seen())
    assert run["screen_grid"].regions["card"] > 25
    assert measured(pixels())["screen_grid"].regions["card"] < 18


def test_one_file_is_one_quantity_and_knows_no_other_room() -> None:
    allowed = {"geometry", "records", "layout", "fields", "measures"}
    # The network alone is loaded from a file.
    also = {"network.py": {"weights"}}
    for path in Path(ktpcheck.measures.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ktpcheck."):
                assert (node.module or "").split(".")[1] in (
                    allowed | also.get(path.name, set())
                ), path.name
