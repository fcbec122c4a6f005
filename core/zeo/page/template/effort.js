// ---- a design: where its effort went, and how its hits came ----

const effortOf = ({ effort = [] }) => {
  if (!effort.length) return "";
  const whole = effort.reduce((sum, [,,,,, seconds]) => sum + seconds, 0) || 1;
  const rows = effort.map(([arm, proposed, fresh, relaxed, hits, seconds]) => `<tr><td class="text">${escaped(arm)}</td>
    ${[proposed, fresh, relaxed, hits].map(count => `<td>${counted(count)}</td>`).join("")}<td>${seconds.toFixed(1)}</td><td>${(100 * seconds / whole).toFixed(0)} %</td></tr>`);
  const heads = ["proposed", "new nets", "relaxed", "found", "effort / s", "share"].map(words => `<th scope="col">${words}</th>`).join("");
  return `<h3>Where the effort went</h3><div class="wide" role="region" aria-label="effort" tabindex="0"><table class="effort"><tr><th scope="col" class="text">source</th>${heads}</tr>${rows.join("")}</table></div>`;
};

// a curve that steps up or down at the end of each round
const progressOf = ({ progress = [] }) => progress.filter(({ points }) => points.length).map(({ words, points }) => {
  const [width, height, left, right, top, bottom] = [420, 170, 46, 408, 24, 130];
  const X = scaleOf({ ranges: [{ low: 0 }], logarithmic: false }, points.map(([seconds]) => seconds), left, right);
  const Y = scaleOf({ ranges: words === "hits" ? [{ low: 0 }] : [], logarithmic: false }, points.map(([, value]) => value), bottom, top);
  const path = (d, stroke) => `<path d="${d}" fill="none" style="stroke:var(--${stroke})"/>`;
  const text = (x, y, said, anchor) => `<text x="${x}" y="${y}" text-anchor="${anchor}" style="fill:var(--soft)">${escaped(said)}</text>`;
  const start = words === "hits" ? [[0, 0]] : [points[0]];
  const steps = [...start, ...points].map(([seconds, value], i) => `${i ? "H" : "M"}${X.at(seconds).toFixed(1)}${i ? "V" : " "}${Y.at(value).toFixed(1)}`);
  const parts = [
    ...X.ticks.map(([x, said]) => path(`M${x} ${top}V${bottom}`, "line") + text(x, bottom + 16, said, "middle")),
    ...Y.ticks.map(([y, said]) => path(`M${left} ${y}H${right}`, "line") + text(left - 6, y + 4, said, "end")),
    text(left, 14, words, "start"), text((left + right) / 2, height - 6, "effort / s", "middle"), path(steps.join(""), "accent"),
  ];
  const [seconds, last] = points.at(-1);
  return `<svg class="isotherm" role="img" aria-label="${escaped(`${words}: ${last} after ${seconds} s`)}" viewBox="0 0 ${width} ${height}" font-size="12">${parts.join("")}</svg>`;
}).join("");
