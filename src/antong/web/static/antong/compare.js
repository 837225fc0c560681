// Two rounds side by side: one pair of pages at a time, images against the ticket, the next difference by key.
(function () {
  "use strict";
  const { one, all, post } = window.antong;
  const box = one("#compare"),
    list = one("#compare-list");
  const pairs = JSON.parse(one("#compare-pairs").textContent);
  const base = "/cases/" + box.dataset.case + "/";
  let at = Math.max(
      0,
      pairs.findIndex((pair) => pair.kind !== "same"),
    ),
    ticket = "",
    only = false;

  pairs.forEach((pair, index) => {
    const row = document.createElement("li"),
      button = document.createElement("button");
    row.className = pair.kind;
    button.type = "button";
    button.textContent = (pair.new || pair.old).where;
    button.title = button.textContent;
    const mark = document.createElement("b");
    mark.textContent = pair.kind === "same" ? "" : pair.words;
    button.prepend(mark, " ");
    button.addEventListener("click", () => go(index));
    row.append(button);
    list.append(row);
  });
  const rows = all("li", list);

  function side(name, page) {
    const place = one('[data-side="' + name + '"]'),
      words = one('[data-side-words="' + name + '"]');
    place.textContent = "";
    if (!page) {
      words.textContent = name === "old" ? "左边一轮没有这一页" : "右边一轮没有这一页";
      return;
    }
    words.textContent = page.where;
    words.title = page.where;
    if (!ticket) return;
    const image = document.createElement("img");
    image.alt = page.where;
    image.className = page.turn ? "r" + page.turn : "";
    image.addEventListener("error", () => {
      place.textContent = "这一页的图像还没有生成，或无权查看。";
    });
    image.src = base + "pages/" + page.page + "/image?t=" + encodeURIComponent(ticket);
    place.append(image);
  }
  function go(index) {
    at = Math.max(0, Math.min(pairs.length - 1, index));
    rows.forEach((row, number) => {
      row.classList.toggle("on", number === at);
      if (number === at) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    rows[at].scrollIntoView({ block: "nearest" });
    side("old", pairs[at].old);
    side("new", pairs[at].new);
  }
  const shown = (pair) => !only || pair.kind !== "same";
  function turn(step) {
    let next = at + step;
    while (next >= 0 && next < pairs.length && !shown(pairs[next])) next += step;
    if (next >= 0 && next < pairs.length) go(next);
  }
  all("[data-compare-turn]").forEach((button) =>
    button.addEventListener("click", () => turn(Number(button.dataset.compareTurn))),
  );
  one("[data-compare-next]").addEventListener("click", () => {
    const later = pairs.findIndex((pair, index) => index > at && pair.kind !== "same");
    const first = pairs.findIndex((pair) => pair.kind !== "same");
    if (first < 0) window.antong.toast("两轮没有不同的页");
    else go(later < 0 ? first : later);
  });
  one("[data-compare-only]").addEventListener("click", (event) => {
    only = !only;
    event.currentTarget.setAttribute("aria-pressed", String(only));
    list.classList.toggle("only", only);
    if (only && pairs[at].kind === "same") turn(1);
  });
  go(at);
  post(base + "ticket", {})
    .then((answer) => {
      ticket = answer.ticket;
      go(at);
    })
    .catch(() => {});
})();
