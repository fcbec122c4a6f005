"""JSON as the attrs classes that it was written from: what does not fit is named by its place.

cattrs builds the objects. It would take ``"3"`` for a number and a text for a list; here nothing is
converted, so that a damaged file is found out where it is read and not where it is used.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, get_origin

import attrs
import cattrs
from cattrs.cols import homogenous_tuple_structure_factory, is_mapping, mapping_structure_factory
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn

T = TypeVar("T")

LARGEST = 1e150
"""Of a number: the square of anything beyond would overflow."""


def parsed(text: str) -> Any:
    """What JSON text holds.

    Raises:
        ValueError: it is no JSON, or holds NaN, an infinity or text that is no Unicode.
    """
    try:
        data = json.loads(text, parse_constant=_refused, parse_float=_finite)
        if "\\u" in text:
            for each in _texts(data):
                _text(each, str)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return data


def parsed_object(content: bytes | str) -> dict[str, Any]:
    """The same where the whole is an object.

    Args:
        content: text, or its bytes in UTF-8.

    Raises:
        ValueError: it is something else.
    """
    data = parsed(content.decode() if isinstance(content, bytes) else content)
    if not isinstance(data, dict):
        raise ValueError("it is not what zeo writes")
    return data


def structured(data: Any, cls: type[T]) -> T:
    """An object of an attrs class from what :func:`parsed` returned.

    Raises:
        ValueError: it is not what the class holds; the message is one line that names the first place.
    """
    try:
        return _converter.structure(data, cls)
    except Exception as error:
        # transform_error puts " @ $.path" behind each message
        message, _, place = cattrs.transform_error(error, "$", _message)[0].rpartition(" @ $")
        place = place.lstrip(".")
        raise ValueError(" ".join(f"{place}: {message}".removeprefix(": ").split())) from error


def _refused(constant: str) -> Any:
    raise ValueError(f"it holds {constant}, which is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"it holds {text}, which is too large for a number")
    return number


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        for item in data:
            yield from _texts(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from _texts(value)


def _text(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, not {_shown(value)}")
    if "\0" in value or not (value.isascii() or _is_unicode(value)):
        raise ValueError(f"expected text, not {value!a}")
    return value


def _is_unicode(text: str) -> bool:
    """Whether it can be written; half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _truth(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, not {_shown(value)}")
    return value


def _integer(value: Any, _: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise TypeError(f"expected an integer, not {_shown(value)}")
    return value


def _number(value: Any, _: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or math.isnan(value) or abs(value) > LARGEST:
        raise TypeError(f"expected a number, not {_shown(value)}")
    return float(value)


def _shown(value: Any) -> str:
    """A value in a message, cut short."""
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _message(error: BaseException, _: type | None) -> str:
    """What one of the errors that cattrs collected says."""
    if isinstance(error, ForbiddenExtraKeysError):
        return f"there is no {', '.join(sorted(map(_shown, error.extra_fields)))}"
    if isinstance(error, KeyError):
        return "missing"
    message = str(error.args[0] if error.args else error)  # attrs puts the whole field behind its message
    return message if len(message) <= 200 else f"{message[:200]}..."


def _only_from(kind: type, shown: str, usual: Callable[..., Any]) -> Callable[..., Any]:
    """A factory of hooks that refuse what is no such container, and then do as usual."""

    def factory(target: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
        structure = usual(target, converter)

        def hook(value: Any, to: Any) -> Any:
            if not isinstance(value, kind):
                raise TypeError(f"expected {shown}, not {_shown(value)}")
            return structure(value, to)

        return hook

    return factory


def _is_tuple(target: Any) -> bool:
    return get_origin(target) is tuple


def _object_factory(target: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    return make_dict_structure_fn(target, converter, _cattrs_forbid_extra_keys=True)


def _strict_converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    for kind, hook in ((str, _text), (bool, _truth), (int, _integer), (float, _number)):
        converter.register_structure_hook(kind, hook)
    for applies, factory in (
        (is_mapping, _only_from(dict, "an object", mapping_structure_factory)),
        (
            _is_tuple,
            _only_from(list, "a list", homogenous_tuple_structure_factory),
        ),
        (attrs.has, _only_from(dict, "an object", _object_factory)),
    ):
        converter.register_structure_hook_factory(applies, factory)
    return converter


_converter = _strict_converter()
