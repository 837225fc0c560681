// Lists: rows by key, ticks and acts on many, saved views, and the swap of a filtered list in place.
(function () {
  "use strict";
  const { all, one, typing, toast, post, later, within, dialog } = window.antong;
  let at = -1;

  const rows = () => all("tr[data-href]").filter((row) => !row.hidden);
  const current = () => rows()[at] || null;
  function go(step) {
    const list = rows();
    if (!list.length) return;
    at = Math.max(0, Math.min(list.length - 1, at + step));
    list.forEach((row, index) => row.classList.toggle("on", index === at));
    list[at].scrollIntoView({ block: "nearest" });
    const link = one("a.case-name,a.next,a[href]", list[at]);
    if (link) link.focus({ preventScroll: true });
    list[at].dispatchEvent(new CustomEvent("row-on", { bubbles: true }));
  }
  function preview() {
    const row = current(),
      old = one("tr.preview");
    if (!row) return;
    const same = old && old.previousElementSibling === row;
    if (old) old.remove();
    if (same) return;
    const line = document.createElement("tr"),
      cell = document.createElement("td");
    line.className = "detail preview";
    cell.colSpan = row.children.length;
    cell.textContent = row.dataset.preview || row.innerText.replace(/\s+/g, "　");
    line.appendChild(cell);
    row.after(line);
  }
  function chase() {
    const row = current();
    if (!row || !row.dataset.nudge) {
      toast("这一行没有可催办的事项", true);
      return;
    }
    const url = row.dataset.nudge;
    later("5 秒后催办" + (row.dataset.whom ? " " + row.dataset.whom : "") + "，有记录、计次数", (leaving) => {
      if (leaving) {
        const data = new URLSearchParams({ csrfmiddlewaretoken: window.antong.token() });
        navigator.sendBeacon(url, data);
      } else
        post(url, {})
          .then((answer) => toast("已催办，累计 " + answer.times + " 次"))
          .catch(() => {});
    });
  }
  const KEYS = {
    j: () => go(1),
    k: () => go(-1),
    e: chase,
    a: () => {
      const whole = one("input[data-tick-all]");
      if (whole) whole.click();
    },
    x: () => {
      const tick = current() && one("input[data-tick]", current());
      if (tick) tick.click();
    },
    Enter: (event) => {
      if (current() && !event.target.closest("a,button,summary,.pop")) location.href = current().dataset.href;
    },
    " ": (event) => {
      if (!current() || event.target.closest("button,summary,input")) return;
      event.preventDefault();
      preview();
    },
  };
  document.addEventListener("keydown", (event) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey || dialog.opened()) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (KEYS[key] && rows().length) KEYS[key](event);
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a,button,input,label,select,textarea,.pop"))
      location.href = row.dataset.href;
    if (event.target.closest("[data-untick]")) {
      all("input[data-tick]").forEach((box) => {
        box.checked = false;
      });
      ticked();
    }
  });

  // ticks, and the bar of acts on many rows
  function ticked() {
    const bar = one(".batch[data-batch]");
    if (!bar) return;
    const chosen = all("input[data-tick]:checked"),
      whole = one("input[data-tick-all]");
    bar.hidden = !chosen.length;
    one("[data-count-ticked]", bar).textContent = chosen.length;
    if (whole)
      whole.checked = chosen.length > 0 && chosen.length === all("input[data-tick]:not([disabled])").length;
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]"))
      all("input[data-tick]:not([disabled])").forEach((box) => {
        box.checked = event.target.checked;
      });
    if (event.target.matches("[data-tick],[data-tick-all]")) ticked();
    if (
      event.target.matches("[data-submit]") &&
      event.target.form &&
      !event.target.form.hasAttribute("hx-get")
    )
      event.target.form.submit();
  });
  within(ticked);

  // chips that filter the rows of one table on the page
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-rows]");
    if (!chip) return;
    all("[data-rows]").forEach((other) => {
      other.classList.toggle("on", other === chip);
      other.setAttribute("aria-pressed", other === chip ? "true" : "false");
    });
    const wanted = chip.dataset.rows.split(" ");
    all("tr[data-result]").forEach((row) => {
      row.hidden = chip.dataset.rows !== "" && !wanted.includes(row.dataset.result);
    });
  });

  // a popover near the lower edge opens upwards
  ["mouseover", "focusin"].forEach((name) =>
    document.addEventListener(name, (event) => {
      const pop = event.target.closest && event.target.closest(".pop");
      if (!pop) return;
      const edge = pop.closest(".scroll,.panel"),
        floor = edge ? edge.getBoundingClientRect().bottom : window.innerHeight;
      pop.classList.toggle("up", pop.getBoundingClientRect().bottom + 120 > floor);
    }),
  );

  // saved views: what the address says now, under a name
  document.addEventListener("click", async (event) => {
    const save = event.target.closest("[data-view-save] button"),
      drop = event.target.closest("[data-view-drop]");
    if (save) {
      const box = save.closest("[data-view-save]"),
        query = new URLSearchParams(location.search);
      query.delete("page");
      await post("/views", {
        page: box.dataset.page,
        query: query.toString(),
        name: one("input", box).value,
      });
      location.reload();
    }
    if (drop) {
      await post("/views", { page: drop.dataset.page, name: drop.dataset.viewDrop, drop: "1" });
      location.reload();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest && event.target.closest("[data-view-save]")) {
      event.preventDefault();
      one("button", event.target.closest("[data-view-save]")).click();
    }
  });

  // a swapped list keeps the eye and the reader where they were: the field that was typed in, else the heading
  document.addEventListener("htmx:afterSettle", (event) => {
    at = -1;
    const asked = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (!asked || (document.activeElement && document.activeElement !== document.body)) return;
    const same = asked.id && document.getElementById(asked.id),
      heading = one("[data-list-heading]");
    if (same && same.matches("input,select,a,button")) same.focus({ preventScroll: true });
    else if (heading) heading.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) window.antong.expired();
    else toast("没有取到列表，请重试。", true);
  });
  document.addEventListener("htmx:sendError", () => toast("网络中断，列表没有更新。", true));
})();
