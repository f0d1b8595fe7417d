
// The drawing of the circuit: pointing at an edge, or reaching it by keyboard, shows its numbers.

function startCircuit() {
  const circuit = document.querySelector(".circuit");
  if (!circuit) return;
  const svg = circuit.querySelector("svg");
  const tip = element("div", { class: "tip", role: "status", hidden: true });
  circuit.append(tip);
  const edges = [...svg.querySelectorAll("a.edge")];
  // The browser's own tooltip would stand over ours.
  for (const edge of edges) edge.querySelector("title")?.remove();

  function show(edge) {
    const step = document.getElementById(`step-${edge.dataset.step}`);
    tip.replaceChildren(...[...step.children].map((line) => line.cloneNode(true)));
    tip.dataset.status = step.dataset.status;
    tip.hidden = false;
    const frame = circuit.getBoundingClientRect();
    const number = svg.querySelector(`.badge[data-step="${edge.dataset.step}"]`).getBoundingClientRect();
    const left = number.left - frame.left + number.width / 2 - tip.offsetWidth / 2;
    const above = number.top - frame.top - tip.offsetHeight - 10;
    tip.style.left = `${Math.max(0, Math.min(left, frame.width - tip.offsetWidth))}px`;
    tip.style.top = `${above < -60 ? number.bottom - frame.top + 10 : above}px`;
    for (const other of edges) other.classList.toggle("dim", other !== edge);
  }

  function hide() {
    tip.hidden = true;
    for (const edge of edges) edge.classList.remove("dim");
  }

  for (const edge of edges) {
    edge.addEventListener("mouseenter", () => show(edge));
    edge.addEventListener("mouseleave", hide);
    edge.addEventListener("focus", () => show(edge));
    edge.addEventListener("blur", hide);
    // A tap or click shows the numbers here; Enter still leads to the list.
    edge.addEventListener("click", (event) => { if (event.detail) { event.preventDefault(); show(edge); } });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  const tools = element("div", { class: "tools" });
  tools.append(
    button("SVG", () => saveSvg(svg, "circuit"), "Save as SVG: the drawing of the circuit"),
    button("PNG", () => savePng(svg, "circuit"), "Save as PNG: the drawing of the circuit"),
  );
  circuit.append(tools);
}
