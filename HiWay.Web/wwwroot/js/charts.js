// Pointing at charts: <figure class="chart" data-tips='{"series":[{"name","color"}],"points":[{"at","values":[…],"total"}]}'>.
// Tooltips are drawn here and not by the circuit, so they follow the pointer without a round trip. Arrow keys do the same.

function tipsOf(chart) {
  if (chart.tipsText !== chart.dataset.tips) {
    chart.tipsText = chart.dataset.tips;
    chart.tips = JSON.parse(chart.dataset.tips);
  }
  return chart.tips;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function hide(chart) {
  chart.querySelector(".chart-tip")?.remove();
  chart.querySelector(".chart-cursor")?.remove();
  delete chart.dataset.at;
}

function show(chart, index) {
  const tips = tipsOf(chart);
  const plot = chart.querySelector(".chart-plot");
  if (!plot || tips.points.length === 0) return;
  index = Math.max(0, Math.min(tips.points.length - 1, index));
  const stale = chart.dataset.at === String(index) && chart.querySelector(".chart-tip") && chart.shown === chart.tipsText;
  if (stale) return;
  hide(chart);
  chart.dataset.at = String(index);
  chart.shown = chart.tipsText;
  const point = tips.points[index];
  const share = tips.bars ? (index + 0.5) / tips.points.length : tips.points.length === 1 ? 0.5 : index / (tips.points.length - 1);

  const cursor = element("div", tips.bars ? "chart-cursor chart-cursor-band" : "chart-cursor");
  cursor.style.left = `${share * 100}%`;
  if (tips.bars) cursor.style.width = `${100 / tips.points.length}%`;
  const tip = element("div", "chart-tip");
  tip.setAttribute("role", "status");
  tip.append(element("div", "chart-tip-at", point.at));
  tips.series.forEach((series, i) => {
    if (point.values[i] === null) return;
    const line = element("div", "chart-tip-line");
    const swatch = element("span", "swatch");
    swatch.style.background = series.color;
    line.append(swatch, element("span", "grow", series.name), element("span", "tabular strong", point.values[i]));
    tip.append(line);
  });
  if (point.values.every(value => value === null)) tip.append(element("div", "muted", "No requests"));
  if (point.total) {
    const line = element("div", "chart-tip-line chart-tip-total");
    line.append(element("span", "grow", "Total"), element("span", "tabular strong", point.total));
    tip.append(line);
  }
  plot.append(cursor, tip);

  const x = share * plot.clientWidth;
  const left = x + tip.offsetWidth + 16 > plot.clientWidth ? Math.max(0, x - tip.offsetWidth - 12) : x + 12;
  tip.style.left = `${left}px`;
}

document.addEventListener("pointermove", event => {
  const plot = event.target.closest?.(".chart-plot");
  for (const chart of document.querySelectorAll(".chart[data-at]")) {
    if (!plot || !chart.contains(plot)) {
      if (chart !== document.activeElement) hide(chart);
    }
  }
  const chart = plot?.closest(".chart[data-tips]");
  if (!chart) return;
  const tips = tipsOf(chart);
  const box = plot.getBoundingClientRect();
  const share = (event.clientX - box.left) / box.width;
  show(chart, tips.bars ? Math.floor(share * tips.points.length) : Math.round(share * (tips.points.length - 1)));
}, { passive: true });

document.addEventListener("focusin", event => {
  if (event.target.matches?.(".chart[data-tips]") && event.target.matches(":focus-visible")) {
    show(event.target, tipsOf(event.target).points.length - 1);
  }
});

document.addEventListener("focusout", event => {
  if (event.target.matches?.(".chart[data-tips]")) hide(event.target);
});

document.addEventListener("keydown", event => {
  const chart = event.target;
  if (!chart.matches?.(".chart[data-tips]")) return;
  const last = tipsOf(chart).points.length - 1;
  const at = Number(chart.dataset.at ?? last);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    show(chart, to);
  } else if (event.key === "Escape") {
    hide(chart);
  }
});
