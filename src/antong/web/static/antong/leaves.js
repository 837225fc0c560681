// The pages of a file's papers on its tab: a few stand there at first, the others come as they are asked for or come into
// sight. `ticket` gives the ticket they are served against, `look` is called when some have come.
window.antong.leaves = function (box, ticket, look) {
  "use strict";
  const all = (selector, from) => Array.from((from || box).querySelectorAll(selector)),
    one = (id) => document.getElementById(id);
  // papers of which no page stands there yet, as they come into sight
  const coming = new IntersectionObserver((found) =>
    found.forEach((seen) => {
      if (seen.isIntersecting) more(seen.target);
    }),
  );
  // further pages of a paper in place of the link that offers them; what stands above the eye does not push it away
  async function more(link) {
    if (!ticket() || link.dataset.asked) return;
    link.dataset.asked = "1";
    coming.unobserve(link);
    const answer = await fetch(link.href + "&t=" + encodeURIComponent(ticket()), {
      headers: { "X-Requested-With": "fetch" },
    }).catch(() => null);
    if (!answer || !answer.ok) {
      delete link.dataset.asked;
      if (answer && answer.status === 404) location.reload();
      return;
    }
    const text = await answer.text(),
      place = link.closest(".more-pages"),
      grid = one("file-grid");
    if (!place || !place.isConnected) return;
    const made = new DOMParser().parseFromString(text, "text/html"),
      high = grid.scrollHeight;
    place.replaceWith(...Array.from(made.body.childNodes));
    if (link.dataset.more === "up") grid.scrollTop += grid.scrollHeight - high;
    look();
  }
  // which pages of each paper stand there, by their place in it
  function extents() {
    const found = new Map();
    all("[data-entry-box]").forEach((entry) => {
      const runs = all(".pages[data-skip]", entry).filter((run) => run.children.length);
      if (!runs.length) return;
      const last = runs[runs.length - 1];
      found.set(entry.id, [
        Number(runs[0].dataset.skip),
        Number(last.dataset.skip) + all("figure", last).length,
      ]);
    });
    return found;
  }
  async function extend(wanted, held) {
    for (const [id, [from, to]] of wanted)
      for (const way of ["up", "down"]) {
        let now = extents().get(id) || [0, 0];
        while (way === "up" ? now[0] > from : now[1] < to) {
          const link = one(id) && one(id).querySelector("[data-more=" + way + "]");
          if (link) await more(link);
          const then = extents().get(id) || [0, 0];
          if (!link || (then[0] === now[0] && then[1] === now[1])) break;
          now = then;
        }
      }
    // the page that was in hand, moved past those that stand there: show where it is now
    const home = held && !one(held.id) && one("e-" + held.dataset.entry),
      further = home && home.querySelector("[data-more=down]");
    if (further) await more(further);
  }
  // the pages of a paper in their order: those that stand there, and those beside them; none where single ones are shown
  function order(entry) {
    const runs = all(".pages", one("e-" + entry)),
      last = runs[runs.length - 1];
    if (!last || runs.some((run) => run.dataset.loose !== undefined)) return [];
    const ids = all("figure[data-page]", one("e-" + entry)).map((page) => page.dataset.page);
    return [runs[0].dataset.before, ...ids, ...last.dataset.after.trim().split(" ")].filter(Boolean);
  }
  return {
    more: more,
    extents: extents,
    extend: extend,
    order: order,
    watch: () => {
      if (ticket()) all("[data-soon]").forEach((link) => coming.observe(link));
    },
  };
};
