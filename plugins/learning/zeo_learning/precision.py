"""Half precision inside the network, where the processor is made for it."""

from __future__ import annotations

import torch


def half(device: torch.device) -> torch.autocast:
    """Convolutions and matrices in bfloat16; in single precision on processors that would only emulate it."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=made_for_half(device.type))


def made_for_half(device: str) -> bool:
    """Whether bfloat16 is the faster choice on a kind of device: GPUs, and CPUs with instructions for it."""
    return device != "cpu" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
