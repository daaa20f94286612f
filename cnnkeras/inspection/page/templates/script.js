"use strict";
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// Tables: a click on a column's head sorts by it, another turns the order round.
for (const button of all("table.sortable thead button")) {
  button.addEventListener("click", () => {
    const head = button.parentElement, table = head.closest("table"), body = table.tBodies[0];
    const column = [...head.parentElement.children].indexOf(head);
    const rising = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const value = (row) => row.children[column].dataset.value;
    const isNumber = head.classList.contains("number");
    const number = (text) => text === "-inf" ? -Infinity : Number(text);
    const compare = (one, other) => isNumber ? number(value(one)) - number(value(other)) : value(one).localeCompare(value(other), undefined, {numeric: true});
    body.append(...[...body.rows].sort((one, other) => rising ? compare(one, other) : compare(other, one)));
  });
}

// Tabs, with the arrow keys as in any other list of tabs.
for (const list of all("[role=tablist]")) {
  const tabs = all("[role=tab]", list);
  const choose = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
    }
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      choose(next);
      next.focus();
      event.preventDefault();
    });
  });
}

// Charts: the values of the epoch that is pointed at.
for (const chart of all(".chart")) {
  const content = JSON.parse(chart.dataset.chart), svg = chart.querySelector("svg");
  const pointer = chart.querySelector(".pointer"), values = chart.querySelector(".values");
  let shown = -1;
  const show = (index) => {
    shown = Math.max(0, Math.min(content.epochs.length - 1, index));
    const across = content.across[shown], scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    pointer.setAttribute("x1", across);
    pointer.setAttribute("x2", across);
    const lines = content.series.map((series) => `${series.name} ${series.values[shown]}`);
    values.textContent = [`epoch ${content.epochs[shown]}`, ...lines].join("\n");
    values.hidden = false;
    const room = chart.clientWidth - values.offsetWidth - 8;
    values.style.left = `${Math.max(4, Math.min(room, across * scale + 16))}px`;
  };
  const hide = () => {
    shown = -1;
    values.hidden = true;
    pointer.setAttribute("x1", -9);
    pointer.setAttribute("x2", -9);
  };
  svg.addEventListener("pointermove", (event) => {
    const place = svg.getBoundingClientRect(), x = (event.clientX - place.left) * svg.viewBox.baseVal.width / place.width;
    const distances = content.across.map((across) => Math.abs(across - x));
    show(distances.indexOf(Math.min(...distances)));
  });
  svg.addEventListener("pointerleave", hide);
  chart.addEventListener("blur", hide);
  chart.addEventListener("keydown", (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) return;
    show(shown + step);
    event.preventDefault();
  });
}

// The network: the browser has laid out the boxes, here come the lines between them.
const GAP = 27, LANE = 12, HEAD = 6;
function drawLines(drawing) {
  // What stands in a folded block has no place yet.
  if (!drawing.checkVisibility()) return;
  const svg = drawing.querySelector(":scope > .lines"), origin = drawing.getBoundingClientRect();
  const places = new Map(), bottoms = new Map(), tops = new Map();
  let right = 0;
  for (const box of all(":scope > .box", drawing)) {
    const rect = box.getBoundingClientRect(), row = Number(box.style.gridRowStart || box.style.gridRow);
    const place = {row, left: rect.left - origin.left, right: rect.right - origin.left, top: rect.top - origin.top, bottom: rect.bottom - origin.top};
    place.middle = (place.left + place.right) / 2;
    places.set(box.dataset.name, place);
    bottoms.set(row, Math.max(bottoms.get(row) ?? 0, place.bottom));
    tops.set(row, Math.min(tops.get(row) ?? Infinity, place.top));
    right = Math.max(right, place.right);
  }
  const rows = Math.max(0, ...bottoms.keys()), width = origin.width, height = origin.height;
  bottoms.set(0, 0);
  tops.set(rows + 1, height);
  // What comes in and goes out stands in line with the one box there, or in the middle of several.
  const middle = (row) => {
    const there = [...places.values()].filter((place) => place.row === row);
    return there.length === 1 ? there[0].middle : width / 2;
  };
  const ends = {in: {row: 0, middle: middle(1), bottom: 0}, out: {row: rows + 1, middle: middle(rows), top: height}};
  const arriving = new Map();
  const lines = JSON.parse(drawing.dataset.lines);
  for (const line of lines) arriving.set(line.target, [...(arriving.get(line.target) ?? []), line]);
  for (const group of arriving.values()) group.sort((one, other) => (one.lane ?? -1) - (other.lane ?? -1) || (places.get(one.source)?.middle ?? 0) - (places.get(other.source)?.middle ?? 0));
  svg.replaceChildren();
  const add = (path, kind) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", "path");
    element.setAttribute("d", path);
    if (kind) element.setAttribute("class", kind);
    svg.append(element);
    return element;
  };
  for (const line of lines) {
    const from = line.source === null ? ends.in : places.get(line.source);
    const to = line.target === null ? ends.out : places.get(line.target);
    if (!from || !to) continue;
    const group = arriving.get(line.target), x = to.middle + (group.indexOf(line) - (group.length - 1) / 2) * 16;
    const above = tops.get(to.row) - GAP * 0.45, y = to.row > rows ? height : to.top;
    let path = `M${from.middle},${from.bottom}`;
    if (line.lane !== null) {
      const lane = right + LANE * (line.lane + 1) - 2, below = bottoms.get(from.row) + GAP * 0.3;
      path += `V${below}H${lane}V${above}H${x}`;
    } else if (from.middle !== x) {
      path += `V${above}H${x}`;
    }
    const drawn = add(`${path}V${y - HEAD}`);
    drawn.dataset.source = line.source ?? "";
    drawn.dataset.target = line.target ?? "";
    add(`M${x - 4},${y - HEAD}h8l-4,${HEAD}z`, "head");
  }
}
const drawAll = () => all(".drawing").forEach(drawLines);
document.addEventListener("toggle", drawAll, true);
addEventListener("beforeprint", drawAll);
if (document.querySelector(".drawing")) {
  new ResizeObserver(drawAll).observe(document.body);
  drawAll();
}
for (const box of all(".box")) {
  const mark = (hot) => (event) => {
    event.stopPropagation();
    for (const line of all(":scope > .lines path", box.parentElement)) {
      line.classList.toggle("hot", hot && (line.dataset.source === box.dataset.name || line.dataset.target === box.dataset.name));
    }
  };
  box.addEventListener("pointerenter", mark(true));
  box.addEventListener("pointerleave", mark(false));
}
document.getElementById("fold")?.addEventListener("click", () => all("#diagram .box").forEach((box) => { box.open = false; }));
document.getElementById("unfold")?.addEventListener("click", () => all("#diagram .block").forEach((box) => { box.open = true; }));

for (const button of all(".copy")) {
  button.addEventListener("click", async () => {
    const code = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "marked";
    }
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}
