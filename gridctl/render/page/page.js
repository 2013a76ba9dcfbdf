"use strict";
/* Draws the charts and makes them answer: a cursor that reads every series at a time, one zoom for all
   charts of the period, legends that hide a series, and the theme. Texts are only ever set as text. */
(() => {
  const byId = (id) => document.getElementById(id);
  const figures = JSON.parse(byId("figures").textContent);
  const tip = byId("tip");
  const zoomed = [];
  let period = null;

  const draw = async (figure) => {
    const place = byId(`${figure.id}-chart`);
    const { view } = await vegaEmbed(place, figure.spec, {
      mode: "vega-lite", renderer: "svg", actions: false, ast: true,
      tooltip: { theme: "custom", disableDefaultStyle: true },
    });
    figure.place = place;
    figure.view = view;
    if (figure.reads) addCursor(figure);
    if (figure.zooms) addZoom(figure);
    addLegend(figure);
  };

  /* One cursor per chart, moved by the pointer or, as a slider, by the keyboard. */
  const addCursor = (figure) => {
    const rows = figure.spec.datasets.rows;
    const { place, view } = figure;
    let index = -1;
    place.setAttribute("aria-valuemin", 0);
    place.setAttribute("aria-valuemax", rows.length - 1);
    place.setAttribute("aria-valuenow", 0);
    place.setAttribute("aria-valuetext", "move with the arrow keys to read values");

    const show = (next, x, y) => {
      index = Math.min(Math.max(next, 0), rows.length - 1);
      const said = reading(figure, rows[index]);
      view.signal("at", rows[index].t).runAsync();
      place.setAttribute("aria-valuenow", index);
      place.setAttribute("aria-valuetext", said.map(([name, value]) => `${name} ${value}`).join(", "));
      fillTip(said, x, y);
    };
    const hide = () => {
      view.signal("at", null).runAsync();
      tip.hidden = true;
    };
    place.addEventListener("pointermove", (event) => {
      const time = timeAt(figure, event.clientX);
      if (time === null) return hide();
      show(last(rows, time), event.clientX, event.clientY);
    });
    place.addEventListener("pointerleave", hide);
    place.addEventListener("blur", hide);
    place.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -48, PageUp: 48 };
      const ends = { Home: 0, End: rows.length - 1 };
      if (event.key in moves || event.key in ends) {
        const next = event.key in ends ? ends[event.key] : index + moves[event.key];
        const box = place.getBoundingClientRect();
        show(next, box.left + box.width / 2, Math.max(box.top, 60));
        event.preventDefault();
      } else if (event.key === "Escape") hide();
    });
  };

  const reading = (figure, row) => {
    const told = [["", `${utc(row.t)} UTC`]];
    const hidden = figure.view.signal("hidden");
    for (const { key, label } of figure.series) {
      if (hidden.includes(key) || row[key] === undefined) continue;
      const value = row[key];
      const text = typeof value === "number"
        ? value.toLocaleString("en-GB", { maximumFractionDigits: figure.places, minimumFractionDigits: figure.places })
        : value;
      told.push([label, value === null ? "–" : `${text} ${figure.unit}`]);
    }
    return told;
  };

  const utc = (time) => new Date(time).toLocaleString("en-GB", {
    timeZone: "UTC", weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
  });

  const fillTip = (lines, x, y) => {
    tip.replaceChildren(...lines.map(([name, value], index) => {
      const line = document.createElement("div");
      if (index === 0 && !name) line.className = "time";
      for (const text of name ? [name, value] : [value]) {
        const part = document.createElement("span");
        part.textContent = text;
        line.append(part);
      }
      return line;
    }));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const right = x + 16 + box.width > innerWidth ? x - 16 - box.width : x + 16;
    tip.style.left = `${Math.max(4, right)}px`;
    tip.style.top = `${Math.min(Math.max(4, y + 12), innerHeight - box.height - 4)}px`;
  };

  /* The time under a point of the screen, null beside the plot. */
  const timeAt = (figure, clientX) => {
    const svg = figure.place.querySelector("svg");
    const box = svg.getBoundingClientRect();
    const x = (clientX - box.left) * (svg.width.baseVal.value / box.width) - figure.view.origin()[0];
    return x < 0 || x > figure.view.width() ? null : +figure.view.scale("x").invert(x);
  };

  /* The last row that begins at or before a time. */
  const last = (rows, time) => {
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (rows[middle].t <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  /* Charts of the period move together. */
  const addZoom = (figure) => {
    const { place, view } = figure;
    zoomed.push(figure);
    period ??= view.scale("x").domain().map(Number);
    view.addSignalListener("zoom_t", (_, span) => setZoom(span && Array.from(span, Number), view));
    place.addEventListener("keydown", (event) => {
      const action = { "+": zoomIn, "=": zoomIn, "-": zoomOut, 0: zoomAll }[event.key];
      if (action && !event.ctrlKey && !event.metaKey) action();
    });
    place.addEventListener("dblclick", () => setZoom(null));
  };
  const setZoom = (span, from) => {
    for (const { view } of zoomed) {
      const now = view.signal("zoom_t");
      const same = span && now ? +now[0] === span[0] && +now[1] === span[1] : !span && !now;
      if (view !== from && !same) view.signal("zoom_t", span).runAsync();
    }
  };
  const scaleZoom = (factor) => {
    if (!zoomed.length) return;
    const [start, end] = zoomed[0].view.scale("x").domain().map(Number);
    const middle = (start + end) / 2;
    const half = Math.max(((end - start) / 2) * factor, 3600000);
    const span = [Math.max(middle - half, period[0]), Math.min(middle + half, period[1])];
    setZoom(factor > 1 && span[0] === period[0] && span[1] === period[1] ? null : span);
  };
  const zoomIn = () => scaleZoom(0.5);
  const zoomOut = () => scaleZoom(2);
  const zoomAll = () => setZoom(null);
  for (const [id, action] of [["zoom-in", zoomIn], ["zoom-out", zoomOut], ["zoom-all", zoomAll]]) {
    byId(id)?.addEventListener("click", action);
  }

  const addLegend = (figure) => {
    for (const button of document.querySelectorAll(`[data-figure="${figure.id}"]`)) {
      button.addEventListener("click", () => {
        const shown = button.getAttribute("aria-pressed") !== "true";
        const others = figure.view.signal("hidden").filter((key) => key !== button.dataset.series);
        button.setAttribute("aria-pressed", shown);
        figure.view.signal("hidden", shown ? others : [...others, button.dataset.series]).runAsync();
      });
    }
  };

  for (const place of document.querySelectorAll("[data-tip]")) {
    const show = () => {
      const box = place.getBoundingClientRect();
      fillTip([["", place.dataset.tip]], box.left, box.bottom);
    };
    for (const name of ["pointerenter", "focus"]) place.addEventListener(name, show);
    for (const name of ["pointerleave", "blur"]) place.addEventListener(name, () => { tip.hidden = true; });
  }

  const theme = byId("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const tellTheme = () => theme.setAttribute("aria-pressed", isDark());
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    tellTheme();
  });
  dark.addEventListener("change", tellTheme);
  tellTheme();

  Promise.all(figures.map(draw)).then(() => { document.body.dataset.drawn = figures.length; });
})();
