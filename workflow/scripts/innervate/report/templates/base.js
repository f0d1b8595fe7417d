
// The page's script: plain JavaScript, no framework. Everything that comes from the data is set as
// text, never as markup. Without it the page shows all figures and tables, only less of large ones.

const MISSING = "\u2013", MINUS = "\u2212";
const SVG = "http://www.w3.org/2000/svg";

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function shape(tag, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

function button(label, action, description = "") {
  const attributes = { type: "button", onclick: action };
  if (description) attributes["aria-label"] = description;
  return element("button", attributes, label);
}

// Numbers read as in the tables that Python wrote (innervate.report.text).
function fixed(value, digits = 2) {
  if (Number.isNaN(value)) return MISSING;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", MINUS);
}

function whole(value) {
  return Number.isNaN(value) ? MISSING : Math.round(value).toLocaleString("en-US");
}

function probability(value) {
  if (Number.isNaN(value)) return MISSING;
  if (value === 0) return "0";
  if (value < 0.001) return value.toExponential(1).replace(/e-0?/, `e${MINUS}`);
  return value < 0.1 ? String(Number(value.toPrecision(2))) : value.toFixed(2);
}

function estimate(value, low, high) {
  const alone = Number.isNaN(low) || Number.isNaN(high);
  return alone ? fixed(value) : `${fixed(value)} (${fixed(low)} to ${fixed(high)})`;
}

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function unpacked(base64) {
  const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function save(content, name, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function fileName(text) {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "innervate";
}

// A cell that a spreadsheet would take for a formula is made text.
function tsv(rows) {
  const cell = (text) => {
    const line = String(text).replace(/[\t\r\n]+/g, " ");
    return /^[=+@]|^-(?!\d|∞)/.test(line) ? `'${line}` : line;
  };
  return rows.map((row) => row.map(cell).join("\t")).join("\n") + "\n";
}

const announcer = element("p", { class: "announcer", role: "status", "aria-live": "polite" });
document.body.append(announcer);

function announce(text) {
  announcer.textContent = text;
}
