
// Tables: sort, filter, save. A small table stands in the page; a large one is packed in columns.

const PAGE_ROWS = 50;
const packedTables = new Map();
const opened = new Map();

for (const script of document.querySelectorAll("script.columns")) {
  const header = JSON.parse(script.textContent);
  packedTables.set(header.key, header);
}

// Columns of a large table by name: Float64Array or array of strings.
function columnsOf(key) {
  if (!opened.has(key)) opened.set(key, unpack(packedTables.get(key)));
  return opened.get(key);
}

async function unpack(header) {
  const bytes = await unpacked(header.gzip);
  const columns = {};
  let at = 0;
  for (const column of header.columns) {
    const part = bytes.subarray(at, at + column.bytes);
    at += column.bytes;
    if (column.type === "number") columns[column.name] = unshuffled(part, header.rows);
    else columns[column.name] = header.rows ? new TextDecoder().decode(part).split("\n") : [];
  }
  return columns;
}

// Python groups the bytes of all numbers by significance; see innervate.report.embed.
function unshuffled(bytes, rows) {
  const plain = new Uint8Array(rows * 8);
  for (let place = 0; place < 8; place++) {
    for (let row = 0; row < rows; row++) plain[row * 8 + place] = bytes[place * rows + row];
  }
  const view = new DataView(plain.buffer);
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) values[row] = view.getFloat64(row * 8, true);
  return values;
}

const WRITE = {
  text: (value) => value || MISSING,
  whole,
  decimal: fixed,
  probability,
  estimate,
};

function cellText(view, columns, row) {
  const values = view.of.map((name) => columns[name][row]);
  return view.kind === "decimal" ? fixed(values[0], view.digits) : WRITE[view.kind](...values);
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

// Order of two cells; missing values come last whichever way one sorts.
function compare(a, b, direction) {
  const lacks = (value) => value === "" || value === MISSING || Number.isNaN(value);
  if (lacks(a) || lacks(b)) return lacks(a) - lacks(b);
  const order = typeof a === "number" ? a - b : collator.compare(a, b);
  return direction * order;
}

// The number that a cell begins with, as it is written in the page.
function numberIn(text) {
  const clean = text.replaceAll(MINUS, "-").replaceAll(",", "").replace("∞", "Infinity");
  return Number.parseFloat(clean);
}

// The same for other programs: an ASCII minus, no separators, nothing where it is missing.
function plainNumber(text) {
  return text === MISSING ? "" : text.replaceAll(MINUS, "-").replace(/(\d),(?=\d{3})/g, "$1");
}

function rawValue(value) {
  if (typeof value !== "number") return value;
  return Number.isNaN(value) ? "" : String(Number.isInteger(value) ? value : Number(value.toPrecision(5)));
}

class TableView {
  constructor(box) {
    this.box = box;
    this.table = box.querySelector("table");
    this.heads = [...this.table.tHead.rows[0].cells];
    this.titles = this.heads.map((head) => head.textContent);
    this.caption = this.table.caption.textContent;
    this.sorted = { column: -1, direction: 1 };
    this.query = "";
    this.first = 0;
    this.tools = element("div", { class: "tools" });
    this.heads.forEach((head, column) => {
      head.replaceChildren(button(this.titles[column], () => this.sort(column)));
    });
    box.prepend(this.tools);
    if (this.size() > 5) this.tools.append(this.filterBox());
    this.counted = element("span", { class: "counted" });
    this.tools.append(this.counted, button("Save as TSV", () => this.save(), `Save as TSV: ${this.caption}`));
  }

  filterBox() {
    const input = element("input", { type: "search", placeholder: "Filter", "aria-label": `Filter: ${this.caption}` });
    let waiting;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { this.query = input.value.trim().toLowerCase(); this.first = 0; this.show(); }, 120);
    });
    this.input = input;
    return input;
  }

  sort(column) {
    const again = this.sorted.column === column;
    this.sorted = { column, direction: again ? -this.sorted.direction : 1 };
    this.heads.forEach((head, i) => {
      if (i !== column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", this.sorted.direction > 0 ? "ascending" : "descending");
    });
    this.first = 0;
    this.show();
  }

  count(shown) {
    const total = this.size();
    this.counted.textContent = this.query ? `${shown.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} rows` : "";
  }
}

class SmallTable extends TableView {
  constructor(box) {
    super(box);
    this.rows = [...this.table.tBodies[0].rows].filter((row) => row.cells.length === this.titles.length);
  }

  size() {
    return this.table.tBodies[0].rows.length;
  }

