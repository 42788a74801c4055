"""The reader's network: a few convolutions, no recurrence, little context.

It sees about three letters either side of a character. More would let it learn which names there
are, and guess what it cannot see.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import nn

#: Height of the line it is shown, pixels, and the pixels of width to one output frame.
HEIGHT_PX: Final = 32
FRAME_PX: Final = 2

#: Output classes: the blank, the characters, and last the one that stands for what is hidden.
BLANK: Final = 0
CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ .,-/'():&+adhlor"
HIDDEN_CLASS: Final = len(CHARACTERS) + 1
CLASSES: Final = len(CHARACTERS) + 2


class _Residual(nn.Module):
    """Two convolutions past which the input also goes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.body(x))


class _Along(nn.Module):
    """Context along the line: depthwise, then across the channels."""

    def __init__(self, channels: int, reach: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, channels, reach, padding=reach // 2, groups=channels, bias=False),
            nn.BatchNorm1d(channels),
            nn.Conv1d(channels, 2 * channels, 1),
            nn.ReLU(inplace=True),
            nn.Conv1d(2 * channels, channels, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


class Reader(nn.Module):
    """From (N, 1, 32, W) to (N, W / 2, CLASSES) scores; W a multiple of 4."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = nn.Sequential(
            nn.Conv2d(1, 24, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU(inplace=True),
            nn.Conv2d(24, 32, 3, stride=(2, 1), padding=1, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            _Residual(32),
            nn.Conv2d(32, 80, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(80),
            nn.ReLU(inplace=True),
            _Residual(80),
        )
        wide = 176
        self.gather = nn.Conv1d(80 * HEIGHT_PX // 8, wide, 1)
        self.along = nn.Sequential(*(_Along(wide, 7) for _ in range(3)))
        # Two frames a step: cheaper than twice the steps, and fine enough for "III".
        self.names = nn.Conv1d(wide, 2 * CLASSES, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.looks(x).flatten(1, 2)
        x = self.names(self.along(torch.relu(self.gather(x))))
        # (N, 2C, S) to (N, 2S, C)
        return x.transpose(1, 2).reshape(x.shape[0], -1, CLASSES)
