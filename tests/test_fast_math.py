"""Compiled code with fast math gives the same bits in the process that compiles it as in later ones.

Its last bits depend on the function that it is optimised in. They are the same in all processes if it is
inlined into what Python calls, so that no compiled function calls it in another's machine code.
"""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path
from types import CodeType

from numba.core.registry import CPUDispatcher

ROOT = Path(__file__).parents[1]


def compiled_modules() -> list[str]:
    """The modules of all packages that are shipped in which something is compiled."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return [
        ".".join(file.relative_to((ROOT / package).parent).with_suffix("").parts)
        for package in packages
        for file in sorted((ROOT / package).rglob("*.py"))
        if "@njit" in file.read_text(encoding="utf-8")
    ]


def compiled_functions(modules: list[str]) -> set[CPUDispatcher]:
    values = [value for module in modules for value in vars(importlib.import_module(module)).values()]
    return {value for value in values if isinstance(value, CPUDispatcher)}


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


def test_fast_math_is_inlined_into_what_python_calls() -> None:
    functions = compiled_functions(compiled_modules())
    assert with_fast_math(functions)
    called = set().union(*map(called_by, functions))
    apart = {f for f in with_fast_math(functions) & called if not f.targetoptions["forceinline"]}
    assert {function.py_func.__name__ for function in apart} == set()