  chosen() {
    this.text ??= this.rows.map((row) => row.textContent.toLowerCase());
    const kept = this.rows.map((_, i) => i).filter((i) => this.text[i].includes(this.query));
    const { column, direction } = this.sorted;
    if (column < 0) return kept;
    const numeric = this.heads[column].classList.contains("number");
    const keys = this.rows.map((row) => {
      const text = row.cells[column].textContent;
      return numeric ? numberIn(text) : text;
    });
    return kept.sort((a, b) => compare(keys[a], keys[b], direction) || a - b);
  }

  show() {
    const chosen = this.chosen();
    this.table.tBodies[0].replaceChildren(...chosen.map((i) => this.rows[i]));
    this.count(chosen.length);
  }

  save() {
    const rows = this.chosen().map((i) => [...this.rows[i].cells].map((cell, column) =>
      this.heads[column].classList.contains("number") ? plainNumber(cell.textContent) : cell.textContent));
    save(tsv([this.titles, ...rows]), `${fileName(this.caption)}.tsv`, "text/tab-separated-values");
  }
}

class BigTable extends TableView {
  constructor(box) {
    super(box);
    this.header = packedTables.get(box.dataset.table);
    this.whole = box.querySelector(".whole");
    this.pages = element("div", { class: "tools pages" });
    this.whole.before(this.pages);
    this.ready = false;
    // Unpacked once it comes near the screen, or is asked something.
    new IntersectionObserver((seen, observer) => {
      if (seen.some((entry) => entry.isIntersecting)) { observer.disconnect(); this.show(); }
    }, { rootMargin: "400px" }).observe(box);
  }

  size() {
    return packedTables.get(this.box.dataset.table).rows;
  }

  async open() {
    if (this.ready) return;
    this.columns = await columnsOf(this.header.key);
    const texts = this.header.views.filter((view) => view.kind === "text").map((view) => this.columns[view.of[0]]);
    this.text = Array.from({ length: this.size() }, (_, row) => texts.map((column) => column[row]).join("\t").toLowerCase());
    this.ready = true;
  }

  chosen() {
    const kept = [];
    for (let row = 0; row < this.size(); row++) if (this.text[row].includes(this.query)) kept.push(row);
    const { column, direction } = this.sorted;
    if (column < 0) return kept;
    const values = this.columns[this.header.views[column].of[0]];
    return kept.sort((a, b) => compare(values[a], values[b], direction) || a - b);
  }

  async show() {
    await this.open();
    const chosen = this.chosen();
    const shown = chosen.slice(this.first, this.first + PAGE_ROWS);
    this.table.tBodies[0].replaceChildren(...shown.map((row) => this.row(row)));
    this.whole.firstChild.textContent = "Whole table: ";
    this.count(chosen.length);
    this.turn(chosen.length);
  }

  row(row) {
    const cells = this.header.views.map((view, i) => {
      const text = cellText(view, this.columns, row);
      const attributes = i ? { class: view.align } : { scope: "row", class: view.align };
      return element(i ? "td" : "th", attributes, text);
    });
    const made = element("tr", {}, ...cells);
    if (this.decorate) this.decorate(made, row);
    return made;
  }

  turn(total) {
    const last = Math.min(this.first + PAGE_ROWS, total);
    const move = (by) => () => { this.first = Math.max(0, this.first + by); this.show(); };
    const back = button("Previous", move(-PAGE_ROWS), `Previous rows: ${this.caption}`);
    const on = button("Next", move(PAGE_ROWS), `Next rows: ${this.caption}`);
    back.disabled = this.first === 0;
    on.disabled = last >= total;
    const range = total ? `${(this.first + 1).toLocaleString("en-US")}–${last.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}` : "No rows";
    this.pages.replaceChildren(...(total > PAGE_ROWS ? [back, on] : []), element("span", {}, range));
  }

  // Values as they are embedded, an interval's ends in columns of their own.
  async save() {
    await this.open();
    const { views } = this.header;
    const titles = views.flatMap((view) => view.of.length > 1 ? view.of : [view.title]);
    const rows = this.chosen().map((row) => views.flatMap((view) => view.of.map((name) => rawValue(this.columns[name][row]))));
    save(tsv([titles, ...rows]), `${fileName(this.header.key)}.tsv`, "text/tab-separated-values");
  }
}

const tableViews = new Map();

function startTables() {
  for (const box of document.querySelectorAll(".table")) {
    const view = box.classList.contains("big") ? new BigTable(box) : new SmallTable(box);
    tableViews.set(box.dataset.table ?? box, view);
  }
}
