"""Half precision inside the network, where the processor is made for it."""

from __future__ import annotations

import torch


def half(device: torch.device) -> torch.autocast:
    """Convolutions and matrices in bfloat16; in single precision on processors that would only emulate it."""
    fast = device.type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=fast)
