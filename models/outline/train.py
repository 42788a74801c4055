"""Train the outline's network: ``python models/outline/train.py [--steps N] [--smoke]``.

Small captures of the simulator's train split only; ``eval.json`` holds figures on validation ones,
and whole captures are judged by ``tests.bench.accuracy``. Other processes (``--jobs``) draw while
this one learns; what is drawn and the state of the training stay in ``--work``, so that an
interrupted run goes on; ``--start model.onnx`` begins with weights that were exported. Needs the
extras ``synth`` and ``train``; where cards lie is learned on a GPU where there is one.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import sys
import time
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import torch
from glimpses import SUBJECTS, Glimpse, path_of, read, store
from network import CELL_PX, Finder
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from views import WHOLE_SIZES, View, close, look, whole

from ktpcheck.geometry import CARD_CORNERS_MM, Float32, Float64, jaccard, mm_to_photo, transform
from ktpcheck.outline.cells import find_cards
from ktpcheck.outline.finder import CLOSE_SIZE_PX
from ktpcheck.synth.capture import SIMULATOR_VERSION
from ktpcheck.weights import enter_in_manifest

HERE: Final = Path(__file__).parent
sys.path.append(str(HERE.parent))
from folded import unfold  # noqa: E402 - the three networks begin so

SEED: Final = 11
BATCH: Final = 32
RATE: Final = 2e-3
WARM_STEPS: Final = 150
#: Share of batches that are second looks.
CLOSE_SHARE: Final = 0.45
#: The training starts with this share of the cards; the last joins at that share of the steps.
FIRST_CARDS, LAST_AT = 0.15, 0.7
#: Share of pictures of cards that are shown as in a mirror.
MIRRORED: Final = 0.05
#: How slowly the weights that are kept follow those that learn.
FOLLOW: Final = 0.998
#: From this share of the steps on batch norm is as it will be in use; from the first on where the
#: weights have been taught before, and a lower rate is enough for these.
FREEZE_AT: Final = 0.6
START_RATE: Final = 6e-4
#: Batches from which batch norm learns what weights that were exported are given.
COUNTED: Final = 24
#: How long a batch may take, seconds.
PATIENCE_S: Final = 900
#: What the parts of the loss count for.
MASK_WEIGHT, PLACE_WEIGHT, SUBJECT_WEIGHT = 1.0, 0.25, 0.25
SAVE_EVERY: Final = 250
SUBJECT_RATE: Final = 2e-3


class Task(NamedTuple):
    """What a process draws: one card's glimpses, or a row of pictures without one."""

    split: str
    number: int
    empty: bool = False


def draw_some(work: Path, tasks: list[Task], parent: int) -> None:
    """Draw one after the other, as long as the training lives."""
    for task in tasks:
        if os.getppid() != parent:
            return
        store(work, task.split, task.number, empty=task.empty)


def drawn(work: Path, task: Task) -> list[Glimpse]:
    """What is on disk, or is drawn here."""
    return read(store(work, task.split, task.number, empty=task.empty))


class Batches(Dataset[tuple[torch.Tensor, ...]]):
    """Batch ``step`` of the training: the same whoever makes it, and when."""

    def __init__(self, work: Path, steps: int, cards: int, first: int, batch: int) -> None:
        self.work, self.steps, self.cards, self.first, self.batch = work, steps, cards, first, batch
        self.held: list[list[Glimpse]] = []

    def __len__(self) -> int:
        return self.steps - self.first

    def __getitem__(self, index: int) -> tuple[torch.Tensor, ...]:
        cv2.setNumThreads(1)
        step = self.first + index
        share = FIRST_CARDS + (1 - FIRST_CARDS) * min(step / (LAST_AT * self.steps), 1.0)
        while len(self.held) < max(round(share * self.cards), 1):
            path = path_of(self.work, "train", len(self.held))
            while not path.exists():
                time.sleep(0.2)
            self.held.append(read(path))
        rng = np.random.default_rng([SEED, step])
        near, size = kind_of(rng)
        views = []
        while len(views) < self.batch:
            card = self.held[int(rng.integers(len(self.held)))]
            glimpse = card[int(rng.integers(len(card)))]
            glimpse, matrix = framed(glimpse, near, size, rng)
            shown = (
                glimpse
                if glimpse.subject == 0
                else Glimpse(glimpse.pixels, np.zeros((0, 4, 2), np.float32), glimpse.subject)
            )
            empty = [one for one in self.held[int(rng.integers(len(self.held)))] if one.subject]
            views.append(look(shown, matrix, size, rng, empty))
        return tensors(views)


