// Custody lines and clocks: what a segment rests on stands on a card, shown by hover, by focus, and kept by a click.
// The same as a table at a button (图／表).
(function () {
  "use strict";
  const { all, one } = window.antong;
  const panel = one(".lanes-panel");
  if (!panel) return;
  let kept = null;

  const card = (trigger) => document.getElementById(trigger.dataset.asks);
  function place(trigger, box) {
    const from = trigger.getBoundingClientRect(),
      margin = 8;
    const x = Math.min(from.left, window.innerWidth - box.offsetWidth - margin);
    const below = from.bottom + 4,
      fits = below + box.offsetHeight < window.innerHeight - margin;
    box.style.left = Math.max(margin, x) + "px";
    box.style.top = Math.max(margin, fits ? below : from.top - box.offsetHeight - 4) + "px";
  }
  function show(trigger) {
    all(".lane-card", panel).forEach((other) => (other.hidden = other !== card(trigger)));
    place(trigger, card(trigger));
  }
  function hide(trigger) {
    if (kept === trigger) return;
    card(trigger).hidden = true;
    if (kept) show(kept);
  }
  function keep(trigger) {
    if (kept) kept.setAttribute("aria-expanded", "false");
    kept = kept === trigger ? null : trigger;
    if (kept) kept.setAttribute("aria-expanded", "true");
    if (kept) show(kept);
    else card(trigger).hidden = true;
  }
  function drop() {
    if (!kept) return;
    const last = kept;
    keep(kept);
    last.focus();
  }

  all("[data-asks]", panel).forEach((trigger) => {
    trigger.addEventListener("mouseenter", () => show(trigger));
    trigger.addEventListener("mouseleave", () => hide(trigger));
    trigger.addEventListener("focus", () => show(trigger));
    trigger.addEventListener("blur", () => hide(trigger));
    trigger.addEventListener("click", () => keep(trigger));
    trigger.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      keep(trigger);
    });
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !kept) return;
      event.preventDefault();
      drop();
    },
    true,
  );
  document.addEventListener("click", (event) => {
    if (kept && !event.target.closest("[data-asks],.lane-card")) keep(kept);
  });
  one(".lanes", panel).addEventListener("scroll", () => kept && place(kept, card(kept)));

  const way = one("[data-lanes-as]", panel);
  way.addEventListener("click", () => {
    const table = panel.classList.toggle("as-table");
    way.textContent = table ? "图" : "表";
    way.setAttribute("aria-pressed", String(table));
    one(".lanes-table", panel).classList.toggle("visually-hidden", !table);
  });
})();
