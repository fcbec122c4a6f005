// ---- lattice, atoms and bonds of a framework; vectors are arrays of three numbers ----

const cross = (u, v) => [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
const dot = (u, v) => u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
const scaled = (u, factor) => u.map(x => x * factor);
const sum = (u, v) => u.map((x, k) => x + v[k]);
const difference = (u, v) => u.map((x, k) => x - v[k]);
const unit = u => scaled(u, 1 / Math.hypot(...u));
const asPoint = ([x, y, z]) => ({ x, y, z });
// all [i, j, k] with from <= i, j, k <= to
const block = (from, to) => {
  const line = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return line.flatMap(i => line.flatMap(j => line.map(k => [i, j, k])));
};

// rows a, b, c in angstrom: a along x, b in the plane of x and y
const latticeOf = ({ lengths: [a, b, c], angles }) => {
  const [alpha, beta, gamma] = scaled(angles, Math.PI / 180);
  const x = Math.cos(beta), y = (Math.cos(alpha) - Math.cos(beta) * Math.cos(gamma)) / Math.sin(gamma);
  return [[a, 0, 0], [b * Math.cos(gamma), b * Math.sin(gamma), 0], [c * x, c * y, c * Math.sqrt(1 - x * x - y * y)]];
};
const inSpace = lattice => f => [0, 1, 2].map(k => f[0] * lattice[0][k] + f[1] * lattice[1][k] + f[2] * lattice[2][k]);

// elements and fractional coordinates in a CIF that zeo wrote, which lists every atom of the cell
const atomsIn = cif => [...cif.matchAll(/^\S+ +([A-Z][a-z]?) +(\S+) (\S+) (\S+) \S+$/gm)]
  .map(([, element, ...f]) => ({ element, f: f.map(Number) }));

const LONGEST_BOND = 2.4; // angstrom, of any T atom to oxygen
// T atoms with their bonds: each oxygen of the framework joins the two nearest T atoms, in whatever cell these are
const readCrystal = (cif, cell) => {
  const lattice = latticeOf(cell), cartesian = inSpace(lattice), atoms = atomsIn(cif);
  const isT = cell.t ? new Set(cell.t) : null, isBridge = cell.bridges ? new Set(cell.bridges) : null;
  const tAtoms = atoms.filter((atom, i) => isT ? isT.has(i) : atom.element !== "O");
  const oxygen = atoms.filter((atom, i) => isBridge ? isBridge.has(i) : atom.element === "O");
  const others = isT ? atoms.filter((_, i) => !isT.has(i) && !isBridge.has(i)) : [];
  const bonds = tAtoms.map(() => []);
  const images = tAtoms.flatMap(({ f }, t) => block(-1, 1).map(shift => ({ t, shift, at: cartesian(sum(f, shift)) })));
  for (const { f } of oxygen) {
    const [x, y, z] = cartesian(f), near = [];
    for (const image of images) {
      const away = (image.at[0] - x) ** 2 + (image.at[1] - y) ** 2 + (image.at[2] - z) ** 2;
      if (away < LONGEST_BOND ** 2) near.push({ ...image, away });
    }
    const [p, q] = near.sort((one, other) => one.away - other.away);
    if (q) for (const [from, to] of [[p, q], [q, p]])
      bonds[from.t].push({ oxygen: difference(f, from.shift), other: to.t, shift: difference(to.shift, from.shift) });
  }
  return { lattice, cartesian, tAtoms, bonds, others };
};

// the T atoms in a block of cells or on its faces, each with its bonds in space
const tetrahedra = ({ tAtoms, bonds, cartesian }, cells) => block(-1, cells).flatMap(shift => tAtoms
  .map(({ f }, t) => ({ t, f: sum(f, shift) }))
  .filter(({ f }) => f.every(x => x > -.01 && x < cells + .01))
  .map(({ t, f }) => ({
    key: `${t},${shift}`, at: cartesian(f), oxygen: bonds[t].map(bond => cartesian(sum(bond.oxygen, shift))),
    others: bonds[t].map(bond => {
      const cell = sum(bond.shift, shift);
      return { key: `${bond.other},${cell}`, at: cartesian(sum(tAtoms[bond.other].f, cell)) };
    }),
  })));

const edgesOfCell = cells => block(0, 1).flatMap(from => [0, 1, 2].filter(axis => from[axis] === 0)
  .map(axis => [from, from.map((x, k) => k === axis ? 1 : x)].map(f => scaled(f, cells))));

// the net seen along c, the nearer the darker: for browsers that draw nothing in space
const stillPicture = crystal => {
  const { cartesian, lattice } = crystal, depth = Math.hypot(...lattice[2]) || 1;
  const lines = tetrahedra(crystal, 1).flatMap(({ at, others }) => others.map(other => [at, other.at]))
    .map(([p, q]) => ({ p, q, z: (p[2] + q[2]) / 2 })).sort((one, other) => one.z - other.z);
  const outline = edgesOfCell(1).map(ends => ends.map(cartesian));
  const all = [...lines.flatMap(({ p, q }) => [p, q]), ...outline.flat()];
  const [xs, ys] = [0, 1].map(k => all.map(at => at[k]));
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const d = (p, q) => `M${p[0].toFixed(2)} ${(-p[1]).toFixed(2)}L${q[0].toFixed(2)} ${(-q[1]).toFixed(2)}`;
  const bonds = lines.map(({ p, q, z }) => `<path d="${d(p, q)}" opacity="${(.25 + .75 * Math.min(1, Math.max(0, z / depth))).toFixed(2)}"/>`);
  return `<svg viewBox="${left - 1} ${-high - 1} ${right - left + 2} ${high - low + 2}" role="img" aria-label="the net seen along c"
    fill="none" stroke-linecap="round"><g stroke="${colour("t-atom")}" stroke-width=".35">${bonds.join("")}</g>
    <path d="${outline.map(ends => d(...ends)).join("")}" stroke="${colour("soft")}" stroke-width=".1"/></svg>`;
};