def kind_of(rng: np.random.Generator) -> tuple[bool, tuple[int, int]]:
    """Whether a batch holds second looks, and the size of its views."""
    near = rng.random() < CLOSE_SHARE
    return near, CLOSE_SIZE_PX if near else WHOLE_SIZES[int(rng.integers(len(WHOLE_SIZES)))]


def framed(
    glimpse: Glimpse, near: bool, size: tuple[int, int], rng: np.random.Generator
) -> tuple[Glimpse, Float64]:
    """A glimpse, now and then as in a mirror, and the way from its pixels into a view."""
    if glimpse.subject == 0 and rng.random() < MIRRORED:
        glimpse = mirrored(glimpse)
    if near and not len(glimpse.cards):
        # Other things are looked at closely too: flattened by no one's outline.
        glimpse = with_outline(glimpse, rng)
    return glimpse, close(glimpse, rng) if near else whole(glimpse, size, rng)


def with_outline(glimpse: Glimpse, rng: np.random.Generator) -> Glimpse:
    """A picture without an e-KTP, with an outline where there might be one."""
    height, width = glimpse.pixels.shape[:2]
    long = rng.uniform(0.4, 0.95) * min(width, height * 1.585)
    box = cv2.boxPoints(
        (
            (width * rng.uniform(0.4, 0.6), height * rng.uniform(0.4, 0.6)),
            (long, long / 1.585),
            float(rng.uniform(-15, 15)),
        )
    )
    # From the lowest corner on: start with the long side on top.
    turned = np.roll(box, -1, axis=0) if box[1][1] <= box[3][1] else box
    return Glimpse(glimpse.pixels, np.asarray(turned[None], np.float32), glimpse.subject)


def mirrored(glimpse: Glimpse) -> Glimpse:
    """A mirror image is no e-KTP: its print cannot be read, and must not be taken for faint."""
    return Glimpse(
        np.ascontiguousarray(glimpse.pixels[:, ::-1]),
        np.zeros((0, 4, 2), np.float32),
        SUBJECTS.index("not_ektp"),
    )


def tensors(views: list[View]) -> tuple[torch.Tensor, ...]:
    """Pictures, targets, weights, subjects."""
    return (
        torch.from_numpy(np.stack([one.picture for one in views])),
        torch.from_numpy(np.stack([one.target for one in views])),
        torch.from_numpy(np.stack([one.weight for one in views])),
        torch.tensor([one.subject for one in views]),
    )


def loss_of(
    maps: torch.Tensor,
    names: torch.Tensor,
    target: torch.Tensor,
    weight: torch.Tensor,
    subject: torch.Tensor,
) -> torch.Tensor:
    """On a card or not; how likely the true place is under what the cell says (Laplace)."""
    on = target[:, 0]
    mask = functional.binary_cross_entropy_with_logits(maps[:, 0], on)
    both = 2 * (maps[:, 0].sigmoid() * on).sum((1, 2)) + 1
    dice = 1 - (both / (maps[:, 0].sigmoid().sum((1, 2)) + on.sum((1, 2)) + 1)).mean()
    width = maps[:, 3].clamp(-5, 2.5)
    off = (maps[:, 1:3] - target[:, 1:]).abs().sum(1)
    place = (weight * (off * torch.exp(-width) + 2 * width)).sum() / weight.sum().clamp(min=1e-6)
    return (
        MASK_WEIGHT * (mask + 0.5 * dice)
        + PLACE_WEIGHT * place
        + SUBJECT_WEIGHT * functional.cross_entropy(names, subject)
    )


