"""Half precision inside the network, where the processor is made for it."""

from __future__ import annotations

import torch


def autocast(device: torch.device) -> torch.autocast:
    """Convolutions and matrices in bfloat16; in single precision on processors that would only emulate it."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_fast_bfloat16(device.type))


def has_fast_bfloat16(device: str) -> bool:
    """Whether bfloat16 is the faster choice on a kind of device: GPUs, and CPUs with instructions for it."""
    return device != "cpu" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
