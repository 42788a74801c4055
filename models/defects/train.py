"""Train the network: ``python models/defects/train.py [--chunks N] [--epochs N] [--smoke]``.

Captures of the simulator's train split, drawn once and kept in ``--work``, then seen again and
again in other light and with further faults (``augment``), other processes (``--jobs``) drawing
and this one learning; validation captures are what ``eval.json`` holds figures on. An interrupted
run goes on; ``--start model.onnx`` begins with weights that were exported. Needs the extras
``synth``, ``train``; runs on a GPU where there is one.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any, Final

import captures
import cv2
import numpy as np
import onnx
import torch
from augment import varied
from network import CHANNELS, MAPS, Faults
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, Subset

from ktpcheck.measures.network import SHAPE
from ktpcheck.synth.capture import SIMULATOR_VERSION
from ktpcheck.weights import enter_in_manifest

HERE: Final = Path(__file__).parent
sys.path.append(str(HERE.parent))
from folded import unfold  # noqa: E402 - the three networks begin so

SEED: Final = 11
BATCH: Final = 16
RATE: Final = 2e-3
#: Of weights that have been taught before.
START_RATE: Final = RATE / 2
#: Batches from which batch norm learns what weights that were exported are given.
COUNTED: Final = 12
CARDS_A_CHUNK: Final = captures.CARDS

#: Severity that is nothing to speak of, and from which a fault surely spoils what it lies on.
NOTHING, SURELY = 0.15, 0.45
#: Share of a cell from which the fault is there, and under which it may be or not.
THERE, HARDLY = 0.2, 0.05
#: Faults of fewer cells than this weigh as if they had that many.
EVEN_CELLS: Final = 600
#: Fine faults, which the network learns last, weigh more.
FINE: Final = np.array(
    [{"scratch": 2.0, "laminate_bubble": 2.0, "text_missing": 2.0}.get(name, 1.0) for name in MAPS],
    np.float32,
)[:, None, None]
#: Close beside a scratch there is none, and that counts: or the network would smear what it sees.
SCRATCH: Final = MAPS.index("scratch")
BESIDE: Final = 0.7
BESIDE_REACH: Final = np.ones((5, 5), np.uint8)
#: Cells of a map that together say whether its fault is on the card.
FEW: Final = 4
#: Faults that hide others and are never hidden themselves.
OPAQUE: Final = [MAPS.index(name) for name in ("occluded", "broken", "hole_punch")]

Array = np.ndarray[Any, Any]
Truth = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class Samples:
    """All captures of some chunks, in memory."""

    def __init__(self, paths: list[Path]) -> None:
        held = []
        for path in paths:
            with np.load(path) as chunk:
                held.append({name: chunk[name] for name in chunk.files})
        for name in ("x", "maps", "severity", "open", "boxes"):
            setattr(self, name, np.concatenate([chunk[name] for chunk in held]))
        for x, maps in zip(self.x, self.maps, strict=True):
            captures.without_unseen(x, maps)

    x: Array
    maps: Array
    severity: Array
    open: Array
    boxes: Array

    def __len__(self) -> int:
        return len(self.x)

    def batch(self, which: Array, rng: np.random.Generator | None) -> tuple[torch.Tensor, Truth]:
        """Pictures (n, 5, *SHAPE) uint8 and truth; in other light where a generator is given."""
        rows = [(self.x[at], self.maps[at], self.severity[at], self.open[at]) for at in which]
        if rng is not None:
            rows = [varied(*row, self.boxes[at], rng) for row, at in zip(rows, which, strict=True)]
        x, maps, severity, hidden = (np.stack(part) for part in zip(*rows, strict=True))
        return torch.from_numpy(x), truth_of(x, maps, severity, hidden)


class Sights(Dataset[tuple[torch.Tensor, Truth]]):
    """The batches of one epoch, each sample in another light: drawn beside the learning."""

    def __init__(self, samples: Samples, epoch: int, batch: int) -> None:
        self._samples = samples
        self._epoch = epoch
        self._batch = batch
        self._order = np.random.default_rng([SEED, epoch]).permutation(len(samples))

    def __len__(self) -> int:
        return max(len(self._samples) // self._batch, 1)

    def __getitem__(self, step: int) -> tuple[torch.Tensor, Truth]:
        rng = np.random.default_rng([SEED, self._epoch, step])
        which = self._order[step * self._batch : (step + 1) * self._batch]
        return self._samples.batch(which, rng)


def _on_one_core(worker: int) -> None:  # noqa: ARG001 - as the loader calls it
    cv2.setNumThreads(1)  # the other cores have work of their own


def harm(severity: Array) -> Array:
    """How surely a fault of this severity spoils what it lies on, 0..1."""
    return np.clip((severity - NOTHING) / (SURELY - NOTHING), 0, 1).astype(np.float32)


def truth_of(x: Array, maps: Array, severity: Array, hidden: Array) -> Truth:
    """Target and weight of every cell, target of every map as a whole."""
    share = maps.astype(np.float32) / 255
    much = harm(severity)
    cells = np.clip(share / THERE, 0, 1) * much[:, :, None, None]
    # A hole has six cells and a shadow half of the card: each is to be learned.
    area = cells.sum(axis=(2, 3), keepdims=True)
    boost = 3 * np.clip(EVEN_CELLS / np.maximum(area, 1), 0.5, 30)
    weight = np.where((share > 0) & (share < HARDLY), 0, 1 + FINE * boost * cells).astype(
        np.float32
    )
    for at in np.flatnonzero(much[:, SCRATCH]):
        lines = cells[at, SCRATCH]
        beside = cv2.dilate(lines, BESIDE_REACH) * (share[at, SCRATCH] == 0)
        weight[at, SCRATCH] += BESIDE * boost[at, SCRATCH] * beside
    inside = np.stack([cv2.resize(one[4], maps.shape[:1:-1]) for one in x]) > 128
    seen = np.repeat((inside & ~hidden)[:, None], len(MAPS), axis=1)
    seen[:, OPAQUE] = inside[:, None]
    weight *= seen
    there = (cells * seen).reshape(*much.shape, -1).max(axis=2)
    return torch.from_numpy(cells), torch.from_numpy(weight), torch.from_numpy(there)


def surest(maps: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """The logit that the strongest cells of every map have, where there is anything to see."""
    shown = torch.where(weight > 0, maps, torch.full_like(maps, -12.0))
    return shown.flatten(2).topk(FEW, dim=2).values.mean(dim=2)


def loss_of(maps: torch.Tensor, truth: Truth) -> torch.Tensor:
    """Every cell, and the strongest cells of every map together."""
    cells, weight, there = truth
    local = functional.binary_cross_entropy_with_logits(maps, cells, weight)
    asked = functional.binary_cross_entropy_with_logits(surest(maps, weight), there)
    return 10 * local + asked


def _shown(x: torch.Tensor) -> torch.Tensor:
    """Levels 0..255 as the network takes them."""
    return (x.float() / 255).contiguous(memory_format=torch.channels_last)


def rate_at(epoch: float, epochs: int, peak: float) -> float:
    """Cosine from ``peak`` down."""
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(epoch / epochs, 1))))


def train(
    samples: Samples, epochs: int, state: Path, start: Path | None, batch: int, jobs: int
) -> Faults:
    """From the first epoch, or from where the last run stopped.

    Parameters
    ----------
    samples : Samples
    epochs : int
    state : Path
        Where every epoch is kept.
    start : Path or None
        Exported weights to begin with; half the rate is enough for these.
    batch : int
        Sights to a step.
    jobs : int
        Processes that draw them.
    """
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = Faults().to(device, memory_format=torch.channels_last)
    load = partial(
        DataLoader,
        batch_size=None,
        num_workers=jobs,
        worker_init_fn=_on_one_core,
        prefetch_factor=4,
    )
    first, peak = 0, RATE
    if start is not None and not state.exists():
        sights = Sights(samples, epochs, batch)  # as no epoch has them
        some = load(Subset(sights, range(min(COUNTED, len(sights)))))
        unfold(network, start, (_shown(x.to(device)) for x, _ in some))
        peak = START_RATE
    network.train()
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": weights, "weight_decay": 0.03}, {"params": others, "weight_decay": 0.0}],
        lr=peak,
    )
    steps = len(Sights(samples, 0, batch))
    if state.exists():
        held = torch.load(state, map_location=device)
        network.load_state_dict(held["network"])
        optimiser.load_state_dict(held["optimiser"])
        first, peak = held["epoch"], held["peak"]
    for epoch in range(first, epochs):
        total = 0.0
        for step, (x, truth) in enumerate(load(Sights(samples, epoch, batch))):
            rate = rate_at(epoch + step / steps, epochs, peak) * min(
                1.0, (epoch * steps + step + 1) / 100
            )
            for group in optimiser.param_groups:
                group["lr"] = rate
            with torch.autocast(device.type, torch.bfloat16):
                maps = network(_shown(x.to(device)))
            cells, weight, there = (part.to(device) for part in truth)
            loss = loss_of(maps.float(), (cells, weight, there))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimiser.step()
            total += float(loss.detach())
        print(f"epoch {epoch + 1}/{epochs}: loss {total / steps:.4f}", flush=True)
        held = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save({**held, "epoch": epoch + 1, "peak": peak}, state.with_suffix(".new"))
        state.with_suffix(".new").replace(state)
    return network.to("cpu").eval()


def export(network: Faults, path: Path) -> None:
    """Write ONNX with probabilities as output, and the names of the maps in its metadata."""
    model = (
        torch.nn.Sequential(network, torch.nn.Sigmoid())
        .eval()
        .to(memory_format=torch.contiguous_format)
    )
    torch.onnx.export(
        model,
        (torch.zeros(1, CHANNELS, *SHAPE),),
        str(path),
        input_names=["card"],
        output_names=["maps"],
        opset_version=17,
        dynamo=False,
    )
    held = onnx.load(str(path))
    entry = held.metadata_props.add()
    entry.key, entry.value = "maps", ",".join(MAPS)
    onnx.save(held, str(path))


def evaluate(network: Faults, samples: Samples, limit: float = 0.5) -> dict[str, Any]:
    """By fault, on whole captures: how many of those there from .35 are told, and how rightly."""
    told, there, severity = [], [], []
    for at in range(0, len(samples), BATCH):
        which = np.arange(at, min(at + BATCH, len(samples)))
        x, (_, weight, present) = samples.batch(which, None)
        with torch.no_grad():
            told.append(torch.sigmoid(surest(network(_shown(x)), weight)).numpy())
        there.append(present.numpy() > 0)
        severity.append(samples.severity[which])
    p, seen, much = (np.concatenate(part) for part in (told, there, severity))
    figures = {}
    for column, name in enumerate(MAPS):
        strong = seen[:, column] & (much[:, column] >= 0.35)
        absent = ~seen[:, column] | (much[:, column] < 0.1)
        said = p[:, column] >= limit
        figures[name] = {
            "there": int(strong.sum()),
            "recall": round(float(said[strong].mean()), 4) if strong.any() else None,
            "precision": round(float(1 - absent[said].mean()), 4) if said.any() else None,
            "false_alarms": round(float(said[absent].mean()), 4),
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=18, help="of 96 captures each")
    parser.add_argument("--epochs", type=int, default=48)
    parser.add_argument("--batch", type=int, default=BATCH, help="sights to a step")
    parser.add_argument("--jobs", type=int, default=1, help="processes that draw")
    parser.add_argument("--start", type=Path, help="model.onnx to begin with")
    parser.add_argument("--work", type=Path, default=Path("out/defects"), help="keeps captures")
    parser.add_argument("--smoke", action="store_true", help="one tiny chunk; replaces nothing")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    chunks, epochs, cards, judged = (
        (1, 1, 1, 1) if options.smoke else (options.chunks, options.epochs, CARDS_A_CHUNK, 1)
    )
    work = options.work / "smoke" if options.smoke else options.work
    work.mkdir(parents=True, exist_ok=True)
    draw = partial(captures.draw_chunk, work, cards=cards)
    with ProcessPoolExecutor(options.jobs) as pool:
        drawing = pool.map(draw, range(chunks), repeat("train"))
        judging = pool.map(draw, range(judged), repeat("validation"))
        drawn, judging = list(drawing), list(judging)
    network = train(
        Samples(drawn), epochs, work / "state.pt", options.start, options.batch, options.jobs
    )
    target = work / "model.onnx" if options.smoke else HERE / "model.onnx"
    export(network, target)
    figures = {
        "captures": chunks * cards * captures.WORN * captures.SHOTS,
        "epochs": epochs,
        "simulator": SIMULATOR_VERSION,
        "parameters": sum(p.numel() for p in network.parameters()),
        "validation": evaluate(network, Samples(judging)),
    }
    print(json.dumps(figures, indent=1))
    if not options.smoke:
        (HERE / "eval.json").write_text(json.dumps(figures, indent=1) + "\n")
        enter_in_manifest("defects", target)
    (work / "state.pt").unlink()  # the next run begins anew


if __name__ == "__main__":
    main()