class SubjectBatches(Dataset[tuple[torch.Tensor, ...]]):
    """Batches of as many pictures without as with an e-KTP, all else as often as each other."""

    def __init__(self, work: Path, steps: int, tasks: list[Task]) -> None:
        self.steps = steps
        self.shown: list[list[Glimpse]] = [[] for _ in SUBJECTS]
        for task in tasks:
            for one in drawn(work, task):
                self.shown[one.subject].append(one)

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> tuple[torch.Tensor, ...]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([SEED, 2, step])
        near, size = kind_of(rng)
        views = []
        for number in range(BATCH):
            pool = self.shown[0 if number % 2 else 1 + number // 2 % (len(SUBJECTS) - 1)]
            glimpse, matrix = framed(pool[int(rng.integers(len(pool)))], near, size, rng)
            views.append(look(glimpse, matrix, size, rng, []))
        return tensors(views)


def teach_subjects(finder: Finder, batches: SubjectBatches, jobs: int) -> None:
    """Then only what the picture shows is learned; what tells where cards lie stays as it is."""
    torch.manual_seed(SEED)
    freeze(finder)
    steps = len(batches)
    head = [*finder.subject.parameters(), *finder.names.parameters()]
    optimiser = torch.optim.AdamW(head, lr=SUBJECT_RATE, weight_decay=0.02)
    loader = DataLoader(batches, batch_size=None, num_workers=jobs)
    for step, (x, _, _, subject) in enumerate(loader):
        for group in optimiser.param_groups:
            group["lr"] = SUBJECT_RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            last = finder.encoded(x.contiguous(memory_format=torch.channels_last))
        loss = functional.cross_entropy(finder.named(last.float()), subject)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if (step + 1) % 100 == 0:
            print(f"subjects {step + 1}/{steps}: loss {float(loss.detach()):.4f}", flush=True)


def train(work: Path, steps: int, cards: int, batch: int, jobs: int, start: Path | None) -> Finder:
    """From the first step, from weights that were exported, or from where the last run stopped."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    finder = Finder().to(device, memory_format=torch.channels_last)
    # A loader that waits for so long waits for a process that is dead.
    load = partial(
        DataLoader, batch_size=None, num_workers=jobs, prefetch_factor=4, timeout=PATIENCE_S
    )
    state, first = work / "state.pt", 0
    peak, freeze_at = RATE, round(FREEZE_AT * steps)
    if start is not None and not state.exists():
        some = load(Batches(work, COUNTED, min(cards, COUNTED), 0, batch))
        unfold(finder, start, (x.to(device) for x, *_ in some))
        peak, freeze_at = START_RATE, 0
    kept = deepcopy(finder)
    groups = [
        {"params": [p for p in finder.parameters() if p.ndim > 1], "weight_decay": 0.02},
        {"params": [p for p in finder.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=peak)
    if state.exists():
        held = torch.load(state, map_location=device)
        finder.load_state_dict(held["finder"])
        kept.load_state_dict(held["kept"])
        optimiser.load_state_dict(held["optimiser"])
        first, peak, freeze_at = held["step"], held["peak"], held["freeze_at"]
    loader = load(Batches(work, steps, cards, first, batch))
    finder.train()
    if first > freeze_at:
        freeze(finder)
    total, began = 0.0, time.perf_counter()
    for step, (x, target, weight, subject) in enumerate(loader, start=first):
        if step == freeze_at:
            freeze(finder)
            kept.load_state_dict(finder.state_dict())
        rate = peak * min(1.0, (step + 1) / WARM_STEPS)
        for group in optimiser.param_groups:
            group["lr"] = rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        x = x.to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            maps, names = finder(x)
        loss = loss_of(
            maps.float(), names.float(), target.to(device), weight.to(device), subject.to(device)
        )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(finder.parameters(), 2.0)
        optimiser.step()
        since = step - freeze_at if step >= freeze_at else step
        follow(kept, finder, min(FOLLOW, (since + 1) / (since + 20)))
        total += float(loss.detach())
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            pace = (time.perf_counter() - began) / (step + 1 - first)
            mean = total / (step % SAVE_EVERY + 1)
            print(f"step {step + 1}/{steps}: loss {mean:.4f}, {pace:.2f} s a step", flush=True)
            total = 0.0
            part = state.with_suffix(".new")
            torch.save(
                {
                    "finder": finder.state_dict(),
                    "kept": kept.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step + 1,
                    "peak": peak,
                    "freeze_at": freeze_at,
                },
                part,
            )
            part.replace(state)
    return kept.to("cpu").eval()


def freeze(finder: Finder) -> None:
    """Let batch norm count no more.

    A batch holds whole photos or second looks, and is normalised by its own kind; in use both are
    normalised by what was counted over all. Places must be learned as they will be asked for.
    """
    for module in finder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()


def follow(kept: Finder, finder: Finder, share: float) -> None:
    """Let the kept weights follow; what batch norm counts is taken as it is."""
    with torch.no_grad():
        for mine, theirs in zip(kept.parameters(), finder.parameters(), strict=True):
            mine.lerp_(theirs, 1 - share)
        for mine, theirs in zip(kept.buffers(), finder.buffers(), strict=True):
            mine.copy_(theirs)


def export(finder: Finder, path: Path) -> None:
    """Write ONNX: one picture of any size that is a multiple of 32."""
    torch.onnx.export(
        finder.to(memory_format=torch.contiguous_format),
        (torch.zeros(1, 3, 192, 256),),
        str(path),
        input_names=["picture"],
        output_names=["maps", "subject"],
        dynamic_axes={
            "picture": {2: "height", 3: "width"},
            "maps": {2: "rows", 3: "columns"},
        },
        opset_version=17,
        dynamo=False,
    )


def evaluate(finder: Finder, glimpses: list[Glimpse]) -> dict[str, Any]:
    """Figures on drawn validation glimpses: other type, grounds, faces and tables.

    First looks at whole photos; then second looks from where the first put the card.
    """
    overlaps: dict[str, list[float]] = {"first": [], "second": []}
    upright, named = [], []
    for glimpse in glimpses:
        height, width = glimpse.pixels.shape[:2]
        long = 256 / max(height, width)
        size = tuple(32 * math.ceil(side * long / 32) for side in (width, height))
        matrix = whole(glimpse, (size[0], size[1]), None)
        maps, names = _answer(finder, look(glimpse, matrix, (size[0], size[1]), None, []))
        named.append(int(names.argmax()) == glimpse.subject)
        if glimpse.subject:
            continue
        corners = _main(maps, np.linalg.inv(matrix), (width, height))
        overlaps["first"].append(0.0 if corners is None else jaccard(corners, glimpse.cards[0]))
        for _ in range(2):
            if corners is None:
                break
            near = Glimpse(glimpse.pixels, corners[None], 0)
            matrix = close(near, None)
            maps, _ = _answer(finder, look(glimpse, matrix, CLOSE_SIZE_PX, None, []))
            corners = _main(maps, np.linalg.inv(matrix), (width, height))
            if corners is not None and _near(corners, near.cards[0]):
                break
        overlaps["second"].append(0.0 if corners is None else jaccard(corners, glimpse.cards[0]))
        if overlaps["second"][-1] > 0.7 and corners is not None:
            off = np.linalg.norm(corners - glimpse.cards[0], axis=1)
            upright.append(off[0] < np.linalg.norm(corners[0] - glimpse.cards[0][2]))
    figures: dict[str, Any] = {"glimpses": len(glimpses), "subject_right": float(np.mean(named))}
    for name, values in overlaps.items():
        held = np.array(values)
        figures[name] = {
            "jaccard_mean": float(held.mean()),
            **{f"jaccard_{limit}": float((held >= limit).mean()) for limit in (0.8, 0.9, 0.95)},
            "jaccard_median": float(np.median(held)),
        }
    figures["upright"] = float(np.mean(upright)) if upright else 0.0
    return figures


def _near(one: Float32, other: Float32) -> bool:
    try:
        return jaccard(one, other) > 0.9
    except ValueError:
        return False


def _answer(finder: Finder, view: View) -> tuple[Float32, Float32]:
    with torch.no_grad():
        maps, names = finder(torch.from_numpy(view.picture[None]))
    return maps[0].numpy(), names[0].numpy()


def _main(maps: Float32, to_glimpse: np.ndarray, size: tuple[int, int]) -> Float32 | None:
    """The card that shows the most near the middle."""
    cards = [transform(to_glimpse, one.corners) for one in find_cards(maps, CELL_PX)]
    middle = np.array(size) / 2
    return min(
        (corners for corners in cards if _whole_quad(corners)),
        key=lambda corners: float(np.linalg.norm(corners.mean(axis=0) - middle)),
        default=None,
    )


def _whole_quad(corners: Float32) -> bool:
    try:
        return bool(np.isfinite(transform(mm_to_photo(corners), CARD_CORNERS_MM)).all())
    except ValueError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=8600, help="of ``--batch`` views each")
    parser.add_argument("--cards", type=int, default=600, help="drawn, six shots each")
    parser.add_argument("--batch", type=int, default=BATCH, help="views to a step")
    parser.add_argument(
        "--jobs", type=int, default=1, help="processes that draw, and as many that show"
    )
    parser.add_argument("--start", type=Path, help="model.onnx to begin with")
    parser.add_argument("--work", type=Path, default=Path("out/outline"), help="to go on from")
    parser.add_argument("--smoke", action="store_true", help="two tiny steps; replaces nothing")
    options = parser.parse_args()
    steps, cards, batch, judged = options.steps, options.cards, options.batch, 50
    subject_steps, rows = 900, 60
    work = options.work
    if options.smoke:
        steps, cards, batch, judged, work = 2, 2, 4, 1, options.work / "smoke"
        subject_steps, rows = 1, 1
    work.mkdir(parents=True, exist_ok=True)
    shown = [Task("train", card) for card in range(cards)]
    without = [Task("train", row, empty=True) for row in range(rows)]
    judging = [Task("validation", card) for card in range(judged)]
    judging += [Task("validation", row, empty=True) for row in range(-(-judged // 8))]
    every = [*shown, *without, *judging]
    drawers = [
        multiprocessing.get_context("spawn").Process(
            target=draw_some, args=(work, every[job :: options.jobs], os.getpid()), daemon=True
        )
        for job in range(options.jobs)
    ]
    for one in drawers:
        one.start()
    finder = train(work, steps, cards, batch, options.jobs, options.start)
    for one in drawers:
        one.join()
    batches = SubjectBatches(work, subject_steps, [*without, *shown])
    teach_subjects(finder, batches, options.jobs)
    finder.eval()
    target = work / "model.onnx" if options.smoke else HERE / "model.onnx"
    export(finder, target)
    validation = [one for task in judging for one in drawn(work, task)]
    figures = {
        "steps": steps,
        "views": steps * batch,
        "cards": cards,
        "simulator": SIMULATOR_VERSION,
        "parameters": sum(p.numel() for p in finder.parameters()),
        "validation": evaluate(finder, validation),
    }
    print(json.dumps(figures, indent=1))
    if not options.smoke:
        (HERE / "eval.json").write_text(json.dumps(figures, indent=1) + "\n")
        enter_in_manifest("outline", target)
    (work / "state.pt").unlink()  # the next run begins anew


if __name__ == "__main__":
    main()
