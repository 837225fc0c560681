// Being there: badge counts that poll, the session kept alive by work alone, and a word before and after it ends.
(function () {
  "use strict";
  const { all, one, token, post, within, FETCH } = window.antong;
  const body = document.body;
  const MINUTE = 60000,
    IDLE = 30 * MINUTE;

  // density and large type, remembered by person
  within((part) =>
    all("[data-toggle]", part).forEach((button) => {
      if (button.dataset.ready) return;
      button.dataset.ready = "1";
      button.addEventListener("click", async () => {
        const [name, first, other] = button.dataset.toggle.split(" ");
        await post("/preferences", { [name]: button.dataset.value === first ? other : first });
        location.reload();
      });
    }),
  );
  if (!body.dataset.person) return;

  // what a report of a fault says of the browser
  within((part) => {
    all("[data-window]", part).forEach((field) => (field.value = `${innerWidth}×${innerHeight}`));
    all("[data-language]", part).forEach((field) => (field.value = navigator.language));
  });

  // a bar over everything says that the session has ended; what was typed stays on the page and on the server
  let over = false;
  function ended() {
    if (over) return;
    over = true;
    const bar = document.createElement("div"),
      link = document.createElement("a");
    bar.className = "ended";
    bar.setAttribute("role", "alert");
    bar.textContent = "登录已过期，填写的内容会保留。";
    link.href = "/login?next=" + encodeURIComponent(location.pathname + location.search);
    link.textContent = "重新登录后继续";
    bar.appendChild(link);
    body.prepend(bar);
  }
  document.addEventListener("antong:expired", ended);

  let etag = "";
  async function count() {
    if (document.hidden || over) return;
    const headers = etag ? { ...FETCH, "If-None-Match": etag } : FETCH;
    const answer = await fetch("/counts", { headers: headers }).catch(() => null);
    if (!answer) return;
    if (answer.status === 401) ended();
    if (answer.status !== 200) return;
    etag = answer.headers.get("ETag") || "";
    const counts = await answer.json().catch(() => ({}));
    all("[data-count]").forEach((box) => {
      if (box.dataset.count in counts) box.textContent = counts[box.dataset.count] || "";
    });
  }
  setInterval(count, 15000);

  let moved = Date.now(),
    told = Date.now() - 4 * MINUTE,
    warned = false;
  ["keydown", "pointerdown", "wheel"].forEach((name) =>
    document.addEventListener(
      name,
      () => {
        moved = Date.now();
        if (warned) here();
      },
      { passive: true },
    ),
  );
  async function here() {
    warned = false;
    const answer = await fetch("/present", {
      method: "POST",
      headers: { "X-CSRFToken": token(), ...FETCH },
    }).catch(() => null);
    if (answer && answer.ok) told = Date.now();
    else if (answer && answer.status === 401) ended();
  }
  setInterval(() => {
    if (over) return;
    if (moved > told && Date.now() - told > 4 * MINUTE) here();
    else if (!warned && Date.now() - told > IDLE - 3 * MINUTE) {
      warned = true;
      window.antong.toast("三分钟内没有操作将退出登录；按任意键继续", true);
    }
  }, MINUTE);

  // the page says its own keys; a hidden page whose clock stood still asks at once when it is looked at again
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) count();
  });
  const clock = one("[data-clock]");
  if (clock)
    setInterval(() => {
      const now = new Date(Date.now() + 8 * 60 * MINUTE);
      clock.textContent = now.toISOString().slice(11, 16);
    }, 20000);
})();
