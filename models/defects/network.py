"""The network: a small U-Net over the flattened card, a map a fault.

Its coarsest cells are four millimetres wide and know the mean of all others, so that every cell
can be judged by the card it stands on.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import nn
from torch.nn import functional

#: Faults that have a place: one map each.
MAPS: Final = (
    "glare",
    "shadow",
    "occluded",
    "overlay_on_field",
    "scratch",
    "crack",
    "laminate_peel",
    "laminate_bubble",
    "stain",
    "print_faded",
    "text_missing",
    "broken",
    "hole_punch",
    "photo_worn",
)

#: Pixels of the input to one cell of a map.
STRIDE: Final = 8

#: Input channels (``ktpcheck.measures.network.inputs_of``).
CHANNELS: Final = 5


def _conv(before: int, after: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, side, stride, side // 2, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


class _Residual(nn.Module):
    """Two convolutions past which the input also goes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(channels, channels),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.body(x))


class _Gather(nn.Module):
    """A residual with half the channels inside."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(channels, channels // 2),
            nn.Conv2d(channels // 2, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.body(x))


def _luma_logs(rgb: torch.Tensor) -> torch.Tensor:
    luma = 0.299 * rgb[:, 0:1] + 0.587 * rgb[:, 1:2] + 0.114 * rgb[:, 2:3]
    return torch.log(luma.float() + 0.04)


def _light_normalised(x: torch.Tensor) -> torch.Tensor:
    """Luma against its surroundings of some ten millimetres, as a logarithm; half as large."""
    logs = _luma_logs(functional.avg_pool2d(x[:, :3], 2))
    coarse = functional.avg_pool2d(functional.avg_pool2d(logs, 4), 5, 1, 2, False, False)
    around = functional.interpolate(coarse, scale_factor=4, mode="bilinear", align_corners=False)
    return logs - around


def _relief(x: torch.Tensor, printed: torch.Tensor) -> torch.Tensor:
    """The weakest colour against its surroundings of two millimetres, as a logarithm; and print.

    A white line on a pale blue blank is hardly brighter, but redder; on an orange one, bluer. Each
    place holds its sixteen pixels: a quarter as large, and nothing averaged. ``printed`` is half
    as large as ``x``.
    """
    weakest = torch.minimum(torch.minimum(x[:, 0:1], x[:, 1:2]), x[:, 2:3])
    logs = torch.log(weakest.float() + 0.04)
    coarse = functional.avg_pool2d(functional.avg_pool2d(logs, 8), 3, 1, 1, False, False)
    around = functional.interpolate(coarse, scale_factor=8, mode="bilinear", align_corners=False)
    return torch.cat([_apart(4 * (logs - around), 4), _apart(printed.float(), 2)], dim=1)


def _apart(x: torch.Tensor, side: int) -> torch.Tensor:
    """One channel a place of every square of ``side`` pixels.

    ``pixel_unshuffle`` of one channel, as the convolution that ONNX Runtime does several times as
    fast.
    """
    count = side * side
    return functional.conv2d(x, torch.eye(count).reshape(count, 1, side, side).to(x), stride=side)


class Faults(nn.Module):
    """(N, 5, H, W) in 0..1 to the logits of maps (N, len(MAPS), H / 8, W / 8).

    All but the search for lines works on a picture half as large, from which the names count.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = _conv(CHANNELS, 15, 5, 2)
        self.fine = _conv(16, 16)
        # Lines of a tenth of a millimetre: looked for before anything is averaged.
        self.lines = nn.Sequential(_conv(20, 40), _conv(40, 16))
        self.from_lines = nn.Conv2d(16, 32, 3, 2, 1, bias=False)
        self.quarter = nn.Sequential(_conv(16, 32, 3, 2), _Residual(32))
        self.eighth = nn.Sequential(_conv(32, 64, 3, 2), _Residual(64), _Residual(64))
        self.sixteenth = nn.Sequential(_conv(64, 96, 3, 2), _Gather(96), _Gather(96))
        self.everywhere = nn.Linear(96, 96)
        self.to_eighth = nn.Conv2d(96, 64, 1)
        self.at_eighth = _Gather(64)
        self.to_quarter = nn.Conv2d(64, 32, 1)
        self.at_quarter = _Residual(32)
        self.maps = nn.Conv2d(32, len(MAPS), 1)
        nn.init.zeros_(self.from_lines.weight)  # lines come to the rest as they are learned
        nn.init.constant_(self.maps.bias, -4.0)  # most faults are nowhere on most cards

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        halved = functional.avg_pool2d(x, 2)
        first = self.first(halved)
        half = self.fine(torch.cat([first, _light_normalised(halved).to(first.dtype)], dim=1))
        relief = _relief(x, halved[:, 3:4]).to(first.dtype)
        relief = relief.contiguous(memory_format=torch.channels_last)
        lines = self.from_lines(self.lines(relief))
        quarter = self.quarter[1](self.quarter[0](half) + lines)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        sixteenth = sixteenth + self.everywhere(sixteenth.mean((2, 3)))[:, :, None, None]
        eighth = self.at_eighth(eighth + _twice(self.to_eighth(sixteenth)))
        wide = self.at_quarter(quarter + _twice(self.to_quarter(eighth)))
        scores: torch.Tensor = self.maps(wide)
        return scores


def _twice(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2, mode="nearest")
