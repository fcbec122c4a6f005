"""The network: messages between symmetry-unique T atoms, the same however a crystal is described.

A T atom carries invariant features and, for the degrees 1 to 3, features that turn with the crystal. A
message depends on the features at both ends, on the distance and on how the features at either end look along
the line between them, for which its direction is turned back into the frame of the neighbour's unique T atom.
A T atom receives the moments of its messages over the sphere: sums of message times spherical harmonic. The
crystal as a whole carries invariant features too, and shows its shape by its shortest lattice vectors.
"""

from __future__ import annotations

from torch import Tensor, nn

from zeo_zeosym.edges import Batch, Edges
from zeo_zeosym.layers import Embedding, Features, LatticeView, Layer, Outward, Shape


class Network(nn.Module):
    """Predicts the noise of the T atoms and of the lattice."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embed = Embedding(shape)
        self.lattice = LatticeView(shape)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.outward = Outward(shape.width)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The noise in units of its standard deviation.

        Args:
            batch: m unique T atoms of b crystals; see :func:`zeo_zeosym.batch.batch_of`.

        Returns:
            [m, 3], cartesian, and of the strain [b, 6].
        """
        edges = Edges.of(batch)
        x, whole = self.embed(batch)
        whole, shape, turning = self.lattice(whole, batch)
        features = Features(x=x, turning=turning.index_select(0, batch["crystal"]), whole=whole)
        for layer in self.layers:
            features, moments = layer(features, edges, batch)
        force, strain = self.outward(features, moments, shape, batch)
        free = (batch["projection"] * force[:, None]).sum(dim=2)
        return free, (batch["allowed"] * strain[:, None]).sum(dim=2)
