"""Committed weights as those of a network that learns on.

An exported network holds every batch norm folded into the convolution before it. Its weights are
put back under a batch norm that does nothing, or one that has counted what the convolution gives:
the network answers as the file does and can be taught from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Final

import onnx
import torch
from onnx import numpy_helper
from torch import nn

#: What has weights, and what may be folded into it.
_LAYERS: Final = (nn.Conv1d, nn.Conv2d, nn.Linear)
_NORMS: Final = (nn.BatchNorm1d, nn.BatchNorm2d)

#: A layer, and the batch norm after it.
Layer = tuple[nn.Module, nn.Module | None]


def take_weights(network: nn.Module, path: Path, sample: torch.Tensor) -> list[Layer]:
    """Load an exported network's weights; its batch norms pass on what comes, and add the bias.

    As long as they are held still the network answers as the file does.

    Parameters
    ----------
    network : torch.nn.Module
        Of the class that was exported; its layers are called in the order of the file. Written to.
    path : Path
        The ONNX file.
    sample : torch.Tensor
        One input, on the network's device.

    Returns
    -------
    list of Layer
        In the order in which they are called.

    Raises
    ------
    ValueError
        If the file does not hold the weights of such a network.
    """
    held = onnx.load(str(path)).graph
    values = {one.name: numpy_helper.to_array(one) for one in held.initializer}
    # What is no weight (the places of a square, taken apart by a convolution) is made in the file.
    given = [
        [torch.from_numpy(values[name].copy()) for name in node.input[1:]]
        for node in held.node
        if node.op_type in ("Conv", "Gemm") and node.input[1] in values
    ]
    layers = _in_order(network, sample)
    held_shapes = [tuple(weight.shape) for weight, *_ in given]
    if held_shapes != [tuple(layer.weight.shape) for layer, _ in layers]:
        raise ValueError(f"{path.name} does not hold the weights of this network")
    with torch.no_grad():
        for (layer, norm), (weight, *bias) in zip(layers, given, strict=True):
            layer.weight.copy_(weight)
            if norm is not None:
                norm.running_mean.zero_()
                norm.running_var.fill_(1 - norm.eps)
                norm.weight.fill_(1)
                norm.bias.copy_(bias[0])
            elif layer.bias is not None:
                layer.bias.copy_(bias[0])
    return layers


def unfold(network: nn.Module, path: Path, batches: Iterable[torch.Tensor]) -> None:
    """Load an exported network's weights, and let its batch norms (of pictures) count anew.

    Parameters
    ----------
    network, path
        As for ``take_weights``.
    batches : iterable of torch.Tensor
        Inputs of the kind it will be taught with, on the network's device; each is seen once.

    Raises
    ------
    ValueError
        If the file does not hold the weights of such a network.
    """
    batches = iter(batches)
    some = next(batches)
    layers = take_weights(network, path, some[:1])
    with torch.no_grad():
        for norm, mean, var in _counted(network, layers, chain([some], batches)):
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(var)
            norm.bias.add_(mean)
            norm.weight.copy_((var + norm.eps).sqrt())


def _counted(
    network: nn.Module, layers: list[Layer], batches: Iterable[torch.Tensor]
) -> list[tuple[nn.Module, torch.Tensor, torch.Tensor]]:
    """Mean and variance of what every batch norm is given."""
    given: dict[nn.Module, list[torch.Tensor]] = {}

    def count(layer: nn.Module, _input: object, output: torch.Tensor) -> None:
        values = output.float()
        moments = torch.stack([values.mean((0, 2, 3)), values.square().mean((0, 2, 3))])
        given.setdefault(layer, []).append(moments)

    hooks = [layer.register_forward_hook(count) for layer, norm in layers if norm is not None]
    network.eval()
    for batch in batches:
        network(batch)
    for hook in hooks:
        hook.remove()
    counted = []
    for layer, norm in layers:
        if norm is not None:
            mean, square = torch.stack(given[layer]).mean(dim=0)
            counted.append((norm, mean, (square - mean.square()).clamp(min=0)))
    return counted


def _in_order(network: nn.Module, sample: torch.Tensor) -> list[Layer]:
    """Layers as they are called, each with the batch norm right after it."""
    called: list[nn.Module] = []
    hooks = [
        one.register_forward_hook(lambda module, _input, _output: called.append(module))
        for one in network.modules()
        if isinstance(one, (*_LAYERS, *_NORMS))
    ]
    network.eval()
    with torch.no_grad():
        network(sample)
    for hook in hooks:
        hook.remove()
    after = [*called[1:], None]
    return [
        (layer, norm if isinstance(norm, _NORMS) else None)
        for layer, norm in zip(called, after, strict=True)
        if isinstance(layer, _LAYERS)
    ]
