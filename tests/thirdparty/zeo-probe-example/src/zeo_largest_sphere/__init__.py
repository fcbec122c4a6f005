"""The largest sphere that fits into a framework, as a probe for zeo.

This module is imported whenever plugins are listed, so it imports nothing heavy.
"""

from zeo import ProbeSpec, QuantitySpec, hookimpl


@hookimpl
def zeo_probes() -> list[ProbeSpec]:
    return [
        ProbeSpec(
            name="largest-sphere",
            summary="the largest sphere that fits between the oxygen atoms",
            target="zeo_largest_sphere.probe:LargestSphere",
            quantities=[QuantitySpec("diameter", "A", "of the largest included sphere")],
            channels=["distance:oxygen"],
        )
    ]
