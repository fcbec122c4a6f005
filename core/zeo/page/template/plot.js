// ---- any quantity against any, coloured by a third ----

const NOT_SHOWN = 99, MANY_POINTS = 2000;
const NOVELTY_ORDER = ["named", "new", "iza", "known", "training"];
const noveltyOf = line => line.name ? "named" : line.novelty || "unknown";
const NOVELTY_COLOUR = { named: "out", new: "new" };
// what colours points by kind: order, words and colour of each
const KINDS = {
  source: line => [line.source, sources[line.source].name, sourceColour(line.source)],
  "on target": line => {
    if (!wishesFor(line).length) return [2, "no target", colour("behind")];
    return line.met ? [0, "on target", colour("in")] : [1, "off target", colour("soft")];
  },
  novelty: line => {
    const kind = noveltyOf(line), words = kind === "named" ? "has a name" : NOVELTY[kind] ?? kind;
    return [NOVELTY_ORDER.indexOf(kind) + 1 || 9, words, colour(NOVELTY_COLOUR[kind] ?? "soft")];
  },
};

const wantedColour = source => several ? sourceColour(source) : colour("accent");

const MAP = ["map.x", "map.y"];

const makePlot = page => {
  const drawable = quantities.filter(quantity => quantity.different > 1);
  const named = name => drawable.find(quantity => shortName(quantity.id) === name)?.id;
  const kinds = Object.keys(KINDS).filter(kind => kind === "source" ? several : kind === "novelty" || wishes.length > 0);
  const asked = [...wishes.map(wish => wish.quantity), ...sources.flatMap(source => source.front ?? [])].filter(id => drawable.includes(quantityOf[id]));
  const [x, y] = [...new Set([...MAP.filter(id => quantityOf[id]), ...asked, named("void_fraction"), named("energy"), named("density"), ...drawable.map(quantity => quantity.id)].filter(Boolean))];
  const axes = { x, y, colour: kinds.length > 1 ? kinds[0] : named("qst") ?? "novelty" };
  const state = { stage: "after", moves: false };
  const plot = { points: [] };

  for (const which of ["x", "y", "colour"]) {
    const options = [...which === "colour" ? kinds.map(kind => [kind, kind]) : [], ...drawable.map(quantity => [quantity.id, quantity.full])];
    $(which).innerHTML = options.map(([id, words]) => `<option value="${escaped(id)}">${escaped(words)}</option>`).join("");
    $(which).value = axes[which];
    $(which).onchange = () => { axes[which] = $(which).value; plot.draw(); };
  }
  const isMeasured = stage => [data.frameworks, data.lost].some(columns => Object.keys(columns.values[stage]).length);
  const measured = Object.keys(STAGES).filter(isMeasured);
  const stages = [...measured.map(stage => [stage, STAGES[stage]]), ["moves", "moves", "from where each was before to what it became"]];
  segments($("stage"), measured.length > 1 ? stages : [], "after", id => {
    state.moves = id === "moves";
    state.stage = state.moves ? "after" : id;
    plot.draw();
  });

  const placesOf = stage => (line, number) => ({ line, number, at: [valueOf(line, axes.x, stage), valueOf(line, axes.y, stage)] });

  plot.draw = () => {
    const qx = quantityOf[axes.x], qy = quantityOf[axes.y];
    $("plot").hidden = !qx || !qy || frameworks.length < 3;
    if ($("plot").hidden || !$("canvas").clientWidth) return;
    const width = $("canvas").clientWidth - 16, height = $("canvas").clientHeight;
    const edges = { left: 56, right: width - 14, top: 30, bottom: height - 44 };
    const all = state.stage === "after" ? frameworks : [...frameworks, ...lost];
    const placed = all.map(placesOf(state.stage)).filter(({ at }) => at[0] != null && at[1] != null);
    const behind = backgroundPlaces();
    const scales = [
      scaleOf(qx, [...placed, ...behind].map(({ at }) => at[0]), edges.left, edges.right),
      scaleOf(qy, [...placed, ...behind].map(({ at }) => at[1]), edges.bottom, edges.top),
    ];
    const spread = (quantity, number) => quantity.whole && quantity.different < 13 ? ((number * .618034) % 1 - .5) * 16 : 0;
    const place = (at, number) => [scales[0].at(at[0]) + spread(qx, number), scales[1].at(at[1]) + spread(qy, 7 * number)]
      .map(position => +position.toFixed(1));
    plot.points = placed.map(({ line, number, at }) => ({ line, number, xy: place(at, number) }));
    const layers = layersOf(plot.points, new Set(page.shown));
    $("canvas").innerHTML = svgOf({ qx, qy, width, height, edges, scales, layers, place, behind });
    $("legend").innerHTML = legendOf(layers, all.length - placed.length, behind.length, [...qx.ranges, ...qy.ranges]);
    plot.ring();
  };

  // the data set behind the points; nothing where it does not know both quantities
  const backgroundPlaces = () => {
    const known = data.background?.values ?? {}, xs = known[axes.x], ys = known[axes.y];
    if (!xs || !ys) return [];
    return xs.map((value, number) => ({ number, at: [value, ys[number]] })).filter(({ at }) => at[0] != null && at[1] != null);
  };

  const shadeOf = quantity => {
    const values = frameworks.map(line => valueOf(line, quantity.id)).filter(value => value != null);
    return scaleOf({ ...quantity, ranges: [] }, values, 0, RAMP.length - .001);
  };

  // points of one colour are one path; those that are filtered out lie below all others
  const layersOf = (points, visible) => {
    const quantity = quantityOf[axes.colour], layers = new Map(), shade = quantity && shadeOf(quantity);
    for (const { line, xy } of points) {
      const value = quantity ? valueOf(line, quantity.id) : 0;
      let layer = [NOT_SHOWN, "", colour("lost")];
      if (visible.has(line) && value != null) {
        const bin = quantity && Math.floor(shade.at(value));
        layer = quantity ? [bin, "", RAMP[bin]] : KINDS[axes.colour](line);
      }
      const key = layer.join();
      if (!layers.has(key)) layers.set(key, { order: layer[0], words: layer[1], stroke: layer[2], path: [] });
      layers.get(key).path.push(`M${xy}h0`);
    }
    return [...layers.values()].sort((a, b) => b.order - a.order);
  };

  const svgOf = ({ qx, qy, width, height, edges: { left, right, top, bottom }, scales: [X, Y], layers, place, behind }) => {
    const [ink, soft, line] = ["ink", "soft", "line"].map(colour);
    const path = (d, stroke, more = "") => `<path d="${d}" stroke="${stroke}" fill="none" ${more}/>`;
    const text = (at, words, anchor, fill) => `<text x="${at[0]}" y="${at[1]}" text-anchor="${anchor}" fill="${fill}">${escaped(words)}</text>`;
    const box = ({ source }, u, v, w, z) => `<path class="wanted" d="M${u} ${v}H${w}V${z}H${u}z" fill="${wantedColour(source)}" opacity=".11"/>`;
    const ends = ({ low, high }, scale, from, to) => [low == null ? from : scale.at(low), high == null ? to : scale.at(high)];
    const wanted = [
      ...qx.ranges.map(range => { const [u, w] = ends(range, X, left, right); return box(range, u, top, w, bottom); }),
      ...qy.ranges.map(range => { const [v, z] = ends(range, Y, bottom, top); return box(range, left, v, right, z); }),
    ];
    const ticks = [
      ...X.ticks.map(([at, words]) => path(`M${at} ${top}V${bottom}`, line) + text([at, bottom + 17], words, "middle", soft)),
      ...Y.ticks.map(([at, words]) => path(`M${left} ${at}H${right}`, line) + text([left - 7, at + 4], words, "end", soft)),
    ];
    const size = plot.points.length > MANY_POINTS ? 5 : 8;
    const dots = ({ order, path: d, stroke }) =>
      path(d.join(""), stroke, `stroke-linecap="round" stroke-width="${order === NOT_SHOWN ? size - 2 : size}" opacity=".85"`);
    const font = `font-size="12" font-family="${escaped(getComputedStyle(document.body).fontFamily)}"`;
    return `<svg viewBox="0 0 ${width} ${height}" xmlns="http://www.w3.org/2000/svg" ${font}>${[
      ...wanted, ...ticks,
      path(behind.map(({ at, number }) => `M${place(at, number)}h0`).join(""), colour("behind"), 'stroke-linecap="round" stroke-width="3.5" opacity=".45"'),
      ...codesOf(behind, place).map(([at, code]) => text(at, code, "start", soft)),
      text([(left + right) / 2, height - 8], qx.full, "middle", ink), text([8, 16], qy.full, "start", ink),
      path(movesOf(place), soft, 'opacity=".55"'), ...layers.map(dots), path(frontOf(), ink, 'stroke-dasharray="3 3"'),
    ].join("")}<g id="rings" fill="none"></g></svg>`;
  };

  // on a map, the known types behind the points
  const codesOf = (behind, place) => {
    if (axes.x !== MAP[0] || axes.y !== MAP[1]) return [];
    const codes = new Map(data.background?.codes ?? []);
    return behind.filter(({ number }) => codes.has(number)).map(({ at, number }) => {
      const [x, y] = place(at, number);
      return [[x + 4, y + 4], codes.get(number)];
    });
  };

  const movesOf = place => {
    if (!state.moves) return "";
    const from = measured.find(stage => stage !== "after"), visible = new Set(page.shown);
    return plot.points.filter(({ line }) => visible.has(line)).map(({ line, number, xy }) => {
      const { at } = placesOf(from)(line, number);
      return at[0] == null || at[1] == null ? "" : `M${place(at, number)}L${xy}`;
    }).join("");
  };

  // the Pareto front of each run, where the axes are what was to be large or small
  const frontOf = () => sources.map((source, number) => {
    if (![axes.x, axes.y].every(id => source.front?.includes(id)) || axes.x === axes.y || state.stage !== "after") return "";
    const points = plot.points.filter(({ line }) => line.front && line.source === number).sort((p, q) => p.xy[0] - q.xy[0]);
    return points.length > 1 ? `M${points.map(({ xy }) => xy).join("L")}` : "";
  }).join("");

  const legendOf = (layers, without, behind, ranges) => {
    const quantity = quantityOf[axes.colour];
    const swatch = (fill, words) => `<span><i class="dot" style="background:${fill}"></i>${escaped(words)}</span>`;
    const ramp = () => {
      const { low, high } = shadeOf(quantity), ends = [low, high].map(value => written(value, quantity));
      return `<span>${escaped(quantity.full)} ${ends[0]}<i class="ramp" style="background:linear-gradient(90deg,${RAMP})"></i>${ends[1]}</span>`;
    };
    const { background } = data;
    return [
      quantity ? ramp() : layers.filter(layer => layer.words).reverse().map(layer => swatch(layer.stroke, layer.words)).join(""),
      layers.some(layer => layer.order === NOT_SHOWN) ? swatch(colour("lost"), state.stage === "after" ? "filtered out" : "lost, or filtered out") : "",
      ...[...new Set(ranges.map(({ source }) => source))].map(source =>
        swatch(`color-mix(in srgb, ${wantedColour(source)} 25%, var(--card))`, several ? `wanted by ${sources[source].name}` : "wanted")),
      frontOf() ? "<span>┄ Pareto front</span>" : "",
      behind ? swatch(colour("behind"), `data set ${background.name} (${counted(background.count)} of ${counted(background.of)})`) : "",
      without ? `<span>${counted(without)} without such a value</span>` : "",
    ].join("");
  };

  plot.ring = (hovered = null) => {
    if (!$("rings")) return;
    const circle = (line, width) => {
      const [cx, cy] = line ? plot.points.find(point => point.line === line)?.xy ?? [] : [];
      return cx == null ? "" : `<circle cx="${cx}" cy="${cy}" r="8" stroke="${colour("ink")}" stroke-width="${width}"/>`;
    };
    $("rings").innerHTML = circle(page.chosen, 2.2) + circle(hovered, 1.2);
  };
  const nearest = event => {
    const { left, top } = first("#canvas svg").getBoundingClientRect();
    let best = null, least = 18;
    for (const point of plot.points) {
      const away = Math.hypot(point.xy[0] - event.clientX + left, point.xy[1] - event.clientY + top);
      if (away < least) [best, least] = [point.line, away];
    }
    return best;
  };
  $("canvas").onpointermove = event => {
    const line = nearest(event);
    plot.ring(line?.lost ? null : line);
    if (!line) { showHint(); return; }
    const value = id => `${quantityOf[id].html} ${written(valueOf(line, id, state.stage), quantityOf[id])} ${escaped(unitText(quantityOf[id].unit))}`;
    const what = line.lost ? `lost: ${escaped(line.reason)}` : `${escaped(nameText(line))} ${escaped(energyText(line))}`;
    showHint(`<b>${escaped(line.id)}</b> ${what}<br>${value(axes.x)}<br>${value(axes.y)}`, event.clientX, event.clientY);
  };
  $("canvas").onpointerleave = () => { showHint(); plot.ring(); };
  $("canvas").onclick = event => { const line = nearest(event); if (line && !line.lost) page.choose(line, true); };
  $("svg").onclick = () => save($("canvas").innerHTML, "image/svg+xml", fileName(data.title, "svg"));
  new ResizeObserver(() => plot.draw()).observe($("canvas"));
  return plot;
};

