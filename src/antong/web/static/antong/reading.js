// The reading room: a ticket for the file, then page by page. Keys: arrows, Home, End, +, -, f (full screen).
(function () {
  "use strict";
  const room = document.querySelector(".reading"); if (!room) return;
  const pages = Array.from(document.querySelectorAll("[data-page]")); const view = document.getElementById("page-image");
  let at = 0, zoom = 0, ticket = "";
  const base = room.dataset.base;
  const source = (page, thumb) => base + "pages/" + page.dataset.page + (thumb ? "/thumb" : "/image") + "?t=" + encodeURIComponent(ticket);
  function show(index) {
    if (!pages.length) return;
    at = Math.max(0, Math.min(pages.length - 1, index));
    const page = pages[at];
    view.src = source(page); view.className = page.dataset.rotation !== "0" ? "r" + page.dataset.rotation : ""; view.alt = page.dataset.title;
    document.getElementById("page-number").value = at + 1;
    document.getElementById("page-title").textContent = page.dataset.title;
    pages.forEach((one, i) => one.classList.toggle("on", i === at));
    document.querySelectorAll(".tree a[data-entry]").forEach((one) => one.classList.toggle("on", one.dataset.entry === page.dataset.entry));
    page.scrollIntoView({ block: "nearest" });
    [at + 1, at + 2].forEach((next) => { if (pages[next]) new Image().src = source(pages[next]); });
    history.replaceState(null, "", "#" + (at + 1));
  }
  function size(step) { zoom = Math.max(-3, Math.min(5, zoom + step)); view.style.maxWidth = zoom ? "none" : ""; view.style.width = zoom ? Math.round(view.naturalWidth * (0.6 + zoom * 0.2)) + "px" : ""; }
  const step = { prev: () => show(at - 1), next: () => show(at + 1), in: () => size(1), out: () => size(-1), full: () => (document.fullscreenElement ? document.exitFullscreen() : document.querySelector("main,.reading").requestFullscreen()) };
  document.querySelectorAll("[data-step]").forEach((button) => button.addEventListener("click", () => step[button.dataset.step]()));
  pages.forEach((page, index) => page.addEventListener("click", () => show(index)));
  document.querySelectorAll(".tree a[data-entry]").forEach((one) => one.addEventListener("click", (event) => { event.preventDefault(); const first = pages.findIndex((page) => page.dataset.entry === one.dataset.entry); if (first >= 0) show(first); }));
  document.getElementById("page-number").addEventListener("change", (event) => show(Number(event.target.value) - 1));
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
    const keys = { ArrowRight: step.next, ArrowLeft: step.prev, Home: () => show(0), End: () => show(pages.length - 1), "+": step.in, "-": step.out, v: step.full };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
  window.antong.post(base + "ticket", {}).then((answer) => {
    ticket = answer.ticket;
    const watch = new IntersectionObserver((found) => found.forEach((one) => { if (one.isIntersecting) { const image = one.target.querySelector("img"); if (image && !image.src) image.src = source(one.target, true); watch.unobserve(one.target); } }));
    pages.forEach((page) => watch.observe(page));
    show(Number(location.hash.slice(1) || 1) - 1);
  });
})();
