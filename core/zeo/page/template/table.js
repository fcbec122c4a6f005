// ---- which frameworks, in which order; only the rows in sight are in the document ----

const ROW = 30, SPARE = 12; // height of a row in pixels, and rows beyond those in sight

const channels = quantities.find(quantity => /channel_dimensionality(\[|$)/.test(quantity.id))?.id;
const CHIPS = [
  ["on target", line => line.met],
  ["new", line => !line.name && line.novelty === "new"],
  ["feasible", line => line.feasible],
  ["one per net", line => !line.same],
  ["channels", line => valueOf(line, channels) > 0],
  ["Pareto front", line => line.front],
].filter(([, test]) => new Set(frameworks.map(line => Boolean(test(line)))).size > 1);

const COMPARE = {
  "<": (value, bound) => value < bound, "<=": (value, bound) => value <= bound, "=": (value, bound) => value === bound,
  ">": (value, bound) => value > bound, ">=": (value, bound) => value >= bound,
};
// "new qst>20": words that a row has to have, and bounds on quantities
const testsIn = text => text.toLowerCase().split(/\s+/).filter(Boolean).map(word => {
  const [, id, relation, bound] = word.match(/^(.+?)(<=|>=|<|>|=)(-?[\d.]+(?:e-?\d+)?)$/) ?? [];
  const quantity = id && quantities.find(({ id: full, symbol }) => [full, shortName(full), symbol].some(name => name.toLowerCase() === id));
  if (quantity) return line => { const value = valueOf(line, quantity.id); return value != null && COMPARE[relation](value, +bound); };
  return line => [line.id, nameText(line), line.novelty, line.group, line.band, sources[line.source].name].join(" ").toLowerCase().includes(word);
});

const makeTable = page => {
  const state = { sort: null, down: false, all: false, chips: new Set() };
  const table = {}, box = $("scroll"), body = first("#scroll tbody");
  const hasWishes = wishes.length > 0;

  const columnsShown = () => {
    const rank = quantity => quantity.id === "energy" ? 0 : quantity.ranges.length ? 1 : 2;
    return quantities.filter(quantity => quantity.count && (quantity.different > 1 || quantity.ranges.length)
      && (state.all || quantity.main || quantity.ranges.length)).sort((p, q) => rank(p) - rank(q));
  };

  table.update = () => {
    const tests = [...testsIn($("filter").value), ...CHIPS.filter(([name]) => state.chips.has(name)).map(([, test]) => test)];
    page.shown = frameworks.filter(line => tests.every(test => test(line)));
    if (state.sort) sortShown();
    $("count").textContent = `${page.shown.length === frameworks.length ? "" : `${counted(page.shown.length)} of `}${counted(frameworks.length)} rows`;
    $("chips").innerHTML = CHIPS.map(([name]) => `<button type="button" data-id="${name}" aria-pressed="${state.chips.has(name)}">${name}</button>`).join("");
    drawHead();
    box.scrollTop = 0;
    drawRows();
    page.plot.draw();
  };

  // what has no value comes last whichever way
  const sortShown = () => {
    const { sort, down } = state;
    const key = sort in quantityOf ? line => valueOf(line, sort) : line => sort === "name" ? nameText(line) || null : line[sort];
    const keyed = page.shown.map(line => [key(line), line]);
    keyed.sort(([a], [b]) => (a == null) - (b == null) || (down ? -1 : 1) * (a > b ? 1 : a < b ? -1 : 0));
    page.shown = keyed.map(([, line]) => line);
  };

  const drawHead = () => {
    const head = (id, words, more = "", hint = "") => {
      const sorted = state.sort === id ? `aria-sort="${state.down ? "descending" : "ascending"}"` : "";
      return `<th scope="col" ${sorted} ${more} ${hint}><button type="button" data-sort="${escaped(id)}">${words}</button>`;
    };
    const texts = ["id", ...several ? ["source"] : [], "name"].map(id => `${head(id, id, 'class="text"')}</th>`);
    const numbers = columnsShown().map(quantity => {
      const hint = hinted(`<b>${escaped(quantity.label)}</b><br>${escaped(quantity.about)}`);
      return `${head(quantity.id, quantity.html, "", hint)}<small>${escaped(unitText(quantity.unit))}</small></th>`;
    });
    const target = hasWishes ? `<th ${hinted("meets every wish")} aria-label="on target"></th>` : "";
    first("#scroll thead").innerHTML = `<tr>${target}${texts.join("")}${numbers.join("")}</tr>`;
  };

  const drawRows = () => {
    const { shown } = page, sight = Math.ceil(box.clientHeight / ROW) + 2 * SPARE;
    const from = Math.max(0, Math.min(Math.floor(box.scrollTop / ROW) - SPARE, shown.length - sight)), to = Math.min(shown.length, from + sight);
    const columns = columnsShown(), span = columns.length + 4;
    const gap = rows => rows > 0 ? `<tr aria-hidden="true"><td colspan="${span}" style="height:${rows * ROW}px;padding:0"></td></tr>` : "";
    body.innerHTML = gap(from) + shown.slice(from, to).map(line => rowOf(line, columns)).join("") + gap(shown.length - to);
  };

  const rowOf = (line, columns) => {
    const { name } = sources[line.source], same = line.same ? ` <span class="tag">= ${escaped(line.same)}</span>` : "";
    const source = several ? `<td class="text"><i class="dot" style="background:${sourceColour(line.source)}"></i>${escaped(name)}</td>` : "";
    const cell = quantity => {
      const value = written(valueOf(line, quantity.id), quantity);
      return `<td class="${verdictOn(line, quantity.id)}">${quantity.id === "energy" ? bandOf(line) : ""}${value}</td>`;
    };
    return `<tr data-index="${line.index}" ${line === page.chosen ? 'class="chosen"' : ""}>${hasWishes ? `<td class="hit">${line.met ? "●" : ""}</td>` : ""}
      <td class="text">${escaped(line.id)}</td>${source}<td class="text">${nameTag(line)}${same}</td>${columns.map(cell).join("")}</tr>`;
  };
  const bandOf = line => {
    if (!line.band) return "";
    const place = data.bands.findIndex(([, words]) => words === line.band);
    return `<i class="band ${["low", "middle"][place] ?? "high"}" ${hinted(escaped(line.band))}></i>`;
  };

  table.mark = scroll => {
    const place = page.shown.indexOf(page.chosen), top = place * ROW, head = first("#scroll thead").offsetHeight;
    const outside = top < box.scrollTop || top + ROW > box.scrollTop + box.clientHeight - head;
    if (scroll && place >= 0 && outside) box.scrollTop = top - box.clientHeight / 2;
    drawRows();
  };

  const lineUnder = event => frameworks[event.target.closest("tr[data-index]")?.dataset.index];
  let queued = 0;
  box.onscroll = () => { queued ||= requestAnimationFrame(() => { queued = 0; drawRows(); }); };
  body.onclick = event => { const line = lineUnder(event); if (line) page.choose(line, false); };
  body.onpointermove = event => page.plot.ring(lineUnder(event) ?? null);
  body.onpointerleave = () => page.plot.ring();
  $("filter").oninput = table.update;
  $("chips").onclick = ({ target: { dataset: { id } } }) => { if (id && !state.chips.delete(id)) state.chips.add(id); table.update(); };
  first("#scroll thead").onclick = event => {
    const id = event.target.closest("th")?.querySelector("[data-sort]")?.dataset.sort;
    if (!id) return;
    [state.sort, state.down] = state.sort !== id ? [id, false] : state.down ? [null, false] : [id, true];
    table.update();
    [...document.querySelectorAll("[data-sort]")].find(button => button.dataset.sort === id)?.focus({ preventScroll: true });
  };
  $("all").onclick = () => { state.all = !state.all; setPressed($("all"), state.all); drawHead(); drawRows(); };
  $("csv").onclick = () => save(csvOf(page.shown), "text/csv", fileName(data.title, "csv"));
  return table;
};

// a text that a spreadsheet would take for a formula gets a quote in front
const csvOf = lines => {
  const cell = value => {
    const text = typeof value === "string" && /^[=+\-@\t]/.test(value) ? `'${value}` : String(value ?? "");
    return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  const head = ["source", "id", "name", "novelty", "duplicate_of", "on_target", "feasible", "space_group_symbol",
    ...quantities.map(({ id, unit }) => id + (unit ? ` [${unit}]` : ""))];
  const rows = lines.map(line => [sources[line.source].name, line.id, line.name, line.novelty, line.same,
    line.met ? "true" : "false", line.feasible ? "true" : "false", line.group, ...quantities.map(({ id }) => valueOf(line, id))]);
  return [head, ...rows].map(row => `${row.map(cell).join(",")}\n`).join("");
};
