"""What a network is told of a target, farther from the middle of what it has learned."""

from attrs import frozen

from zeo.plugin.interfaces import Conditioner
from zeo.plugin.options import option


class Overshoot(Conditioner):
    """Networks draw toward the mean of their training set; this tells them a value beyond the target."""

    @frozen(kw_only=True)
    class Options:
        by: float = option(0.5, "share of the distance from the middle to go further", at_least=0.0)

    def prepare(self, targets, known):
        """The targets, as far as the network was told such properties in training."""
        self.spans = known.spans
        return known.narrowed(targets, known.inputs, "this model")

    def embedding(self, values):
        """What the network is told of what a sample aims at; nothing outside of what it has seen."""
        return {name: self._beyond(value, self.spans[name]) for name, value in values.items()}

    def _beyond(self, value, span):
        moved = value + self.options.by * (value - (span.low + span.high) / 2)
        return min(max(moved, span.least), span.most)
