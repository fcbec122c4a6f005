// ---- small tools, and the data of the page with the words for its numbers ----

const $ = id => document.getElementById(id);
const first = selector => document.querySelector(selector);
const escaped = text => String(text ?? "").replace(/[&<>"']/g, sign => `&#${sign.charCodeAt()};`);
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const counted = count => count.toLocaleString("en");
const setPressed = (button, on) => button.setAttribute("aria-pressed", on);

const inflated = async text => {
  const bytes = Uint8Array.from(atob(text), character => character.charCodeAt());
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};
const inflatedText = async text => new TextDecoder().decode(await inflated(text));

const save = (content, type, name) => {
  const link = document.createElement("a");
  Object.assign(link, { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};
// what a file may be called on any system
const fileName = (text, ending) => `${text.replace(/[^\w.+-]+/g, "_").slice(0, 100) || "zeo"}.${ending}`;

// buttons of which one is pressed; options are [id, words, hint]
const segments = (box, options, pressed, choose) => {
  box.innerHTML = options.map(([id, words, hint = ""]) =>
    `<button type="button" data-id="${id}" title="${hint}">${words}</button>`).join("");
  const press = chosen => { for (const button of box.children) setPressed(button, button === chosen); };
  box.onclick = ({ target }) => { if (target.dataset.id) { press(target); choose(target.dataset.id); } };
  press([...box.children].find(button => button.dataset.id === pressed));
};

// hints are HTML, so whatever comes from outside is escaped in them, and all of it once more in the attribute
const hinted = html => `data-hint="${escaped(html)}"`;
const showHint = (html, x, y) => {
  const box = $("tip");
  box.hidden = !html;
  box.innerHTML = html ?? "";
  const below = y + 18 + box.offsetHeight <= innerHeight;
  box.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - box.offsetWidth - 8))}px`;
  box.style.top = `${Math.max(8, below ? y + 18 : y - box.offsetHeight - 12)}px`;
};
for (const kind of ["pointermove", "pointerdown", "focusin"]) {
  document.addEventListener(kind, event => {
    const under = event.target.closest?.("[data-hint], #canvas");
    if (under?.id === "canvas") return;
    const { left = 0, bottom = 0 } = under?.getBoundingClientRect() ?? {};
    showHint(under?.dataset.hint, event.clientX ?? left, event.clientY ?? bottom - 12);
  });
}
document.addEventListener("click", async ({ target }) => {
  const text = target.dataset?.copy, words = target.textContent;
  if (!text) return;
  try { await navigator.clipboard.writeText(text); target.textContent = "copied"; } catch { prompt("copy", text); }
  setTimeout(() => { target.textContent = words; }, 1200);
});

const data = JSON.parse(await inflatedText($("data").textContent));
const spaces = JSON.parse($("spaces").textContent); // of frameworks with details: coordinates and pores
const { sources } = data;
const cards = sources.filter(source => source.kind !== "structures");

const STAGES = { grid: "as drawn", before: "before relaxation", after: cards.some(card => card.kind !== "data set") ? "final" : "as given" };
const NOVELTY = { new: "new", known: "known", iza: "IZA type", training: "training set", train: "training set" };

// a framework, or a lost sample, is a line of columns
const linesOf = columns => columns.id.map((id, index) => {
  const { values } = columns, line = { index, id, values };
  for (const name of ["source", "name", "novelty", "group", "same", "band", "feasible", "met", "front", "detail", "reason"])
    line[name] = columns[name]?.[index];
  return line;
});
const frameworks = linesOf(data.frameworks);
const lost = linesOf(data.lost).map(line => ({ ...line, lost: true }));

// a wish is asked of the frameworks of its own source: other sources may want something else
const wishes = sources.flatMap((card, source) => (card.wishes ?? []).map(wish => ({ ...wish, source })));
const wishesFor = line => wishes.filter(wish => wish.source === line.source);
const within = ({ low, high, open }, value) => value != null && (low == null || (open ? value > low : value >= low))
  && (high == null || (open ? value < high : value <= high));

const knownOf = (id, stages) => stages.flatMap(stage => data.frameworks.values[stage][id] ?? []).filter(value => value != null);

// how the values of a quantity are written and drawn; it may have been measured at some stages alone
const quantities = data.quantities.map(quantity => {
  const values = knownOf(quantity.id, Object.keys(STAGES)).sort((a, b) => a - b), positive = values.filter(value => value > 0);
  const at = share => positive[Math.floor(share * (positive.length - 1))];
  const final = knownOf(quantity.id, ["after"]), ranges = wishes.filter(wish => wish.quantity === quantity.id);
  return {
    ...quantity, ranges,
    full: quantity.label + (quantity.unit ? ` / ${unitText(quantity.unit)}` : ""),
    html: escaped(quantity.symbol).replace(/_(\w+)/, "<sub>$1</sub>"),
    count: final.length,
    different: new Set(final).size,
    logarithmic: !quantity.whole && values[0] >= 0 && at(.95) / at(.1) > 50,
    digits: quantity.whole ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(at(.5) ?? values[0]) || 1))),
  };
});
// without the probe; a dot in brackets, as in [T=298.15 K], is none of the name's
const shortName = id => id.replace(/^[^[]*\./, "");
const quantityOf = Object.fromEntries(quantities.map(quantity => [quantity.id, quantity]));

function unitText(unit) {
  return unit.replace(/\bA(\d?)\b/g, (_, power) => `Å${power}`).replace(/3\b/g, "³").replace(/\bdegree\b/, "°");
}
const superscript = number => [...String(number)].map(sign => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("");
const powerOfTen = value => value.toExponential(1).replace(/e(.*)/, (_, power) => `·10${superscript(+power)}`);
const written = (value, quantity) => {
  if (value == null) return "–";
  const size = Math.abs(value);
  let text = value.toPrecision(3);
  if (!quantity.logarithmic && quantity.digits < 5) text = value.toFixed(quantity.digits);
  else if (value === 0 || size >= 100 && size < 1e5) text = value.toFixed(0);
  else if (size < .01 || size >= 1e5) text = powerOfTen(value);
  return text.replace(/^-/, "−");
};

// what is not measured by a probe is known of the final atoms alone
const valueOf = (line, id, stage = "after") =>
  line.values[quantityOf[id]?.measured ? stage : "after"][id]?.[line.index] ?? null;
const verdictOn = (line, id) => {
  const ranges = wishesFor(line).filter(wish => wish.quantity === id), value = valueOf(line, id);
  return !ranges.length ? "" : ranges.every(range => within(range, value)) ? "hit" : "miss";
};
const energyText = line => {
  const value = valueOf(line, "energy");
  return value == null ? "" : `${written(value, quantityOf.energy)} ${quantityOf.energy.unit}`;
};
const nameText = line => line.name || (NOVELTY[line.novelty] ?? line.novelty);
const nameTag = line => `<span class="tag ${line.name ? "named" : line.novelty === "new" ? "new" : ""}">${escaped(nameText(line))}</span>`;

const SOURCE_COLOURS = ["#1a8f86", "#c4683b", "#5a74b8", "#a58a2b", "#8c5a94", "#5c7f3c"];
const sourceColour = number => SOURCE_COLOURS[number % SOURCE_COLOURS.length];
const RAMP = ["#3b4f8f", "#34789c", "#2f9a94", "#62b47c", "#a9c462", "#e0b04c", "#d4713f"];
const WHITE_ON = 2; // so many of these are dark enough for white letters
const several = cards.length > 1;
