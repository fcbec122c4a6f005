from __future__ import annotations

from typing import Any

import pytest

from zeo.tools import compiled


def test_without_a_place_for_machine_code_a_function_is_compiled_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    compiled._warn_once.cache_clear()
    scope: dict[str, Any] = {}
    # a function that has no file has no folder either where numba could keep it
    exec("def double(x): return 2 * x\ndef triple(x): return 3 * x", scope)
    assert compiled.njit()(scope["double"])(2) == 4
    assert compiled.njit(fastmath=True)(scope["triple"])(2) == 6
    assert capsys.readouterr().err.count("set NUMBA_CACHE_DIR to a folder that can be written") == 1
