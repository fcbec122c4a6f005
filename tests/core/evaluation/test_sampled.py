from __future__ import annotations

import pytest

from zeo.evaluation.sampled import is_steered
from zeo.plugin.registry import installed_plugins
from zeo.running.config import RunConfig

TARGET = ("qst=20 kJ/mol",)


@pytest.mark.parametrize(
    ("config", "steered"),
    [
        (RunConfig(generator="search", targets=TARGET), True),
        (RunConfig(generator="search"), False),
        (RunConfig(generator="search", targets=TARGET, conditioner=None), False),
        (RunConfig(generator="dataset", targets=TARGET), False),
        (RunConfig(generator="zeodiff", targets=TARGET), True),
        (RunConfig(generator="zeodiff", targets=TARGET, conditioner=None), False),
        (RunConfig(generator="of-yesterday", targets=TARGET), False),
        (RunConfig(generator="of-yesterday", targets=TARGET, conditioner="guide"), True),
    ],
)
def test_targets_steer_where_the_generator_or_a_conditioner_takes_them(
    config: RunConfig, steered: bool
) -> None:
    assert is_steered(config, installed_plugins()) == steered
