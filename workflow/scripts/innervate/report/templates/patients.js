
// One patient: the nodes measured, with intervals, the index and the call. No clinical value is here.

const WIDEST = 3.5;
// A saved file has no style sheet: what is drawn carries its colors, the page's and others' in turn.
const INK = "fill: var(--figure-ink, #222222)", SOFT = "fill: var(--soft, #59636e)";
const GRID = "stroke: var(--figure-line, #e3e7eb)", ZERO = "stroke: var(--figure-soft, #6d7781)";
const DOT = "fill: var(--accent, #0a5c8f)", INTERVAL = "stroke: var(--accent, #0a5c8f); stroke-width: 1.6";

class PatientPanel {
  constructor(box, script) {
    this.box = box;
    this.nodes = JSON.parse(script.textContent).nodes;
    this.table = tableViews.get("patients");
    this.table.decorate = (made, row) => {
      const head = made.cells[0];
      head.replaceChildren(element("a", { href: this.address(row) }, head.textContent));
    };
    window.addEventListener("hashchange", () => this.follow());
    this.table.show().then(() => this.follow());
  }

  address(row) {
    return `#patient=${encodeURIComponent(this.table.columns.patient[row])}`;
  }

  async follow() {
    const match = /^#patient=(.+)$/.exec(location.hash);
    this.box.hidden = !match;
    if (!match) return;
    await this.table.open();
    let code = "";
    try { code = decodeURIComponent(match[1]); } catch { /* a broken address names no patient */ }
    const row = this.table.columns.patient.indexOf(code);
    this.show(row, code);
    this.box.scrollIntoView({ block: "start" });
    this.box.querySelector("h3").focus({ preventScroll: true });
  }

  show(row, code) {
    const close = element("a", { href: "#patients", class: "close" }, "Back to all patients");
    const heading = element("h3", { tabindex: "-1" }, row < 0 ? `No patient ${code}` : `Patient ${code}`);
    this.box.replaceChildren(heading, close);
    if (row < 0) return;
    const columns = this.table.columns;
    const value = (name) => columns[name][row];
    const index = estimate(value("circuit_index"), value("circuit_index_low"), value("circuit_index_high"));
    const facts = element("dl", {},
      element("dt", {}, "Call"), element("dd", {}, value("call") || MISSING),
      element("dt", {}, "Index"), element("dd", {}, `${index}, 95% interval`),
    );
    if (value("reason")) facts.append(element("dt", {}, "Note"), element("dd", {}, value("reason")));
    const rows = this.nodes.map((node) => ({
      ...node, z: value(node.column), error: node.error_column ? value(node.error_column) : NaN,
    }));
    const chart = this.chart(rows, code);
    this.box.append(facts, chart, this.tools(chart, rows, code), this.listed(rows));
  }

  chart(rows, code) {
    const left = 230, width = 640, step = 22, top = 8, bottom = top + rows.length * step;
    const at = (z) => left + (Math.max(-WIDEST, Math.min(WIDEST, z)) + WIDEST) / (2 * WIDEST) * (width - left - 12);
    const svg = shape("svg", {
      viewBox: `0 0 ${width} ${bottom + 34}`, role: "img", "font-family": "system-ui, sans-serif", "font-size": 12,
      "aria-label": `Node scores (z) of patient ${code}; the table below holds them.`,
    });
    for (let z = -3; z <= 3; z++) {
      svg.append(shape("line", { x1: at(z), x2: at(z), y1: top, y2: bottom, style: z ? GRID : ZERO }));
      svg.append(shape("text", { x: at(z), y: bottom + 15, "text-anchor": "middle", style: INK }, fixed(z, 0)));
    }
    svg.append(shape("text", { x: at(0), y: bottom + 31, "text-anchor": "middle", style: INK }, "z, against this cohort"));
    rows.forEach((node, i) => {
      const y = top + (i + 0.5) * step;
      const label = node.label.length > 34 ? `${node.label.slice(0, 33)}…` : node.label;
      svg.append(shape("text", { x: left - 10, y: y + 4, "text-anchor": "end", style: node.control ? SOFT : INK }, label));
      if (Number.isNaN(node.z)) {
        svg.append(shape("text", { x: at(0) + 6, y: y + 4, style: SOFT }, "not measured"));
        return;
      }
      const half = Number.isNaN(node.error) ? 0 : 1.96 * node.error;
      if (half) svg.append(shape("line", { x1: at(node.z - half), x2: at(node.z + half), y1: y, y2: y, style: INTERVAL }));
      svg.append(shape("circle", { cx: at(node.z), cy: y, r: node.control ? 3.5 : 5, style: node.control ? SOFT : DOT }));
    });
    return svg;
  }

  tools(chart, rows, code) {
    const name = `patient-${fileName(code)}`, what = `node scores of patient ${code}`;
    return element("div", { class: "tools" },
      button("SVG", () => saveSvg(chart, name), `Save as SVG: ${what}`),
      button("PNG", () => savePng(chart, name), `Save as PNG: ${what}`),
      button("TSV", () => save(this.scores(rows), `${name}.tsv`, "text/tab-separated-values"), `Save as TSV: ${what}`),
    );
  }

  scores(rows) {
    const lines = rows.map(({ label, tissue, z, error }) =>
      [label, tissue, ...[z, z - 1.96 * error, z + 1.96 * error].map(rawValue)]);
    return tsv([["node", "tissue", "z", "ci_low", "ci_high"], ...lines]);
  }

  listed(rows) {
    const body = element("tbody");
    for (const { label, tissue, z, error } of rows) {
      const half = 1.96 * error;
      body.append(element("tr", {},
        element("th", { scope: "row" }, label), element("td", {}, tissue),
        element("td", { class: "number" }, estimate(z, z - half, z + half)),
      ));
    }
    const heads = ["Node", "Tissue", "z (95% interval)"].map((title, i) =>
      element("th", { scope: "col", class: i === 2 ? "number" : "" }, title));
    return element("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Scores of the patient" },
      element("table", {}, element("caption", {}, "Each node's score in this patient, against the others of the cohort."),
        element("thead", {}, element("tr", {}, ...heads)), body));
  }
}

function startPatients() {
  const box = document.querySelector(".patient");
  if (box) new PatientPanel(box, document.querySelector("script.nodes"));
}
