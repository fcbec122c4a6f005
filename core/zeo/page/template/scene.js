// ---- the chosen framework in space; 3Dmol draws ----

const MODELS = {
  // radii in angstrom: of bonds, T atoms and oxygen
  net: { bond: .11, tAtom: .2, oxygen: .1 },
  sticks: { bond: .1, tAtom: .24, oxygen: .19 },
  tetrahedra: { bond: .04, tAtom: .05, oxygen: .13 },
};
const MANY_ATOMS = 400; // T atoms beyond which a net is drawn as thin lines, and at first as a net
const FIELD_OF_VIEW = Math.PI / 9, CAMERA = 150; // of 3Dmol
const FULL_LEVEL = .499; // steps; the slider at its end

const makeScene = () => {
  let viewer, crystal, pores, surfaces = [], shown, queued = 0, clicked = false;
  const state = { model: "sticks", cells: 1, spinning: false };
  const scene = { found: null, ready: null };

  scene.show = async (line, detail) => {
    if (!$("frame").clientWidth) return; // the panel is closed, on a phone
    shown = line;
    scene.ready = null;
    const note = !detail ? "Only the first frameworks are here in 3D: zeo report --top N has more." : detail.facts.missing ?? "";
    $("pores").hidden = !detail?.pores;
    for (const id of ["view", "tools"]) $(id).style.visibility = note ? "hidden" : "";
    $("note").textContent = note;
    $("still").innerHTML = "";
    scene.found = null;
    if (note) { scene.ready = line.index; return; }
    const next = readCrystal(detail.cif, detail.facts.cell);
    if (!await isReadyToDraw()) {
      if (shown !== line) return;
      $("still").innerHTML = stillPicture(next);
      $("note").textContent = "No 3D view: this browser has no WebGL.";
      for (const id of ["view", "tools"]) $(id).style.visibility = "hidden";
    }
    const steps = detail.pores && await inflated(detail.pores.steps);
    if (shown !== line) return;
    crystal = next;
    pores = detail.pores && { ...detail.pores, steps };
    if (crystal.tAtoms.length > MANY_ATOMS && state.model !== "net") first("#model [data-id=net]").click();
    if (pores) prepareSlider();
    draw(true);
    scene.ready = line.index;
  };

  // the viewer is unpacked when it is first needed; without WebGL it would draw nothing and say nothing
  const isReadyToDraw = async () => {
    if (viewer) return true;
    if (!document.createElement("canvas").getContext("webgl2")) return false;
    if (!window.$3Dmol) {
      const script = document.createElement("script");
      script.textContent = await inflatedText($("viewer").textContent);
      document.body.append(script);
    }
    try { viewer ??= window.$3Dmol.createViewer($("view"), { backgroundColor: colour("card"), orthographic: true }); } catch { return false; }
    return true;
  };

  const prepareSlider = () => {
    const deepest = pores.steps.reduce((least, step) => Math.min(least, step), 255), slider = $("level");
    slider.min = Math.min(energyOfStep(pores, deepest), energyOfStep(pores, pores.open) - 1).toFixed(2);
    slider.max = energyOfStep(pores, pores.open).toFixed(4);
    slider.value = slider.max;
    $("gas").textContent = pores.gas;
    $("grid").textContent = `Drawn from ${pores.points} × ${pores.points} × ${pores.points} points at ${pores.T} K; the properties below are those of the record.`;
  };

  const draw = fresh => {
    if (!crystal) return;
    if (viewer) {
      const view = viewer.getView();
      for (const clear of ["removeAllModels", "removeAllShapes", "removeAllLabels"]) viewer[clear]();
      viewer.setBackgroundColor(colour("card"));
      surfaces = [];
      drawAtoms();
      drawCell();
      if (fresh) { viewer.zoomTo(); look("c", .16, -.24); } else viewer.setView(view);
    }
    if (pores) flood();
    viewer?.render();
  };
  scene.repaint = () => draw(false);

  const drawAtoms = () => {
    const atoms = [], numbers = new Map(), all = tetrahedra(crystal, state.cells), inside = new Set(all.map(one => one.key));
    const atom = (elem, key, at) => {
      if (!numbers.has(key)) {
        const serial = atoms.length;
        numbers.set(key, serial);
        atoms.push({ elem, ...asPoint(at), bonds: [], bondOrder: [], serial, index: serial });
      }
      return numbers.get(key);
    };
    const bond = (p, q) => {
      for (const [from, to] of [[p, q], [q, p]]) if (!atoms[from].bonds.includes(to)) { atoms[from].bonds.push(to); atoms[from].bondOrder.push(1); }
    };
    const rounded = at => at.map(x => x.toFixed(2)).join();
    for (const { key, at, oxygen, others } of all) oxygen.forEach((place, k) => {
      const { key: other, at: there } = others[k];
      let end = ["O", rounded(place), place];
      if (state.model === "net") {
        const middle = scaled(sum(at, there), .5); // where a bond leaves the block of cells
        end = inside.has(other) ? ["Si", other, there] : ["X", rounded(middle), middle];
      }
      bond(atom("Si", key, at), atom(...end));
    });
    crystal.others.forEach(({ f }, i) => block(0, state.cells - 1)
      .forEach(shift => atom("Na", `other ${i} ${shift}`, crystal.cartesian(sum(f, shift)))));
    const { bond: width, tAtom, oxygen } = MODELS[state.model];
    viewer.addModel().addAtoms(atoms);
    const isLarge = all.length > MANY_ATOMS && state.model === "net", grey = colour("t-atom");
    for (const [elem, name, radius] of [["Si", "t-atom", tAtom], ["O", "oxygen", oxygen], ["X", "t-atom", width], ["Na", "other", .45]])
      viewer.setStyle({ elem }, isLarge ? { line: { color: grey } } : { stick: { radius: width, color: grey }, sphere: { radius, color: colour(name) } });
    if (state.model === "tetrahedra") {
      const corners = all.flatMap(({ oxygen: four }) => four.flatMap((_, left) => four.filter((_, k) => k !== left).slice(0, 3).map(asPoint)));
      viewer.addCustom({ vertexArr: corners, faceArr: corners.map((_, i) => i), normalArr: [], color: colour("t-atom"), opacity: .82 });
    }
  };

  const drawCell = () => {
    const { cartesian } = crystal, { cells } = state;
    for (const [start, end] of edgesOfCell(cells).map(ends => ends.map(f => asPoint(cartesian(f)))))
      viewer.addCylinder({ start, end, radius: .045, color: colour("soft"), fromCap: 1, toCap: 1 });
    const style = { fontColor: colour("ink"), fontSize: 14, backgroundOpacity: 0, alignment: "center" };
    [..."abc"].forEach((name, axis) => {
      const position = asPoint(cartesian([0, 1, 2].map(k => k === axis ? 1.08 * cells : 0)));
      viewer.addLabel(name, { ...style, position });
    });
  };

  // the pores up to the energy of the slider, as surfaces and as shares of the cell
  const flood = () => {
    const { points, steps, open } = pores, energy = +$("level").value;
    const isFull = energy >= +$("level").max, level = isFull ? open + .5 : stepOf(pores, energy) + .5;
    const { kind, dimensions } = findPores(steps, points, Math.floor(level)), share = [0, 0, 0];
    for (const which of kind) share[which] += 1 / kind.length;
    if (viewer) {
      for (const surface of surfaces) viewer.removeShape(surface);
      surfaces = [IN_CAGE, IN_CHANNEL].filter(which => share[which]).map(which => viewer.addCustom({
        ...surfaceAround(steps, points, kind, which, level, state.cells, crystal.cartesian),
        color: colour(which === IN_CHANNEL ? "in" : "out"),
      }));
    }
    const percent = part => part && part < .0005 ? "< 0.1 %" : `${(100 * part).toFixed(1)} %`;
    const swatch = name => `<i class="dot" style="background:var(--${name})"></i>`;
    const along = dimensions ? ` along ${dimensions} direction${dimensions > 1 ? "s" : ""}` : "";
    $("limit").innerHTML = `<b>${energy.toFixed(1).replace("-", "−")} kJ/mol</b>${isFull ? ", as for the void fraction" : ""}`;
    $("found").innerHTML = `<span>${swatch("in")}${percent(share[IN_CHANNEL])} of the cell in channels${along}</span>
      <span>${swatch("out")}${percent(share[IN_CAGE])} in closed cages</span>`;
    scene.found = { cages: share[IN_CAGE], channels: share[IN_CHANNEL], dimensions };
  };

  // looking down a lattice vector with another one upwards, then turned about the axes of the screen (radians)
  const look = (axis, aboutX = 0, aboutY = 0) => {
    const { lattice, cartesian } = crystal, turned = (u, v, angle) => {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      return [difference(scaled(u, c), scaled(v, s)), sum(scaled(u, s), scaled(v, c))];
    };
    let z = unit(lattice["abc".indexOf(axis)]), y = lattice["abc".indexOf(axis === "c" ? "b" : "c")];
    y = unit(difference(y, scaled(z, dot(y, z))));
    let x = cross(y, z);
    [y, z] = turned(y, z, aboutX);
    [z, x] = turned(z, x, aboutY);
    const middle = cartesian(scaled([.5, .5, .5], state.cells));
    const corners = block(0, 1).map(f => difference(cartesian(scaled(f, state.cells)), middle));
    const reach = u => 1.2 * Math.max(...corners.map(corner => Math.abs(dot(corner, u)))) + 1;
    const { clientWidth, clientHeight } = $("view"), half = Math.max(reach(x), reach(y) * clientWidth / clientHeight);
    viewer.setView([...scaled(middle, -1), CAMERA - half / Math.tan(FIELD_OF_VIEW), ...quaternionOf(x, y, z)]);
  };

  segments($("model"), Object.keys(MODELS).map(id => [id, id]), state.model, id => { state.model = id; draw(false); });
  segments($("cells"), [["1", "1 cell"], ["2", "2×2×2"], ["3", "3×3×3"]], "1", id => { state.cells = +id; draw(true); });
  segments($("axes"), [..."abc"].map(axis => [axis, axis, `look along ${axis}`]), "", axis => {
    if (crystal && viewer) { look(axis); viewer.render(); }
  });
  $("spin").onclick = () => {
    state.spinning = !state.spinning;
    setPressed($("spin"), state.spinning);
    viewer?.spin(state.spinning ? "vy" : false, .4);
  };
  $("level").oninput = () => {
    queued ||= requestAnimationFrame(() => { queued = 0; if (pores) { flood(); viewer?.render(); } });
  };
  // the wheel scrolls the page until the picture was clicked
  document.addEventListener("pointerdown", ({ target }) => { clicked = $("view").contains(target); });
  $("view").addEventListener("wheel", event => { if (!clicked && !event.ctrlKey) event.stopPropagation(); }, { capture: true });
  new ResizeObserver(() => viewer?.resize()).observe($("frame"));
  return scene;
};

// of the rotation whose rows are the axes of the screen
const quaternionOf = (x, y, z) => {
  const part = (i, j, k, sign) => Math.sqrt(Math.max(0, 1 + i * x[0] + j * y[1] + k * z[2])) / 2 * (sign < 0 ? -1 : 1);
  return [part(1, -1, -1, z[1] - y[2]), part(-1, 1, -1, x[2] - z[0]), part(-1, -1, 1, y[0] - x[1]), part(1, 1, 1, 1)];
};
