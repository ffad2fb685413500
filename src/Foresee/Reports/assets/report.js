// Draws each chart of the page's data into its place, and again when the place changes its width.
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const color = (i) => `var(--series-${(i % 6) + 1})`;
  const symbols = ["circle", "square", "triangle", "diamond", "star", "cross"];
  const halo = { stroke: "var(--paper)", strokeWidth: 5, strokeLinejoin: "round", paintOrder: "stroke" };

  // Numbers as on the axis: no exponent, no digits that say nothing.
  const number = (v) => v !== 0 && Math.abs(v) < 0.01 ? v.toExponential(1).replace(".0e", "e") : String(Number(v.toPrecision(4)));

  // Numbers that would stand too close on the log axis are left out, the largest kept.
  function ticks(chart, width) {
    if (!chart.x_ticks) return undefined;
    const all = chart.x_ticks, span = Math.log(all.at(-1) / all[0]) || 1, kept = [];
    for (const v of [...all].reverse())
      if (kept.every((k) => ((Math.abs(Math.log(k / v)) / span) * width) > 34)) kept.push(v);
    return kept.reverse();
  }

  function legend(names, chart) {
    const list = document.createElement("ul");
    list.className = "legend";
    list.setAttribute("aria-hidden", "true"); // the description of the plot names the lines
    names.forEach((name, i) => {
      const item = list.appendChild(document.createElement("li"));
      item.append(Plot.plot({
        width: 26, height: 14, margin: 0, axis: null, x: { domain: [0, 1] }, y: { domain: [-1, 1] },
        marks: [
          Plot.ruleY([0], { stroke: color(i), strokeWidth: 2.5 }),
          chart.points ? Plot.dot([0], { x: 0.5, y: 0, r: 4.5, fill: color(i), symbol: symbols[i % 6] }) : null,
        ],
      }), document.createTextNode(name));
    });
    return list;
  }

  function marks(chart, width) {
    const drawn = [];
    const values = chart.series.flatMap((s) => s.points.map((p) => p.y));
    const low = Math.min(...values);
    if (chart.level !== undefined) {
      drawn.push(Plot.ruleY([chart.level], { stroke: "var(--quiet)", strokeDasharray: "5 4", strokeWidth: 1.5 }));
      // Under the line when the data hang from it, above it when they rise from it.
      const below = chart.level > low;
      drawn.push(Plot.text([chart.level], {
        y: (v) => v, frameAnchor: "right", dy: below ? 9 : -9, fill: "var(--quiet)", ...halo,
        text: (v) => `${chart.level_name} ${number(v)}${chart.y.endsWith("%") ? " %" : ""}`,
      }));
    }
    chart.series.forEach((s, i) => {
      if (s.points.some((p) => p.low !== undefined))
        drawn.push(Plot.areaY(s.points, { x: "x", y1: "low", y2: "high", fill: color(i), fillOpacity: 0.14 }));
    });
    for (const a of chart.arrows ?? []) {
      // A shorter one would only cover the points; the table has its number.
      if ((Math.log(a.to / a.from) / Math.log(chart.x_ticks.at(-1) / chart.x_ticks[0])) * width < 60) continue;
      drawn.push(Plot.arrow([a], { x1: "from", x2: "to", y1: "y", y2: "y", stroke: "var(--text)", strokeWidth: 1.3, headLength: 7, insetStart: 8, insetEnd: 1 }));
      drawn.push(Plot.text([a], {
        x: "from", y: "y", dx: 10, dy: 11, textAnchor: "start", text: "label", fill: "var(--text)", fontWeight: 600, ...halo,
      }));
    }
    chart.series.forEach((s, i) => {
      drawn.push(Plot.lineY(s.points, { x: "x", y: "y", stroke: color(i), strokeWidth: chart.points ? 2.5 : 1.8, strokeLinejoin: "round" }));
      if (chart.points) drawn.push(Plot.dot(s.points, { x: "x", y: "y", r: 4.5, fill: color(i), stroke: "var(--paper)", strokeWidth: 1, symbol: symbols[i % 6] }));
      for (const side of [1, -1])
        drawn.push(Plot.text(s.points.filter((p) => p.side === side), { x: "x", y: "y", text: "label", dy: -14 * side, fill: color(i), fontWeight: 600, ...halo }));
    });
    const rows = chart.series.flatMap((s) => s.points.map((p) => ({ ...p, name: s.name })));
    drawn.push(Plot.tip(rows, Plot.pointer({
      x: "x", y: "y", fill: "var(--paper)", stroke: "var(--line)",
      title: (p) => `${p.name}\n${chart.x}: ${number(p.x)}\n${chart.y}: ${number(p.y)}`
        + (p.low === undefined ? "" : `\n95 % interval: ${number(p.low)} to ${number(p.high)}`),
    })));
    return drawn;
  }

  function draw(place) {
    const chart = charts[place.dataset.chart], width = place.clientWidth, narrow = width < 480;
    if (width === 0) return;
    const names = chart.series.map((s) => s.name);
    const plot = Plot.plot({
      width, height: Math.round(chart.points ? Math.max(320, Math.min(460, width * 0.55)) : 240),
      marginLeft: 52, marginRight: chart.points ? 22 : 12, marginTop: 30, marginBottom: 42,
      style: { background: "none", color: "var(--quiet)", fontFamily: "inherit", fontSize: "13px" },
      x: { type: chart.log_x ? "log" : "linear", label: chart.x, ticks: ticks(chart, width - 74) ?? (narrow ? 4 : 6), tickFormat: chart.x_ticks ? number : undefined, inset: chart.points ? 14 : 0 },
      y: { label: chart.y, grid: true, nice: true, zero: chart.from_zero, ticks: 6, inset: chart.points ? 12 : 4, tickFormat: number },
      marks: marks(chart, width - 100),
    });
    plot.setAttribute("aria-hidden", "true"); // its place has the description
    place.replaceChildren(...(names.length > 1 ? [legend(names, chart)] : []), plot);
  }

  for (const place of document.querySelectorAll("[data-chart]")) {
    let drawn = 0;
    new ResizeObserver(() => {
      if (place.clientWidth === drawn) return; // its own new height is no reason
      drawn = place.clientWidth;
      draw(place);
    }).observe(place);
  }
})();