// an axis from one position to another; the outermost hundredth of many values lies at its ends
const scaleOf = (quantity, values, from, to) => {
  const sorted = values.slice().sort((a, b) => a - b), cut = sorted.length > 60 ? Math.floor(sorted.length / 100) : 0;
  const bounds = quantity.ranges.flatMap(({ low, high }) => [low, high]).filter(bound => bound != null);
  let low = Math.min(sorted[cut] ?? 0, ...bounds), high = Math.max(sorted.at(-1 - cut) ?? 1, ...bounds);
  const { logarithmic } = quantity, ends = { low, high };
  if (logarithmic) [low, high] = [Math.log10(Math.max(low, high * 1e-5)), Math.log10(high)];
  const margin = (high - low || 1) * .06, a = low - margin, b = high + margin;
  const bent = value => !logarithmic ? value : value > 0 ? Math.log10(value) : a;
  const at = value => from + (Math.min(b, Math.max(a, bent(value))) - a) / (b - a) * (to - from);
  const decade = 10 ** Math.floor(Math.log10((b - a) / 4));
  const step = logarithmic ? Math.max(1, Math.ceil((b - a) / 6)) : decade * [1, 2, 5, 10].find(k => (b - a) / (k * decade) <= 6);
  const ticks = [];
  for (let k = Math.ceil(a / step); k * step <= b; k++) {
    const v = k * step; // a sum of steps would miss zero by its rounding
    const words = !logarithmic ? String(+v.toPrecision(6)).replace("-", "−") : v > -3 && v < 5 ? String(+(10 ** v).toPrecision(1)) : `10${superscript(v)}`;
    ticks.push([at(logarithmic ? 10 ** v : v), words]);
  }
  return { at, ticks, ...ends };
};
