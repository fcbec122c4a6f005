"""An extension of griffe: docstrings name things by roles, which Markdown does not know."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:class|func|meth|data|attr|mod|exc):(?=`)")


class Roles(griffe.Extension):
    """Leaves what is named, as code."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called with everything that has a docstring."""
        if obj.docstring is not None:
            obj.docstring.value = ROLE.sub("", obj.docstring.value)
