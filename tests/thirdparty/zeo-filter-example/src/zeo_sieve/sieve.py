"""A molecular sieve: what its pores let through, and what they do not."""

from attrs import frozen

from zeo.errors import ConfigError
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.options import option


class Sieve(Postprocessor):
    """Passes a framework if its largest free sphere, which the probe ``pores`` measures, is wide enough."""

    @frozen(kw_only=True)
    class Options:
        diameter: float = option(3.8, "of the molecule; methane has 3.8", unit="A", above=0.0)

    def check(self, stages, columns):
        """Before the first sample is drawn: whether what this filter reads is measured."""
        if "pores.free_sphere" not in [column.name for column in columns]:
            raise ConfigError("sieve reads what the probe pores measures: add --probe pores")

    def apply(self, candidate):
        """Pass or reject; a filter changes nothing."""
        free = candidate.properties["pores"]["free_sphere"].value
        if free is not None and free >= self.options.diameter:
            return candidate
        width = "no pore" if free is None else f"{free:.2f} A"
        return candidate.reject("pores too narrow", f"{width} (at least {self.options.diameter:g} A)")
