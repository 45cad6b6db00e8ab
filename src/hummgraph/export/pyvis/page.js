"use strict";
// Everything from the data is set as text; nothing here makes markup of a string.
(() => {
  const content = JSON.parse(document.getElementById("content").textContent);
  const { nodes, edges, lanes, statuses, types, paths, links, first, order } = content;
  const find = (id) => document.getElementById(id);
  const number = (value) => value.toLocaleString("en");
  const things = (n, what) => `${number(n)} ${what}${n === 1 ? "" : "s"}`;
  const LISTED = 100; // rows put into a list at once

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "class") element.className = value;
      else if (name === "on") element.addEventListener("click", value);
      else if (name === "style") Object.assign(element.style, value);
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

  // --- the picture ---------------------------------------------------------------------------
  const nodeSet = new vis.DataSet(nodes);
  const edgeSet = new vis.DataSet(edges.map((edge) => ({ ...edge, hidden: true })));
  const network = new vis.Network(find("picture"), { nodes: nodeSet, edges: edgeSet }, content.options);
  const place = new Map(nodes.map((node, index) => [node.id, index]));
  const lineOf = new Map(edges.map((edge, index) => [edge.id, index]));
  const touching = nodes.map(() => []);
  edges.forEach((edge, index) => {
    touching[place.get(edge.from)].push(index);
    if (edge.from !== edge.to) touching[place.get(edge.to)].push(index);
  });

  network.on("beforeDrawing", (canvas) => {
    canvas.fillStyle = "#ffffff";
    canvas.strokeStyle = "#e3e8ec";
    canvas.lineWidth = 1;
    for (const [left, top, right, bottom] of lanes) {
      canvas.beginPath();
      canvas.roundRect(left, top, right - left, bottom - top, 10);
      canvas.fill();
      canvas.stroke();
    }
  });

  let moved = false;
  const fit = () => {
    network.fit();
    // On a small screen the whole would be too small to read: begin at its upper left part.
    const box = find("picture").getBoundingClientRect();
    const least = box.width < 700 ? 0.55 : 0;
    if (network.getScale() < least && lanes.length) {
      const left = Math.min(...lanes.map((lane) => lane[0]));
      const position = { x: left - 12 + box.width / least / 2, y: box.height / least / 2 - 12 };
      network.moveTo({ scale: least, position });
    }
  };
  network.on("dragEnd", () => { moved = true; });
  network.on("zoom", () => { moved = true; });
  new ResizeObserver(() => { if (!moved) fit(); }).observe(find("picture"));
  const zoom = (factor) => {
    moved = true;
    network.moveTo({ scale: network.getScale() * factor, animation: { duration: 150 } });
  };
  find("fit").addEventListener("click", () => { moved = false; fit(); });
  find("closer").addEventListener("click", () => zoom(1.4));
  find("farther").addEventListener("click", () => zoom(1 / 1.4));

  // --- what is shown -------------------------------------------------------------------------
  const state = { statuses: new Set(statuses.keys()), threshold: 0, all: false, focus: null };
  const passes = (link) =>
    state.statuses.has(links.status[link]) &&
    (state.threshold === 0 ||
      (links.counts[link] !== null && links.counts[link] >= state.threshold) ||
      (content.approvedPass && statuses[links.status[link]].name === "APPROVED"));

  const hidden = edges.map(() => true);
  const faded = nodes.map(() => false);
  let passing = [];
  const update = () => {
    passing = edges.map(() => 0);
    let nLinks = 0;
    for (let line = 0; line < first.length - 1; line += 1) {
      for (let link = first[line]; link < first[line + 1]; link += 1) passing[line] += passes(link);
      nLinks += passing[line];
    }
    const focus = state.focus;
    const candidates = order.filter((line) => passing[line] && (!focus || focus.lines.has(line)));
    const budget = state.all || focus ? candidates.length : content.budget;
    const drawn = new Set(candidates.slice(0, budget));
    // What contains what stays, unless something is looked at.
    for (let line = first.length - 1; line < edges.length; line += 1) if (!focus) drawn.add(line);
    const changed = [];
    edges.forEach((edge, line) => {
      if (hidden[line] === drawn.has(line)) {
        hidden[line] = !drawn.has(line);
        changed.push({ id: edge.id, hidden: hidden[line] });
      }
    });
    if (changed.length) edgeSet.update(changed);
    const near = focus && new Set(focus.nodes);
    if (focus) for (const line of drawn) near.add(place.get(edges[line].from)).add(place.get(edges[line].to));
    const dimmed = [];
    nodes.forEach((node, index) => {
      const fade = Boolean(near) && !near.has(index) && !node.heading;
      if (fade !== faded[index]) {
        faded[index] = fade;
        // Not by opacity: lines would show through the box.
        dimmed.push(fade
          ? { id: node.id, color: { background: "#fafbfc", border: "#e6eaee" }, font: { ...node.font, color: "#b3bcc4" } }
          : { id: node.id, color: node.color, font: node.font });
      }
    });
    if (dimmed.length) nodeSet.update(dimmed);
    const lines = Math.min(budget, candidates.length);
    const every = first.length - 1;
    const one = every === links.id.length ? "" : ` as ${things(candidates.length, "line")}`;
    find("shown").textContent = focus
      ? `Shown: ${number(lines)} of ${things(every, "line")}${focus.name ? `, those of ${focus.name}` : ""}.`
      : `${number(nLinks)} of ${things(links.id.length, "link")} pass${one}; drawn: ${number(lines)}` +
        (lines < candidates.length ? `, the strongest. Select a table to see all of its own.` : ".");
    find("all-row").hidden = !focus && candidates.length <= content.budget;
  };

  const look = (focus) => {
    state.focus = focus;
    update();
    if (!focus) { network.unselectAll(); find("details").hidden = true; }
  };
  const detail = (...children) => {
    const close = make("button", { type: "button", "aria-label": "Close", on: () => look(null) }, "\u00d7");
    const [heading, ...rest] = children;
    find("details").replaceChildren(make("div", { class: "top" }, heading, close), ...rest);
    find("details").hidden = false;
    find("panel").scrollTop = 0;
  };

  const listed = (items, row) => {
    const list = make("ul", {}, ...items.slice(0, LISTED).map((item) => make("li", {}, row(item))));
    if (items.length > LISTED) {
      list.append(make("li", { class: "note" }, `shown ${LISTED} of ${number(items.length)}`));
    }
    return list;
  };
  const plain = (on, ...children) => make("button", { type: "button", class: "plain", on }, ...children);

  const flat = (value, name = "") =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => flat(inner, name ? `${name}.${key}` : key))
      : [[name, typeof value === "string" ? value : JSON.stringify(value)]];
  const describe = (link) => {
    const status = statuses[links.status[link]];
    const confidence = links.confidence[link];
    const row = make("div", { class: "link", style: { borderColor: status.colour } },
      make("div", { class: "path" }, `${paths[links.source[link]]} \u2192 ${paths[links.target[link]]}`),
      make("div", {}, `${status.name}, ${types[links.type[link]]}, ` +
        (confidence === null ? "no confidence" : `confidence ${confidence}`)));
    if (links.evidence[link] !== null) {
      const facts = flat(JSON.parse(links.evidence[link]));
      row.append(make("table", { class: "evidence" },
        ...facts.map(([name, value]) => make("tr", {}, make("th", {}, name), make("td", {}, value)))));
    }
    row.append(make("div", { class: "note path" }, links.id[link]));
    return row;
  };

  const endsOf = (line) => [place.get(edges[line].from), place.get(edges[line].to)];
  const goTo = (some) => {
    moved = true;
    network.fit({ nodes: some.map((node) => nodes[node].id), maxZoomLevel: 1.2, animation: { duration: 250 } });
  };
  const showLine = (line) => {
    const ends = endsOf(line);
    look({ lines: new Set([line]), nodes: ends, name: null });
    const name = ends.map((node) => nodes[node].path).join(" \u2192 ");
    const range = Array.from({ length: first[line + 1] - first[line] }, (_, i) => first[line] + i);
    detail(make("h3", {}, name), make("p", { class: "note" }, things(range.length, "link")),
      ...range.slice(0, LISTED).map(describe));
    if (range.length > LISTED) {
      find("details").append(make("p", { class: "note" }, `shown ${LISTED} of ${number(range.length)}`));
    }
    network.selectEdges([edges[line].id]);
  };

  const showNode = (node, move) => {
    const lines = touching[node].filter((line) => line < first.length - 1);
    look({ lines: new Set(lines), nodes: [node], name: nodes[node].path });
    const row = (line) => {
      const out = edges[line].from === nodes[node].id;
      const other = nodes[place.get(out ? edges[line].to : edges[line].from)];
      return plain(() => showLine(line), `${out ? "\u2192" : "\u2190"} ${other.path} `,
        make("span", { class: "number" }, number(first[line + 1] - first[line])));
    };
    const sorted = lines.sort((a, b) => first[b + 1] - first[b] - (first[a + 1] - first[a]));
    detail(make("h3", {}, nodes[node].path),
      make("p", { class: "note" }, nodes[node].about),
      lines.length ? listed(sorted, row) : make("p", {}, "No links are drawn to it."));
    network.selectNodes([nodes[node].id], false);
    if (move) goTo([node, ...lines.flatMap(endsOf)]);
  };

  // A column that is not drawn itself is found in its table, and only its own links are shown.
  const showPlace = (code, node) => {
    if (nodes[node].path === paths[code]) { showNode(node, true); return; }
    const lines = new Set();
    const own = [];
    for (const line of touching[node]) {
      for (let link = first[line]; link < (first[line + 1] ?? 0); link += 1) {
        if (links.source[link] === code || links.target[link] === code) { own.push(link); lines.add(line); }
      }
    }
    look({ lines, nodes: [node], name: paths[code] });
    detail(make("h3", {}, paths[code]), make("p", { class: "note" }, things(own.length, "link")),
      ...own.slice(0, LISTED).map(describe));
    network.selectNodes([nodes[node].id], false);
    goTo([node, ...[...lines].flatMap(endsOf)]);
  };

  const showCluster = (index) => {
    const { name, members } = content.clusters.list[index];
    const drawn = members.map(([, node]) => node).filter((node) => node >= 0);
    const inside = new Set(members.map(([code]) => code));
    const within = [...new Set(drawn.flatMap((node) => touching[node]))].filter((line) => {
      for (let link = first[line]; link < (first[line + 1] ?? 0); link += 1) {
        if (inside.has(links.source[link]) && inside.has(links.target[link])) return true;
      }
      return false;
    });
    look({ lines: new Set(within), nodes: drawn, name: `cluster ${index}` });
    if (drawn.length) goTo(drawn);
    detail(make("h3", {}, `#${index} ${name}`),
      make("p", { class: "note" }, `${things(members.length, "member")} of one cluster`),
      listed(members, ([path, node]) =>
        node < 0 ? make("span", {}, paths[path]) : plain(() => showPlace(path, node), paths[path])));
  };

  network.on("click", ({ nodes: [node], edges: [edge] }) => {
    if (node !== undefined) showNode(place.get(node), false);
    else if (edge !== undefined && lineOf.get(edge) < first.length - 1) showLine(lineOf.get(edge));
    else look(null);
  });

  // --- the panel -----------------------------------------------------------------------------
  const stroke = ({ colour, width, dashed }) => make("span", { class: "stroke", style: {
    borderTopColor: colour, borderTopWidth: `${width}px`, borderTopStyle: dashed ? "dashed" : "solid" } });
  const filters = find("filters");
  filters.append(make("h2", {}, "Links"));
  statuses.forEach((status, code) => {
    const box = make("input", { type: "checkbox", checked: "" });
    box.addEventListener("change", () => {
      state.statuses[box.checked ? "add" : "delete"](code);
      update();
    });
    filters.append(make("label", { class: "choice" }, box, stroke(status),
      make("span", { class: "name" }, status.name), make("span", { class: "number" }, number(status.n))));
  });
  const value = make("b", {}, "any");
  const slider = make("input", { id: "threshold", type: "range", min: 0, max: 1, step: 0.01, value: 0 });
  slider.addEventListener("input", () => {
    state.threshold = Number(slider.value);
    value.textContent = state.threshold ? `at least ${state.threshold.toFixed(2)}` : "any";
    update();
  });
  const all = make("input", { type: "checkbox" });
  all.addEventListener("change", () => { state.all = all.checked; update(); });
  filters.append(
    make("label", { for: "threshold" }, "Confidence: ", value), slider,
    make("p", { class: "note", id: "shown", role: "status" }),
    make("label", { class: "choice", id: "all-row" }, all, "draw all lines"));

  if (content.clusters) {
    const { list, about } = content.clusters;
    find("clusters").hidden = false;
    find("clusters").append(make("h2", {}, `Clusters (${number(list.length)})`),
      make("p", { class: "note" }, about),
      listed([...list.keys()], (index) => plain(() => showCluster(index), `#${index} ${list[index].name} `,
        make("span", { class: "number" }, number(list[index].members.length)))));
  }
  find("about").append(make("h2", {}, "About this picture"),
    ...content.legend.map(({ fill, border, text }) => make("div", { class: "key" },
      make("span", { class: "box", style: { background: fill, borderColor: border } }), make("span", {}, text))),
    ...content.notes.map((text) => make("p", { class: "note" }, text)));

  // --- search --------------------------------------------------------------------------------
  const search = find("search");
  const found = find("found");
  const linked = new Set([...links.source, ...links.target]);
  const places = content.places.map(([code, node]) => [paths[code], paths[code].toLowerCase(), node, code]);
  // What has links comes first; tables and systems stand before columns already.
  places.sort((a, b) => linked.has(b[3]) - linked.has(a[3]));
  const seek = () => {
    const wanted = search.value.trim().toLowerCase();
    found.hidden = !wanted;
    if (!wanted) return;
    const hits = places.filter(([, lower]) => lower.includes(wanted));
    const row = ([path, , node, code]) => plain(() => { found.hidden = true; showPlace(code, node); }, path);
    found.replaceChildren(...(hits.length ? listed(hits, row).children
      : [make("li", { class: "note" }, "Nothing is called so.")]));
  };
  search.addEventListener("input", seek);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !found.hidden) found.querySelector("button")?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus(); }
    if (event.key === "Escape") { found.hidden = true; look(null); }
  });
  document.addEventListener("click", (event) => {
    if (!find("search-box").contains(event.target)) found.hidden = true;
  });

  if (!nodes.length) find("stage").append(make("p", { style: { padding: "24px" } }, "There is nothing to draw: no systems, no links."));
  update();
  fit();
  network.once("afterDrawing", () => { document.documentElement.dataset.ready = "true"; });
  network.redraw();
  window.hummgraph = { network, nodes: nodeSet, edges: edgeSet };
})();
