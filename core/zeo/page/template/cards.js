// ---- what was wanted, what came of it: a card for each run, design and data set ----

const wishSentence = card => {
  if (card.kind === "data set") return "";
  const wanted = card.wishes.map(wish => `<b tabindex="0" ${hinted(`${escaped(wish.text)}<br>met by ${counted(wish.hit)} of ${counted(wish.count)}`)}>${escaped(wish.words)}</b>`);
  const parts = [wanted.length ? `Wanted: ${wanted.join(" and ")}` : "", ...card.objectives.map(escaped)].filter(Boolean);
  return parts.length ? `${parts.join("; ")}.` : "No property was asked for.";
};

const funnelOf = ({ funnel }) => {
  const most = Math.max(1, ...funnel.map(step => step.passed)), wide = count => `${100 * count / most}%`;
  let before = funnel[0]?.passed ?? 0;
  return funnel.map(({ words, passed, lost: reasons, aside }) => {
    const gone = aside ? 0 : Math.max(0, before - passed);
    const slope = gone ? `width:${wide(before)};clip-path:polygon(0 0,100% 0,${100 * passed / before}% 100%,0 100%)` : "width:0";
    const why = reasons.map(([reason, count]) => `<br><b>${counted(count)}</b> lost: ${escaped(reason)}`).join("");
    if (!aside) before = passed;
    return `<div class="step ${aside ? "aside" : ""}" tabindex="0" ${hinted(`<b>${counted(passed)}</b> ${escaped(words)} ${aside ? `(${escaped(aside)})` : ""}${why}`)}>
      <i class="slope" style="${slope}"></i><span>${escaped(words)}</span>
      <div class="flow"><i class="pass" style="width:${wide(passed)}"></i><i class="gone" style="width:${wide(gone)}"></i></div><b>${counted(passed)}</b></div>`;
  }).join("");
};

const cardOf = card => {
  const dot = several ? `<i class="dot" style="background:${sourceColour(sources.indexOf(card))}"></i><strong>${escaped(card.name)}.</strong> ` : "";
  const numbers = card.numbers.map(([count, words, meaning], i) =>
    `<div class="${i === card.numbers.length - 1 ? "lead" : ""}" tabindex="0" ${hinted(escaped(meaning))}><b>${counted(count)}</b>${escaped(words)}</div>`);
  const words = card.command.split(" ").map(word => `<span>${escaped(word)}</span>`).join(" ");
  const command = card.command ? `<div class="command"><code>${words}</code><button type="button" data-copy="${escaped(card.command)}">copy</button></div>` : "";
  return `<article class="card source"><p class="wish">${dot}${escaped(card.made)}. ${wishSentence(card)}</p>
    <div class="numbers">${numbers.join("")}</div><div class="funnel">${funnelOf(card)}${effortOf(card)}${progressOf(card)}</div>
    <div>${command}<p class="about">${card.about.map(escaped).join(" ")}</p></div></article>`;
};

const drawCards = () => {
  first("h1").textContent = data.title;
  $("cards").className = several ? "several" : "";
  $("cards").innerHTML = cards.map(cardOf).join("");
};
