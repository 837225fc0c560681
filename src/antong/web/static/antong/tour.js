// The first-run tour: a small box beside what it points at, never over it. Esc leaves it, the menu takes it up again.
(function () {
  "use strict";
  const { all, one, post } = window.antong;
  const GAP = 10;
  const keep = (value) => post("/preferences", { tour: value });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tour]");
    if (!button) return;
    keep(button.dataset.tour).then(() => {
      if (location.pathname === button.dataset.page) location.reload();
      else location.href = button.dataset.page;
    });
  });

  const tour = JSON.parse((document.getElementById("tour") || { textContent: "null" }).textContent);
  if (!tour || !tour.steps[tour.now] || tour.steps[tour.now].page !== location.pathname) return;
  if (one("[data-refusal]")) return; // what was refused is read first
  let at = tour.now;
  const before = document.activeElement;
  const box = document.createElement("div");
  box.className = "tour no-print";
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", "新手导览");
  box.setAttribute("aria-describedby", "tour-words");
  const words = document.createElement("p"),
    acts = document.createElement("div"),
    count = document.createElement("span");
  words.id = "tour-words";
  count.className = "dim";
  acts.className = "tour-acts";
  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }
  const back = button("上一步", () => go(at - 1)),
    next = button("下一步", () => go(at + 1)),
    leave = button("以后再看", stop);
  next.classList.add("primary");
  acts.append(count, leave, back, next);
  box.append(words, acts);

  const target = () => all(tour.steps[at].mark).find((found) => found.offsetParent) || null;
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  // below, above, right or left of what is pointed at, or else in the corner that keeps clear of it
  function place() {
    const found = target(),
      wide = box.offsetWidth,
      high = box.offsetHeight,
      most = { x: window.innerWidth - wide - GAP, y: window.innerHeight - high - GAP };
    all(".toured").forEach((old) => old.classList.remove("toured"));
    let spots = [[most.x, most.y]];
    if (found) {
      found.classList.add("toured");
      const seen = found.getBoundingClientRect(),
        x = Math.max(GAP, Math.min(seen.left, most.x)),
        y = Math.max(GAP, Math.min(seen.top, most.y));
      spots = [
        [x, seen.bottom + GAP],
        [x, seen.top - high - GAP],
        [seen.right + GAP, y],
        [seen.left - wide - GAP, y],
        [most.x, most.y],
        [GAP, most.y],
        [most.x, GAP],
      ];
      const free = ([left, top]) =>
        left >= GAP &&
        top >= GAP &&
        left <= most.x &&
        top <= most.y &&
        !meets({ left, top, right: left + wide, bottom: top + high }, seen);
      spots = [spots.find(free) || spots[4]];
    }
    box.style.left = spots[0][0] + "px";
    box.style.top = spots[0][1] + "px";
  }
  function show() {
    words.textContent = tour.steps[at].say;
    count.textContent = at + 1 + " / " + tour.steps.length;
    back.hidden = at === 0;
    next.textContent = at + 1 < tour.steps.length ? "下一步" : "看完了";
    const found = target();
    if (found) found.scrollIntoView({ block: "nearest" });
    place();
    next.focus();
  }
  async function go(to) {
    if (to >= tour.steps.length) {
      end();
      await keep("done");
      return;
    }
    await keep(String(to));
    if (tour.steps[to].page !== location.pathname) {
      location.href = tour.steps[to].page;
      return;
    }
    at = to;
    show();
  }
  function end() {
    box.remove();
    all(".toured").forEach((old) => old.classList.remove("toured"));
    if (before && before.isConnected && before !== document.body) before.focus();
  }
  function stop() {
    end();
    keep("left" + at);
  }

  document.body.appendChild(box);
  show();
  window.addEventListener("resize", place);
  document.addEventListener("scroll", place, true);
  document.addEventListener("htmx:afterSettle", place);
  document.addEventListener(
    "keydown",
    (event) => {
      const help = one("#help");
      if (event.key !== "Escape" || !box.isConnected || event.isComposing || window.antong.dialog.opened())
        return;
      if (help && !help.hidden) return;
      event.preventDefault();
      stop();
    },
    true,
  );
})();
