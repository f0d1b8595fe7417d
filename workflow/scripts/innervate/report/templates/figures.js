
// Figures: save as SVG or PNG; explore with plotly.js, which is unpacked when first asked for.

const PNG_SCALE = 3;

// Outside the page there are no colors of the page: each stands beside its name.
function standalone(svg) {
  const copy = svg.cloneNode(true);
  const [, , width, height] = copy.getAttribute("viewBox").split(/\s+/).map(Number);
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.removeAttribute("style");
  for (const link of copy.querySelectorAll("a[href^='#step']")) link.removeAttribute("href");
  const text = new XMLSerializer().serializeToString(copy);
  return { text: text.replace(/var\(--[\w-]+, ([^)]+)\)/g, "$1"), width, height };
}

function saveSvg(svg, name) {
  save(standalone(svg).text, `${name}.svg`, "image/svg+xml");
}

async function savePng(svg, name) {
  const { text, width, height } = standalone(svg);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = element("canvas", { width: width * PNG_SCALE, height: height * PNG_SCALE });
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => save(blob, `${name}.png`), "image/png");
}

let plotting;

// A script element whose text has one of the hashes that the page's policy names.
function plotly() {
  plotting ??= unpacked(document.getElementById("plotly").textContent).then((bytes) => {
    document.head.append(element("script", {}, new TextDecoder().decode(bytes)));
    return window.Plotly;
  });
  return plotting;
}

// plotly.js takes some markup in texts: a name in a column is not markup.
function unmarked(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

async function resolved(value) {
  if (Array.isArray(value)) return Promise.all(value.map(resolved));
  if (value === null || typeof value !== "object") return value;
  if ("$table" in value) {
    const column = (await columnsOf(value.$table))[value.$column];
    if (value.$scale === "minus_log10") return Array.from(column, (number) => -Math.log10(number || Number.MIN_VALUE));
    return column instanceof Float64Array ? column : column.map(unmarked);
  }
  const entries = Object.entries(value).map(async ([name, inner]) => [name, await resolved(inner)]);
  return Object.fromEntries(await Promise.all(entries));
}

function themed(layout) {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  const axis = { gridcolor: color("--line"), linecolor: color("--soft"), zerolinecolor: color("--line"), automargin: true };
  const result = {
    height: 460, margin: { l: 60, r: 20, t: 20, b: 50 }, hovermode: "closest",
    ...layout,
    paper_bgcolor: color("--paper"), plot_bgcolor: color("--paper"),
    font: { family: "system-ui, sans-serif", size: 12, color: color("--ink"), ...layout.font },
  };
  for (const name of new Set(["xaxis", "yaxis", ...Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))])) {
    result[name] = { ...axis, ...layout[name] };
  }
  return result;
}

const CONFIG = {
  displaylogo: false, responsive: true, showSendToCloud: false, plotlyServerURL: "",
  modeBarButtonsToRemove: ["lasso2d", "select2d"],
};

class Figure {
  constructor(figure, number) {
    this.figure = figure;
    this.card = figure.querySelector(".card");
    this.svg = this.card.querySelector("svg");
    this.title = figure.querySelector("figcaption").textContent.trim();
    this.name = `figure-${number}-${fileName(this.title).slice(0, 40)}`;
    const tools = element("div", { class: "tools" });
    const script = figure.querySelector("script.plot");
    if (script) {
      this.plot = JSON.parse(script.textContent);
      this.explorer = element("div", { class: "explorer", hidden: true });
      this.card.append(this.explorer);
      this.toggle = button("Explore", () => this.explore(), `Explore: ${this.title}`);
      this.toggle.setAttribute("aria-pressed", "false");
      tools.append(this.toggle);
    }
    tools.append(
      button("SVG", () => saveSvg(this.svg, this.name), `Save as SVG: ${this.title}`),
      button("PNG", () => savePng(this.svg, this.name), `Save as PNG: ${this.title}`),
    );
    figure.querySelector(".note").before(tools);
  }

  async explore() {
    const on = this.explorer.hidden;
    this.toggle.setAttribute("aria-pressed", String(on));
    this.explorer.hidden = !on;
    this.svg.style.display = on ? "none" : "";
    if (!on) return;
    this.toggle.disabled = true;
    announce("Drawing the figure.");
    const [library, plot] = await Promise.all([plotly(), resolved(this.plot)]);
    await library.react(this.explorer, plot.data, themed(plot.layout ?? {}), CONFIG);
    this.toggle.disabled = false;
    announce("The figure can be explored.");
    this.offerSearch(library, plot);
  }

  // Where points have names, one can be looked for.
  offerSearch(library, plot) {
    if (this.search) return;
    const named = plot.data.filter((trace) => trace.text && typeof trace.text !== "string");
    if (!named.length) return;
    this.search = element("input", { type: "search", placeholder: "Find a name", "aria-label": `Find a name in: ${this.title}` });
    this.search.addEventListener("change", () => this.find(library, plot));
    this.toggle.after(this.search);
  }

  find(library, plot) {
    const wanted = unmarked(this.search.value.trim()).toLowerCase();
    const found = [];
    plot.data.forEach((trace) => Array.from(trace.text ?? []).forEach((name, i) => {
      if (wanted && String(name).toLowerCase() === wanted) {
        found.push({ x: trace.x[i], y: trace.y[i], text: String(name), showarrow: true, arrowhead: 2, bgcolor: themed({}).paper_bgcolor });
      }
    }));
    library.relayout(this.explorer, { annotations: [...(plot.layout?.annotations ?? []), ...found] });
    announce(found.length ? `Found ${this.search.value}.` : `No point is named ${this.search.value}.`);
  }
}

function startFigures() {
  document.querySelectorAll("figure.chart").forEach((figure, i) => new Figure(figure, i + 1));
}
