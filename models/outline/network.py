"""The outline's network: where on an e-KTP does every place of the picture lie?

Not corners, which a thumb or the photo's frame hides, but coordinates: every cell says whether it
lies on an e-KTP's data side, where on the card, and how far that may be off. Hundreds of cells then
fix one homography, cut-off corners and the way up with it.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import nn

#: Pixels of the picture to one cell of the answer; its sides have to be multiples of eight of them.
CELL_PX: Final = 4
#: Maps a cell answers with: on a card (logit), across, down (centimetres from the card's middle),
#: and the logarithm of how far off these may be.
MAPS: Final = 4
#: What the picture shows, see ``glimpses.SUBJECTS``.
SUBJECTS: Final = 4


def _conv(
    inputs: int, outputs: int, size: int = 3, stride: int = 1, dilation: int = 1
) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(
            inputs,
            outputs,
            size,
            stride,
            padding=dilation * (size // 2),
            dilation=dilation,
            bias=False,
        ),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class _Narrowed(nn.Module):
    """A residual block that looks around in half as many channels."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        half = channels // 2
        self.body = nn.Sequential(
            _conv(channels, half, 1),
            _conv(half, half, 3, dilation=dilation),
            nn.Conv2d(half, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.body(x))


class _Whole(nn.Module):
    """What the whole picture shows, added everywhere."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Conv2d(channels, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.body(x.mean(dim=(2, 3), keepdim=True)))


class Finder(nn.Module):
    """(N, 3, H, W) to maps (N, MAPS, H / 4, W / 4) and subjects (N, SUBJECTS)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = _conv(3, 16, 3, stride=2)
        self.quarter = nn.Sequential(_conv(16, 24, 3, stride=2), _Narrowed(24))
        self.eighth = nn.Sequential(_conv(24, 48, 3, stride=2), _Narrowed(48), _Narrowed(48))
        self.sixteenth = nn.Sequential(_conv(48, 88, 3, stride=2), _Narrowed(88), _Narrowed(88, 2))
        self.last = nn.Sequential(
            _conv(88, 128, 3, stride=2),
            _Narrowed(128),
            _Whole(128),
            _Narrowed(128, 2),
        )
        self.up_16 = _conv(128, 64, 1)
        self.skip_16 = _conv(88, 64, 1)
        self.mix_16 = nn.Sequential(_conv(64, 64, 3), _Narrowed(64))
        self.up_8 = _conv(64, 48, 1)
        self.skip_8 = _conv(48, 48, 1)
        self.mix_8 = _conv(48, 48, 3)
        self.up_4 = _conv(48, 32, 1)
        self.skip_4 = _conv(24, 32, 1)
        self.mix_4 = _conv(32, 32, 3)
        self.answer = nn.Conv2d(32, MAPS, 1)
        self.subject = nn.Sequential(_conv(128, 64, 1), nn.Dropout(0.1))
        self.names = nn.Linear(64, SUBJECTS)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        quarter = self.quarter(self.first(x))
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        last: torch.Tensor = self.last(sixteenth)
        y = self.mix_16(_larger(self.up_16(last)) + self.skip_16(sixteenth))
        y = self.mix_8(_larger(self.up_8(y)) + self.skip_8(eighth))
        y = self.mix_4(_larger(self.up_4(y)) + self.skip_4(quarter))
        return self.answer(y), self.named(last)

    def encoded(self, x: torch.Tensor) -> torch.Tensor:
        """What the picture is seen as, a cell of 32 pixels each."""
        last: torch.Tensor = self.last(self.sixteenth(self.eighth(self.quarter(self.first(x)))))
        return last

    def named(self, last: torch.Tensor) -> torch.Tensor:
        """What the picture shows, from what it is seen as."""
        names: torch.Tensor = self.names(self.subject(last).mean(dim=(2, 3)))
        return names


def _larger(x: torch.Tensor) -> torch.Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
