// ---- the loadings of the chosen framework at rising pressure ----

// curves of at least two pressures: each with its unit and its points [pressure, loading, error]
const curvesOf = line => {
  const curves = new Map();
  for (const quantity of quantities.filter(({ isotherm }) => isotherm)) {
    const { curve, pressure, unit } = quantity.isotherm, value = valueOf(line, quantity.id);
    if (value == null) continue;
    if (!curves.has(curve)) curves.set(curve, { unit, points: [] });
    curves.get(curve).points.push([pressure, value, valueOf(line, suffixed(quantity.id, "_error")) ?? 0]);
  }
  for (const { points } of curves.values()) points.sort((a, b) => a[0] - b[0]);
  return [...curves].filter(([, { points }]) => points.length > 1);
};

const isothermOf = line => curvesOf(line).map(([curve, { unit, points }]) => {
  const [width, height, left, right, top, bottom] = [420, 190, 46, 408, 24, 150];
  const pressures = points.map(([pressure]) => pressure), tops = points.map(([, value, error]) => value + error);
  const X = scaleOf({ ranges: [], logarithmic: pressures.at(-1) > 50 * pressures[0] && pressures[0] > 0 }, pressures, left, right);
  const Y = scaleOf({ ranges: [{ low: 0 }], logarithmic: false }, tops, bottom, top);
  const path = (d, stroke, more = "") => `<path d="${d}" fill="none" style="stroke:var(--${stroke})" ${more}/>`;
  const text = (x, y, words, anchor) => `<text x="${x}" y="${y}" text-anchor="${anchor}" style="fill:var(--soft)">${escaped(words)}</text>`;
  const at = ([pressure, value]) => `${X.at(pressure).toFixed(1)} ${Y.at(value).toFixed(1)}`;
  const bar = ([pressure, value, error]) => `M${at([pressure, value - error])}L${at([pressure, value + error])}`;
  const parts = [
    ...X.ticks.map(([x, words]) => path(`M${x} ${top}V${bottom}`, "line") + text(x, bottom + 16, words, "middle")),
    ...Y.ticks.map(([y, words]) => path(`M${left} ${y}H${right}`, "line") + text(left - 6, y + 4, words, "end")),
    text(left, 14, "loading / mol/kg", "start"), text((left + right) / 2, height - 6, `pressure / ${unit}`, "middle"),
    path(`M${points.map(at).join("L")}`, "accent"), path(points.map(bar).join(""), "accent"),
    path(points.map(point => `M${at(point)}h0`).join(""), "accent", 'stroke-width="7" stroke-linecap="round"'),
  ];
  const words = points.map(([pressure, value]) => `${value.toPrecision(3)} mol/kg at ${pressure} ${unit}`).join(", ");
  return `<h3>Isotherm: ${escaped(curve)}</h3><svg class="isotherm" role="img" aria-label="${escaped(words)}"
    viewBox="0 0 ${width} ${height}" font-size="12">${parts.join("")}</svg>`;
}).join("");
