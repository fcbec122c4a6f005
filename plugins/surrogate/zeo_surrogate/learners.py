"""The learners by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zeo_surrogate.learner import Learner
from zeo_surrogate.network_learner import NetworkLearner
from zeo_surrogate.ridge import RidgeLearner

LEARNERS: Mapping[str, Learner[Any, Any]] = {"network": NetworkLearner(), "ridge": RidgeLearner()}
