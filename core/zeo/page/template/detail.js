// ---- the facts about the chosen framework ----

let texts; // facts, and the CIF with a zero byte for each coordinate
const detailOf = async line => {
  if (line.detail < 0) return null;
  texts ??= JSON.parse(await inflatedText($("texts").textContent));
  const [facts, text] = texts[line.detail], [coordinates, pores] = spaces[line.detail];
  const digits = await inflatedText(coordinates);
  let at = 0;
  return { facts, cif: text.replace(/\0/g, () => `0.${digits.slice(at, at += 8)}`), pores };
};

// a name in front of the conditions that may stand behind it: qst[T=350 K] -> qst_error[T=350 K]
const suffixed = (id, suffix) => id.replace(/(\[.*)?$/, conditions => suffix + conditions);
const isPart = id => /_(accessible|error)(\[.*)?$/.test(id);

const propertiesOf = line => {
  const stages = Object.keys(STAGES).filter(stage => quantities.some(quantity => quantity.measured && valueOf(line, quantity.id, stage) != null));
  const measured = quantities.filter(quantity => quantity.measured && !isPart(quantity.id) && stages.some(stage => valueOf(line, quantity.id, stage) != null));
  if (!measured.length) return "";
  const rows = measured.map(quantity => {
    const cell = (stage, id) => {
      const value = valueOf(line, id, stage), error = valueOf(line, suffixed(id, "_error"), stage);
      return value == null ? "" : `${written(value, quantity)}${error == null ? "" : ` ± ${written(error, quantity)}`}`;
    };
    return `<tr><td ${hinted(escaped(quantity.about))}>${escaped(quantity.label)} <span class="soft">${escaped(unitText(quantity.unit))}</span></td>
      ${stages.map(stage => `<td class="${stage === "after" ? verdictOn(line, quantity.id) : ""}">${cell(stage, quantity.id)}</td>`).join("")}
      <td>${cell("after", suffixed(quantity.id, "_accessible"))}</td></tr>`;
  });
  const heads = stages.map(stage => `<th scope="col">${STAGES[stage]}</th>`).join("");
  return `<h3>Properties</h3><div class="wide" role="region" aria-label="properties" tabindex="0"><table><tr><th></th>${heads}
    <th scope="col" ${hinted("in those pores alone that run through the crystal")}>in channels</th></tr>${rows.join("")}</table></div>`;
};

const cellOf = (line, { cell, distances, remarks = [] }) => {
  const value = id => written(valueOf(line, id), quantityOf[id]);
  const has = id => quantityOf[id] && valueOf(line, id) != null;
  const counts = [has("t_atoms") && `${value("t_atoms")} T atoms`, has("unique_t") && `${value("unique_t")} of them unique`,
    has("density") && `${value("density")} ${unitText(quantityOf.density.unit)}`, line.group && escaped(line.group)].filter(Boolean).join(", ");
  const lengths = cell && cell.lengths.map((x, i) => `<i>${"abc"[i]}</i> ${x.toFixed(3)}`).join(" ");
  const angles = cell && cell.angles.map((x, i) => `${"αβγ"[i]} ${+x.toFixed(2)}°`).join(" ");
  const box = cell ? `<br>${lengths} Å, ${angles}, ${cell.volume.toFixed(0)} Å³` : "";
  const others = cell?.others.length ? `<br>In the pores: ${cell.others.map(escaped).join(", ")}` : "";
  const bounds = distances ? `<br>Local distances out of bounds: ${escaped(distances)}` : "";
  return `<h3>Cell</h3>${counts}${box}${others}${bounds}${remarks.map(words => `<br>${escaped(words)}`).join("")}`;
};

// the share of angles at T atoms that lie in rings of each size, then shells and vertex symbols
const netOf = ({ sites, td10 }) => {
  if (!sites.length) return "";
  const angles = sites.flatMap(([count, symbol]) => symbol.split(".").map(ring => [parseInt(ring) || "no", count]));
  const total = angles.reduce((sum, [, count]) => sum + count, 0), share = {};
  for (const [size, count] of angles) share[size] = (share[size] ?? 0) + count / total;
  const rings = Object.entries(share).map(([size, part]) => {
    const shade = Math.max(0, Math.min(RAMP.length - 1, size - 3 || 0));
    return `<span style="flex:${part};background:${RAMP[shade]};color:${shade < WHITE_ON ? "#fff" : "#14191d"}" ${hinted(`${(100 * part).toFixed(0)} % of the angles at T atoms are in a ${size}-ring`)}>${size}</span>`;
  });
  const symbolHtml = symbol => escaped(symbol).replace(/\((\d+)\)/g, "<sub>$1</sub>").replace(/\./g, "·");
  const rows = sites.map(([count, symbol, shells], i) => `<tr><td>T${i + 1}</td><td>${count}</td><td class="text">${symbolHtml(symbol)}</td>
    ${shells.map(atoms => `<td>${atoms}</td>`).join("")}</tr>`);
  const heads = sites[0][2].map((_, shell) => `<th scope="col">${shell + 1}</th>`).join("");
  return `<h3>Rings at the T atoms</h3><div class="rings">${rings.join("")}</div>
    <h3>Coordination sequences${td10 == null ? "" : `, TD<sub>10</sub> ${td10.toFixed(0)}`}</h3><div class="wide" role="region" aria-label="coordination sequences" tabindex="0"><table>
    <tr><th></th><th scope="col">sites</th><th scope="col" class="text">vertex symbol</th>${heads}</tr>${rows.join("")}</table></div>`;
};

const pastOf = ({ past, origin, seed }) => {
  const noteText = value => typeof value === "number" ? +value.toPrecision(4) : value === true ? "yes" : value === false ? "no"
    : typeof value === "object" ? JSON.stringify(value) : value;
  const notes = all => Object.entries(all ?? {}).filter(([, value]) => value != null && value.length !== 0)
    .map(([name, value]) => escaped(`${name.replace(/_/g, " ")} ${noteText(value)}`.slice(0, 200))).join(", ");
  const steps = past.map(({ stage, plugin, notes: stated }) =>
    `<li>${escaped(data.stages[stage] ?? stage)} <span class="soft">by ${escaped(plugin)}<br>${notes(stage === "generate" ? { seed, ...origin, ...stated } : stated)}</span></li>`);
  if (steps.length) return `<h3>History</h3><ol class="past">${steps.join("")}</ol>`;
  return notes(origin) ? `<h3>Origin</h3><span class="soft">${notes(origin)}</span>` : "";
};

const drawFacts = (line, detail) => {
  const facts = detail?.facts ?? { sites: [], past: [], origin: {} };
  const band = line.band ? `, ${escaped(line.band)}` : "";
  const potential = facts.potential ? ` by ${escaped(facts.potential)}` : "", energy = energyText(line);
  $("name").innerHTML = `${escaped(line.id)} ${nameTag(line)}<small>${energy ? escaped(energy) + potential + band : ""}</small>`;
  $("key").textContent = $("copy").dataset.copy = facts.key ?? "";
  $("copy").disabled = !facts.key;
  $("cif").disabled = !detail?.cif;
  $("cif").onclick = () => save(detail.cif, "chemical/x-cif", fileName(line.id, "cif"));
  $("facts").innerHTML = propertiesOf(line) + isothermOf(line) + cellOf(line, facts) + netOf(facts) + pastOf(facts);
};
