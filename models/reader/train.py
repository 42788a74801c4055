"""Train the reader: ``python models/reader/train.py [--chunks N] [--work DIR] [--smoke]``.

``--start model.onnx --rate 3e-4 --chunks 16`` teaches a model on that is there already.

Drawn line crops of the simulator's train split only; validation crops are what ``eval.json``
holds figures on, and whole captures are judged by ``tests.bench.accuracy``. A second process draws
while this one learns; what is drawn and the state of the training stay in ``--work``, so that an
interrupted run goes on. Needs the extras ``synth`` and ``train``.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import re
import sys
import time
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import onnx
import torch
from network import BLANK, CHARACTERS, FRAME_PX, HEIGHT_PX, HIDDEN_CLASS, Reader
from torch.nn import functional

from ktpcheck.engines.card import decode, normalise, squeeze
from ktpcheck.grammar import HIDDEN
from ktpcheck.synth import LineCrop, make_lines
from ktpcheck.synth.capture import SIMULATOR_VERSION
from ktpcheck.weights import enter_in_manifest

HERE: Final = Path(__file__).parent
sys.path.append(str(HERE.parent))
from folded import take_weights  # noqa: E402 - the three networks begin so

SEED: Final = 7
#: Of the first chunk; lines of the simulator before version 5 had other ones.
FIRST_SEED: Final = 40_000
LINES_A_CHUNK: Final = 2048
BATCH: Final = 64
RATE: Final = 2.5e-3
#: From this share of the training on, whole lines are also scored by CTC.
CTC_FROM: Final = 0.06
CTC_WEIGHT: Final = 0.25
#: A frame whose class is left open: the edge between a character and the gap beside it.
OPEN: Final = 255
#: A character owns the middle of its room, the gap what is farther out (shares of half the room).
INNER, OUTER = 0.6, 0.85
NORMS: Final = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)
SYMBOLS: Final = ["", *CHARACTERS, HIDDEN]
CLASS_OF: Final = {symbol: index for index, symbol in enumerate(CHARACTERS, start=1)}


def labels_of(crop: LineCrop, frames: int) -> tuple[np.ndarray, list[int]]:
    """The class of every frame, and the line as classes; what is hidden in a row is one."""
    label = np.full(frames, BLANK, np.uint8)
    middle = np.arange(frames) + 0.5
    line: list[int] = []
    end_before = -1.0
    last = len(crop.text) - 1
    for at, (symbol, (start, end)) in enumerate(zip(crop.text, crop.spans, strict=True)):
        seen = crop.visible[at]
        if symbol == " " and not (crop.visible[max(at - 1, 0)] or crop.visible[min(at + 1, last)]):
            seen = False  # a gap is seen by what stands beside it
        a, b = start * frames, end * frames
        centre, half = (a + b) / 2, max((b - a) / 2, 0.5)
        kind = CLASS_OF[symbol] if seen else HIDDEN_CLASS
        away = np.abs(middle - centre) / half
        nearest = min(max(int(centre), 0), frames - 1)
        if kind == HIDDEN_CLASS:
            label[away < 1.0] = kind
            if line and line[-1] == kind:
                # Nobody sees where one hidden character ends and the next begins.
                label[(middle > end_before) & (middle < b)] = kind
            else:
                line.append(kind)
        else:
            label[(away < OUTER) & (away >= INNER) & (label == BLANK)] = OPEN
            label[away < INNER] = kind
            border = min(max(int(a), 0), frames - 1)
            if line and line[-1] == kind and border != nearest:
                label[border] = BLANK
            line.append(kind)
        label[nearest] = kind
        end_before = centre
    return label, line


def draw_chunk(work: Path, number: int, split: str, count: int) -> Path:
    """Draw one chunk of lines, or find it drawn."""
    path = work / f"{split}-{number:04d}.npz"
    if path.exists():
        return path
    greys, labels, lines = [], [], []
    for crop in make_lines(FIRST_SEED + number, split, count):
        grey = squeeze(crop.pixels)
        label, line = labels_of(crop, grey.shape[1] // FRAME_PX)
        greys.append(grey)
        labels.append(label)
        lines.append(line)
    # Written whole or not at all: the other process waits for the name.
    new = path.with_suffix(".new.npz")
    np.savez(
        new,
        grey=np.concatenate(greys, axis=1),
        label=np.concatenate(labels),
        width=np.array([grey.shape[1] for grey in greys]),
        line=np.concatenate([np.array(line, np.uint8) for line in lines]),
        length=np.array([len(line) for line in lines]),
    )
    new.replace(path)
    return path


def draw_all(work: Path, first: int, chunks: int, count: int) -> None:
    cv2.setNumThreads(1)
    parent = os.getppid()
    for number in range(first, chunks):
        if os.getppid() != parent:
            return  # the training was killed
        draw_chunk(work, number, "train", count)


Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


def load_chunk(path: Path, wait: bool = True) -> list[Sample]:
    """Grey, frame labels and classes of every line of a chunk."""
    while wait and not path.exists():
        time.sleep(0.2)
    with np.load(path) as held:
        grey, label, width, line, length = (
            held[name] for name in ("grey", "label", "width", "line", "length")
        )
    columns, frames = np.cumsum(width)[:-1], np.cumsum(width // FRAME_PX)[:-1]
    return list(
        zip(
            np.split(grey, columns, axis=1),
            np.split(label, frames),
            np.split(line, np.cumsum(length)[:-1]),
            strict=True,
        )
    )


def batches(samples: list[Sample], rng: np.random.Generator) -> list[list[Sample]]:
    """Lines of about one width together, in random order."""
    order = sorted(range(len(samples)), key=lambda at: samples[at][0].shape[1] + rng.uniform(0, 24))
    groups = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    rng.shuffle(groups)
    return [[samples[at] for at in group] for group in groups]


def tensors(batch: list[Sample], rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalised pictures and frame labels, padded on the right to one width."""
    wide = max(grey.shape[1] for grey, _, _ in batch)
    x = np.zeros((len(batch), 1, HEIGHT_PX, wide), np.float32)
    y = np.full((len(batch), wide // FRAME_PX), BLANK, np.int64)
    for row, (grey, label, _) in enumerate(batch):
        values = normalise(grey) * np.float32(rng.uniform(0.85, 1.15))
        up = int(rng.integers(-1, 2))
        x[row, 0, :, : grey.shape[1]] = np.roll(values, up, axis=0) if up else values
        y[row, : len(label)] = label
    return torch.from_numpy(x), torch.from_numpy(y)


def loss_of(
    scores: torch.Tensor, y: torch.Tensor, batch: list[Sample], ctc_share: float
) -> torch.Tensor:
    open_frames = torch.where(y == OPEN, torch.full_like(y, -100), y)
    loss = functional.cross_entropy(scores.transpose(1, 2), open_frames, label_smoothing=0.02)
    if ctc_share <= 0:
        return loss
    lengths = [len(line) for _, _, line in batch]
    targets = torch.from_numpy(np.concatenate([line for _, _, line in batch]).astype(np.int64))
    frames = torch.tensor([grey.shape[1] // FRAME_PX for grey, _, _ in batch])
    logs = functional.log_softmax(scores, dim=2).transpose(0, 1)
    ctc = functional.ctc_loss(
        logs, targets, frames, torch.tensor(lengths), blank=BLANK, zero_infinity=True
    )
    return loss + ctc_share * ctc


def train(work: Path, chunks: int, count: int, start: Path | None, peak: float) -> Reader:
    """From the first chunk, or from where the last run stopped."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    reader = Reader().to(memory_format=torch.channels_last)
    if start is not None:
        take_weights(reader, start, torch.zeros(1, 1, HEIGHT_PX, 2 * HEIGHT_PX))
    weights = [p for p in reader.parameters() if p.ndim > 1]
    others = [p for p in reader.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": weights, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}],
        lr=RATE,
        betas=(0.9, 0.98),
    )
    state = work / "state.pt"
    first = 0
    if state.exists():
        held = torch.load(state)
        reader.load_state_dict(held["reader"])
        optimiser.load_state_dict(held["optimiser"])
        first = held["chunk"]
    drawer = multiprocessing.get_context("spawn").Process(
        target=draw_all, args=(work, first, chunks, count), daemon=True
    )
    drawer.start()
    reader.train()
    for norm in reader.modules() if start is not None else ():
        if isinstance(norm, NORMS):
            norm.eval()
    for chunk in range(first, chunks):
        rng = np.random.default_rng([SEED, chunk])
        samples = load_chunk(work / f"train-{chunk:04d}.npz")
        if chunk:
            # Every new chunk with an older one: drawing costs as much as learning.
            samples += load_chunk(work / f"train-{int(rng.integers(chunk)):04d}.npz")
        total = 0.0
        groups = batches(samples, rng)
        for number, batch in enumerate(groups):
            done = (chunk + number / len(groups)) / chunks
            rate = peak * min(1.0, (chunk * len(groups) + number + 1) / 200)
            for group in optimiser.param_groups:
                group["lr"] = rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
            x, y = tensors(batch, rng)
            with torch.autocast("cpu", torch.bfloat16):
                scores = reader(x.to(memory_format=torch.channels_last))
            whole_lines = start is not None or done > CTC_FROM
            loss = loss_of(scores.float(), y, batch, CTC_WEIGHT if whole_lines else 0.0)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(reader.parameters(), 2.0)
            optimiser.step()
            total += float(loss.detach())
        print(f"chunk {chunk + 1}/{chunks}: loss {total / len(groups):.4f}", flush=True)
        held = {"reader": reader.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save({**held, "chunk": chunk + 1}, state.with_suffix(".new"))
        state.with_suffix(".new").replace(state)
    return reader.eval()


def export(reader: Reader, path: Path) -> None:
    """Write ONNX with probabilities as output, and the alphabet in its metadata."""
    model = torch.nn.Sequential(reader, torch.nn.Softmax(dim=2)).eval()
    model = model.to(memory_format=torch.contiguous_format)
    torch.onnx.export(
        model,
        (torch.zeros(1, 1, HEIGHT_PX, 128),),
        str(path),
        input_names=["line"],
        output_names=["scores"],
        dynamic_axes={"line": {3: "width"}, "scores": {1: "frames"}},
        opset_version=17,
        dynamo=False,
    )
    held = onnx.load(str(path))
    entry = held.metadata_props.add()
    entry.key, entry.value = "characters", CHARACTERS
    onnx.save(held, str(path))


def evaluate(reader: Reader, work: Path, count: int) -> dict[str, Any]:
    """Figures on drawn validation lines: other type, grounds and seeds."""
    samples = load_chunk(draw_chunk(work, 0, "validation", count))
    rng = np.random.default_rng(SEED)
    right = clean = clean_right = hidden = hidden_found = shown = shown_lost = 0
    silent = 0
    for grey, label, line in samples:
        x, _ = tensors([(grey, label, line)], rng)
        with torch.no_grad():
            scores = torch.softmax(reader(x)[0], dim=1).numpy()
        text = re.sub(f"{HIDDEN}+", HIDDEN, decode(scores, SYMBOLS).text)
        truth = "".join(SYMBOLS[kind] for kind in line)
        right += text == truth
        if HIDDEN in truth:
            # The one thing that must not happen: something hidden, and a whole text given out.
            silent += HIDDEN not in text
            hidden += 1
        else:
            clean += 1
            clean_right += text == truth
        best = scores.argmax(axis=1)
        hidden_found += int(((label == HIDDEN_CLASS) & (best == HIDDEN_CLASS)).sum())
        shown += int((label == HIDDEN_CLASS).sum())
        shown_lost += int(
            ((label != HIDDEN_CLASS) & (label != OPEN) & (best == HIDDEN_CLASS)).sum()
        )
    return {
        "lines": len(samples),
        "whole_line_right": right / len(samples),
        "visible_lines": clean,
        "visible_lines_right": clean_right / max(clean, 1),
        "lines_with_hidden": hidden,
        "hidden_without_a_mark": silent / max(hidden, 1),
        "hidden_frames_marked": hidden_found / max(shown, 1),
        "seen_frames_marked_per_hidden_frame": shown_lost / max(shown, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=145, help="of 2048 new lines each")
    parser.add_argument("--work", type=Path, default=Path("out/reader"), help="to go on from")
    parser.add_argument("--smoke", action="store_true", help="two tiny chunks; replaces nothing")
    parser.add_argument("--start", type=Path, help="a model.onnx whose weights to go on from")
    parser.add_argument("--rate", type=float, default=RATE, help="the highest learning rate")
    options = parser.parse_args()
    chunks, count, judged = (2, 128, 64) if options.smoke else (options.chunks, LINES_A_CHUNK, 3000)
    work = options.work / "smoke" if options.smoke else options.work
    work.mkdir(parents=True, exist_ok=True)
    reader = train(work, chunks, count, options.start, options.rate)
    target = work / "model.onnx" if options.smoke else HERE / "model.onnx"
    export(reader, target)
    figures = {
        "chunks": chunks,
        "lines": chunks * count,
        "simulator": SIMULATOR_VERSION,
        "parameters": sum(p.numel() for p in reader.parameters()),
        "validation": evaluate(reader, work, judged),
    }
    print(json.dumps(figures, indent=1))
    if not options.smoke:
        (HERE / "eval.json").write_text(json.dumps(figures, indent=1) + "\n")
        enter_in_manifest("reader", target)


if __name__ == "__main__":
    main()
