"""Compiled code with fast math gives the same bits in the process that compiles it as in later ones.

Its last bits depend on the function that it is optimised in. They are the same in all processes if it is
inlined into what Python calls, so that no compiled function calls it in another's machine code.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import CodeType

import pytest
from numba.core.registry import CPUDispatcher


def compiled_functions(package: str) -> set[CPUDispatcher]:
    """Those of all modules of a package."""
    root = importlib.import_module(package)
    modules = [importlib.import_module(m.name) for m in pkgutil.walk_packages(root.__path__, f"{package}.")]
    return {
        value for module in modules for value in vars(module).values() if isinstance(value, CPUDispatcher)
    }


def names_in(code: CodeType) -> set[str]:
    inner = [names_in(part) for part in code.co_consts if isinstance(part, CodeType)]
    return set(code.co_names).union(*inner)


def called_by(function: CPUDispatcher) -> set[CPUDispatcher]:
    """The compiled functions that one calls."""
    values = [function.py_func.__globals__.get(name) for name in names_in(function.py_func.__code__)]
    return {value for value in values if isinstance(value, CPUDispatcher)}


def with_fast_math(functions: set[CPUDispatcher]) -> set[CPUDispatcher]:
    """Those that are compiled with fast math, or call one of them."""
    found = {function for function in functions if function.targetoptions["fastmath"]}
    while more := {function for function in functions if called_by(function) & found} - found:
        found |= more
    return found


@pytest.mark.parametrize("package", ["zeo.data", "zeo_cleanup", "zeo_probes", "zeo_search"])
def test_fast_math_is_inlined_into_what_python_calls(package: str) -> None:
    functions = compiled_functions(package)
    assert functions
    called = set().union(*map(called_by, functions))
    apart = {f for f in with_fast_math(functions) & called if not f.targetoptions["forceinline"]}
    assert {function.py_func.__name__ for function in apart} == set()
