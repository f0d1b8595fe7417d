
// Navigation that says where one is, and the start of everything.

function startNavigation() {
  const links = new Map([...document.querySelectorAll("nav a")].reverse().map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const sections = [...document.querySelectorAll("main > section")];
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) entry.isIntersecting ? seen.add(entry.target) : seen.delete(entry.target);
    const here = sections.find((section) => seen.has(section));
    for (const [anchor, link] of links) {
      if (here && anchor === here.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-10% 0px -70% 0px" });
  sections.forEach((section) => observer.observe(section));
}

// What scrolls must be within reach of the keyboard; what does not scroll need not.
function startScrolling() {
  const cards = [...document.querySelectorAll(".card")];
  const check = () => {
    for (const card of cards) {
      if (card.scrollWidth > card.clientWidth + 1) card.tabIndex = 0;
      else card.removeAttribute("tabindex");
    }
  };
  check();
  addEventListener("resize", check);
}

startTables();
startFigures();
startCircuit();
startPatients();
startNavigation();
startScrolling();
addEventListener("load", () => requestIdleCallback(() => document.documentElement.classList.add("drawn")));
