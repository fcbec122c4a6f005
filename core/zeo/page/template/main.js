// ---- one framework is chosen, and everything shows it ----

const page = { shown: frameworks, chosen: null };

page.choose = async (line, scroll) => {
  if (!line || line === page.chosen) return;
  page.chosen = line;
  page.table.mark(scroll);
  page.plot.ring();
  history.replaceState(null, "", `#${encodeURIComponent(line.id)}${several ? `/${line.source}` : ""}`);
  $("strip").innerHTML = `<b>${escaped(line.id)}</b> ${nameTag(line)} <span class="soft">${escaped(energyText(line))}</span><b>open ›</b>`;
  await showChosen();
};
const showChosen = async () => {
  const line = page.chosen, detail = await detailOf(line);
  if (page.chosen !== line) return;
  drawFacts(line, detail);
  await page.scene.show(line, detail);
};
const step = by => page.choose(page.shown[page.shown.indexOf(page.chosen) + by], true);

const openPanel = () => { document.body.classList.add("open"); showChosen(); };
const closePanel = () => document.body.classList.remove("open");
$("up").onclick = () => step(-1);
$("down").onclick = () => step(1);
$("back").onclick = closePanel;
$("strip").onclick = openPanel;
const KEYS = { ArrowDown: () => step(1), ArrowUp: () => step(-1), "/": () => $("filter").focus(), Escape: closePanel };
document.addEventListener("keydown", event => {
  if (event.target === $("strip") && ["Enter", " "].includes(event.key)) { event.preventDefault(); openPanel(); return; }
  if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[event.key];
  if (act) { event.preventDefault(); act(); }
});

const setTheme = dark => {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").textContent = dark ? "light" : "dark";
  page.plot.draw();
  page.scene.repaint();
};
$("theme").onclick = () => setTheme(document.documentElement.dataset.theme !== "dark");

document.body.classList.toggle("single", !cards.length && frameworks.length === 1);
document.body.classList.toggle("empty", !frameworks.length);
drawCards();
page.scene = makeScene();
page.plot = makePlot(page);
page.table = makeTable(page);
setTheme(matchMedia("(prefers-color-scheme: dark)").matches);
page.table.update();
if (!frameworks.length) for (const id of ["list", "detail"]) $(id).hidden = true;

// a "%" that begins no code stands for itself
const decoded = text => { try { return decodeURIComponent(text); } catch { return text; } };
const addressed = () => {
  const [id, source] = location.hash.slice(1).split("/").map(decoded);
  return frameworks.find(line => line.id === id && (source == null || line.source === +source));
};
requestAnimationFrame(() => setTimeout(() => page.choose(addressed() ?? frameworks[0]))); // after the first paint
window.zeo = { data, frameworks, page, detailOf, valueOf, findPores, surfaceAround, scaleOf }; // for tests
