// ---- pores in a grid of energies, and the surfaces around them ----

const CLOSED_POINT = 0, IN_CAGE = 1, IN_CHANNEL = 2;

const isIndependent = ([u, v], w) => !u ? w.some(x => x !== 0) : !v ? cross(u, w).some(x => x !== 0) : dot(cross(u, v), w) !== 0;

// Of each point whether it is closed, in a cage or in a channel. A walk through the open points counts the faces of
// the cell that it crosses; where two walks to one point differ, the pore joins its own image in that direction.
// The queue, directions and order are those of zeo's probes, so that the result is theirs on the same grid.
const findPores = (grid, n, highest) => {
  const size = n ** 3, kind = new Uint8Array(size), seen = new Uint8Array(size);
  const queue = new Int32Array(size), walked = new Int8Array(3 * size), stride = [n * n, n, 1];
  let dimensions = 0;
  for (let seed = 0; seed < size; seed++) {
    if (seen[seed] || grid[seed] > highest) continue;
    const windings = [];
    let tail = 1;
    seen[seed] = 1;
    queue[0] = seed;
    for (let head = 0; head < tail; head++) {
      const p = queue[head];
      for (let axis = 0; axis < 3; axis++) {
        const along = Math.floor(p / stride[axis]) % n;
        for (const step of [1, -1]) {
          const face = along + step < 0 ? -1 : along + step === n ? 1 : 0;
          const q = p + (step - face * n) * stride[axis];
          if (grid[q] > highest || seen[q] && windings.length === 3) continue;
          const walk = [walked[3 * p], walked[3 * p + 1], walked[3 * p + 2]];
          walk[axis] += face;
          if (seen[q]) {
            const winding = walk.map((x, k) => x - walked[3 * q + k]);
            if (isIndependent(windings, winding)) windings.push(winding);
          } else {
            seen[q] = 1;
            walked.set(walk, 3 * q);
            queue[tail++] = q;
          }
        }
      }
    }
    for (let i = 0; i < tail; i++) kind[queue[i]] = windings.length ? IN_CHANNEL : IN_CAGE;
    dimensions = Math.max(dimensions, windings.length);
  }
  return { kind, dimensions };
};

// Surface nets: one vertex in each cube of points that the level passes through, joined across the edges that it
// cuts. Beyond the block of cells everything counts as closed, which caps the surface there.
const surfaceAround = (grid, n, kind, which, level, cells, cartesian) => {
  const side = n * cells + 3, size = side ** 3, outside = 1e3;
  const field = new Float32Array(size).fill(outside), vertexAt = new Int32Array(size), vertexArr = [], faceArr = [];
  for (let i = 1; i < side - 1; i++) for (let j = 1; j < side - 1; j++) for (let k = 1; k < side - 1; k++) {
    const point = ((i - 1) % n * n + (j - 1) % n) * n + (k - 1) % n;
    field[(i * side + j) * side + k] = kind[point] === which ? grid[point] : Math.max(grid[point], level + 3);
  }
  const corners = block(0, 1), offsets = corners.map(([i, j, k]) => (i * side + j) * side + k);
  const turns = [[side, 1, side * side], [1, side * side, side], [side * side, side, 1]];
  for (let i = 0; i < side - 1; i++) for (let j = 0; j < side - 1; j++) for (let k = 0; k < side - 1; k++) {
    const p = (i * side + j) * side + k, middle = [0, 0, 0];
    let inside = 0, cuts = 0;
    for (let c = 0; c < 8; c++) inside += field[p + offsets[c]] < level;
    if (inside === 0 || inside === 8) continue;
    for (let c = 0; c < 8; c++) for (const bit of [1, 2, 4]) {
      const other = c | bit, from = field[p + offsets[c]] - level, to = field[p + offsets[other]] - level;
      if (other === c || from < 0 === to < 0) continue;
      for (let x = 0; x < 3; x++) middle[x] += corners[c][x] + (corners[other][x] - corners[c][x]) * from / (from - to);
      cuts++;
    }
    const f = [i, j, k].map((at, x) => (at + middle[x] / cuts - 1) / n);
    vertexAt[p] = vertexArr.push(asPoint(cartesian(f)));
    for (const [u, v, ahead] of turns) {
      const isInside = field[p] < level, quad = [p, p - u, p - u - v, p - v].map(q => vertexAt[q] - 1);
      if (isInside === field[p + ahead] < level || quad.some(vertex => vertex < 0)) continue;
      const [a, b, c, d] = isInside ? quad.reverse() : quad;
      faceArr.push(a, b, c, a, c, d);
    }
  }
  return { vertexArr, faceArr, normalArr: [] };
};

const KILOJOULES = .008314462618; // of a kelvin, per mole
// energies in kJ/mol and the steps in which the page has them
const stepOf = ({ T, bend, limit, step, open }, energy) => open + (Math.asinh(energy / KILOJOULES / T / bend) - limit) / step;
const energyOfStep = ({ T, bend, limit, step, open }, at) => bend * T * Math.sinh(limit + (at - open) * step) * KILOJOULES;
