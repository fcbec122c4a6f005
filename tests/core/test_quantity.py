from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zeo.plugin.quantity import Quantity


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "3", np.ones(3), [1.0], 10**400])
def test_what_is_no_finite_number_is_refused(value: Any) -> None:
    with pytest.raises((ValueError, OverflowError)):
        Quantity(value, "K")


@pytest.mark.parametrize("value", [np.float32(1.5), np.float64(1.5), 1.5])
def test_every_kind_of_real_number_becomes_a_float(value: Any) -> None:
    assert type(Quantity(value, "K").value) is float


def test_undefined_is_none() -> None:
    assert Quantity(None, "K").value is None
    assert Quantity.finite(float("nan"), "K").value is None
