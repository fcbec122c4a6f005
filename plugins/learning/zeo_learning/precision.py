"""Half precision inside the network, where the processor is made for it."""

from __future__ import annotations

import torch


def autocast(device: torch.device) -> torch.autocast:
    """Convolutions and matrices in bfloat16; in single precision on processors that would only emulate it."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_fast_bfloat16(device.type))


def has_fast_bfloat16(device: str) -> bool:
    """Whether bfloat16 is the faster choice on a kind of device: GPUs, and CPUs made for it.

    Intel's AVX-512 multiplies bfloat16 at half the rate of others, slower than single precision: its fast
    unit is AMX, which a virtual machine may hide.
    """
    if device != "cpu":
        return True
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    able = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(able.get("amx_bf16")) or not str(able.get("cpu_name", "")).startswith("Intel")
