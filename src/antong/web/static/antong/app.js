// Keyboard, lists, saved forms, double clicks, toasts, pickers, badges. Plain ES2020; Chromium 90.
(function () {
  "use strict";
  const body = document.body;
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const one = (selector, from) => (from || document).querySelector(selector);
  const token = () => (one("input[name=csrfmiddlewaretoken]") || {}).value || body.dataset.csrf || "";
  const typing = (event) =>
    event.isComposing ||
    event.keyCode === 229 ||
    (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) &&
      !/^(checkbox|radio)$/.test(event.target.type)) ||
    event.target.isContentEditable;

  window.antong = {
    toast(text, bad) {
      const old = one(".toast");
      if (old) old.remove();
      const box = document.createElement("div");
      box.className = "toast" + (bad ? " bad" : "");
      box.setAttribute("role", "status");
      box.textContent = text;
      body.appendChild(box);
      setTimeout(() => box.remove(), 6000);
    },
    words(json) {
      return [json.what, (json.items || []).join("；"), json.remedy].filter(Boolean).join(" ");
    },
    async post(url, data) {
      const form = data instanceof FormData ? data : new URLSearchParams(data || {});
      const answer = await fetch(url, {
        method: "POST",
        body: form,
        headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" },
      });
      const json = await answer.json().catch(() => ({}));
      if (!answer.ok) {
        this.toast(this.words(json) || "没有办成，请重试。", true);
        throw new Error(json.code || answer.status);
      }
      return json;
    },
    typing: typing,
  };

  // rows: select, open, preview, chase
  let at = -1;
  const rows = () => all("tr[data-href]").filter((row) => !row.hidden);
  function go(step) {
    const list = rows();
    if (!list.length) return;
    at = Math.max(0, Math.min(list.length - 1, at + step));
    list.forEach((row, index) => row.classList.toggle("on", index === at));
    list[at].scrollIntoView({ block: "nearest" });
    list[at].dispatchEvent(new CustomEvent("row-on", { bubbles: true }));
  }
  const current = () => rows()[at];
  function preview() {
    const row = current(),
      old = one("tr.preview");
    if (!row) return;
    if (old) {
      const same = old.previousElementSibling === row;
      old.remove();
      if (same) return;
    }
    const line = document.createElement("tr");
    line.className = "detail preview";
    const cell = document.createElement("td");
    cell.colSpan = row.children.length;
    cell.textContent = row.dataset.preview || row.innerText.replace(/\s+/g, "　");
    line.appendChild(cell);
    row.after(line);
  }
  async function chase() {
    const row = current();
    if (!row || !row.dataset.nudge) {
      window.antong.toast("这一行没有可催办的事项", true);
      return;
    }
    const answer = await window.antong.post(row.dataset.nudge, {});
    window.antong.toast("已催办，累计 " + answer.times + " 次");
  }

  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a,button,input,label,select,.pop")) location.href = row.dataset.href;
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      event.preventDefault();
      show(opener.dataset.dialog);
    }
    if (event.target.closest("[data-close]") || event.target.classList.contains("veil")) hide();
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-back]")) history.back();
    if (event.target.closest("[data-keys]")) show("keys");
    all("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const disabled = event.target.closest("[aria-disabled=true]");
    if (disabled) {
      event.preventDefault();
      window.antong.toast(disabled.dataset.why || disabled.title || "现在不能办理", true);
    }
  });
  let before = null;
  function show(id) {
    const veil = document.getElementById(id);
    if (!veil) return;
    before = document.activeElement;
    veil.hidden = false;
    const first = one("input:not([type=hidden]),textarea,select,button", veil);
    if (first) first.focus();
  }
  function hide() {
    const open = all(".veil").filter((veil) => !veil.hidden);
    open.forEach((veil) => {
      veil.hidden = true;
    });
    if (open.length && before) before.focus();
    return open.length;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (hide()) return;
      if (typing(event)) {
        event.target.blur();
        return;
      }
      const menu = one("details.menu[open]");
      if (menu) {
        menu.open = false;
        return;
      }
      const crumb = one(".head .crumb");
      if (crumb && !event.defaultPrevented) location.href = crumb.href;
      return;
    }
    if (event.ctrlKey && event.key === "Enter") {
      const primary = all("[data-primary]").find((button) => button.offsetParent);
      if (primary) {
        event.preventDefault();
        primary.click();
      }
      return;
    }
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (all(".veil").some((veil) => !veil.hidden)) return;
    const key = event.key.toLowerCase();
    if (key === "/") {
      event.preventDefault();
      const box = one("[data-search]");
      if (box) box.focus();
    } else if (key === "f") {
      const box = one("[data-filter]");
      if (box) {
        event.preventDefault();
        box.focus();
        box.select();
      }
    } else if (key === "j") go(1);
    else if (key === "k") go(-1);
    else if (key === "enter" && at >= 0 && !event.target.closest("a,button,summary"))
      location.href = current().dataset.href;
    else if (key === " " && at >= 0 && !event.target.closest("a,button,summary,input")) {
      event.preventDefault();
      preview();
    } else if (key === "x" && at >= 0) {
      const tick = one("input[data-tick]", current());
      if (tick) tick.click();
    } else if (key === "e" && at >= 0) chase();
    else if (key === "?") show("keys");
    else if (/^[1-7]$/.test(key)) {
      const tab = all(".tabs > a")[Number(key) - 1];
      if (tab) location.href = tab.href;
    }
  });

  // ticks and the bar of acts on many rows
  const bar = one(".batch[data-batch]");
  function ticked() {
    const chosen = all("input[data-tick]:checked");
    if (!bar) return;
    bar.hidden = !chosen.length;
    one("[data-count-ticked]", bar).textContent = chosen.length;
    const whole = one("input[data-tick-all]");
    if (whole) whole.checked = chosen.length > 0 && chosen.length === all("input[data-tick]").length;
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]"))
      all("input[data-tick]").forEach((box) => {
        box.checked = event.target.checked;
      });
    if (event.target.matches("[data-tick],[data-tick-all]")) ticked();
    if (event.target.matches("[data-submit]") && event.target.form) event.target.form.submit();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-untick]")) {
      all("input[data-tick]").forEach((box) => {
        box.checked = false;
      });
      ticked();
    }
  });
  ticked();

  // saved views of a list
  document.addEventListener("click", async (event) => {
    const save = event.target.closest("[data-view-save] button"),
      drop = event.target.closest("[data-view-drop]");
    if (save) {
      const box = save.closest("[data-view-save]");
      await window.antong.post("/views", {
        page: box.dataset.page,
        query: box.dataset.query,
        name: one("input", box).value,
      });
      location.reload();
    }
    if (drop) {
      await window.antong.post("/views", { page: drop.dataset.page, name: drop.dataset.viewDrop, drop: "1" });
      location.reload();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest && event.target.closest("[data-view-save]")) {
      event.preventDefault();
      one("button", event.target.closest("[data-view-save]")).click();
    }
  });

  // a second click is the same command: the key stays, the button waits
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    if (form.method === "post" && form.target !== "_blank") {
      form.dataset.busy = "1";
      setTimeout(() => {
        delete form.dataset.busy;
      }, 8000);
    }
  });
  window.addEventListener("pageshow", () =>
    all("form").forEach((form) => {
      delete form.dataset.busy;
    }),
  );

  // several of something: each one picked becomes a chip with its hidden field "code:name"
  window.antong.several = function (box) {
    if (box.dataset.many) return;
    box.dataset.many = "1";
    const whole = box.closest(".several"),
      into = one(".picked", whole),
      name = box.dataset.several;
    function add(id, words) {
      if (all("input", into).some((field) => field.value.split(":")[0] === id)) return;
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "chip on";
      chip.textContent = words + " ×";
      chip.title = "去掉";
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = id + ":" + words;
      field.dataset.keep = "1";
      if (box.dataset.form) field.setAttribute("form", box.dataset.form);
      chip.appendChild(field);
      into.appendChild(chip);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    whole.addEventListener("picked", (event) => add(event.detail.code, event.detail.name));
    into.addEventListener("click", (event) => {
      const chip = event.target.closest("button.chip");
      if (chip) {
        const form = chip.querySelector("input").form;
        chip.remove();
        if (form) form.dispatchEvent(new Event("change"));
      }
    });
    const form = box.dataset.form ? document.getElementById(box.dataset.form) : box.form;
    if (form)
      form.addEventListener("restore", (event) => {
        const kept = event.detail[name];
        if (!kept) return;
        into.replaceChildren();
        kept.forEach((text) => {
          const at = text.indexOf(":");
          if (at > 0) add(text.slice(0, at), text.slice(at + 1));
        });
      });
  };
  all("[data-several]").forEach(window.antong.several);

  // forms save themselves: on the server, so that signing in again, here or elsewhere, loses nothing; what the
  // server could not take yet waits in this tab
  const savable = (box) =>
    box.name &&
    !/^(csrfmiddlewaretoken|key|password|version|_draft)$/.test(box.name) &&
    !/^(password|file)$/.test(box.type) &&
    (box.type !== "hidden" || box.dataset.keep);
  all("form[data-save]").forEach((form) => {
    const place = location.pathname + "#" + form.dataset.save,
      kept = "antong:" + (body.dataset.person || "") + place;
    const note = one("[data-saved]", form) || one("[data-saved]");
    const mark = document.createElement("input");
    mark.type = "hidden";
    mark.name = "_draft";
    mark.value = place;
    form.appendChild(mark);
    const read = () => {
      const found = {};
      Array.from(form.elements)
        .filter(savable)
        .forEach((box) => {
          if ((box.type !== "checkbox" && box.type !== "radio") || box.checked)
            (found[box.name] = found[box.name] || []).push(box.value);
        });
      return found;
    };
    function fill(found) {
      form.dispatchEvent(new CustomEvent("restore", { detail: found }));
      const used = {};
      Array.from(form.elements)
        .filter(savable)
        .forEach((box) => {
          const values = found[box.name];
          if (!values) {
            if (box.type === "checkbox" && Object.keys(found).length) box.checked = false;
            return;
          }
          if (box.type === "checkbox" || box.type === "radio") {
            box.checked = values.includes(box.value);
            return;
          }
          const index = (used[box.name] = used[box.name] === undefined ? 0 : used[box.name] + 1);
          if (values[index] !== undefined) box.value = values[index];
        });
    }
    const start = JSON.stringify(read());
    let timer,
      last = start;
    async function keep() {
      const now = JSON.stringify(read());
      if (now === last) return;
      last = now;
      sessionStorage.setItem(kept, now);
      try {
        const answer = await fetch("/drafts", {
          method: "POST",
          headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" },
          body: new URLSearchParams({ place: place, values: now }),
        });
        const json = await answer.json();
        if (answer.ok) {
          sessionStorage.removeItem(kept);
          if (note) note.textContent = "草稿 " + json.at + " 已自动保存";
        } else if (note)
          note.textContent =
            answer.status === 401
              ? "登录已过期，填写的内容留在本页；重新登录后继续"
              : json.what || "没有自动保存";
      } catch (problem) {
        if (note) note.textContent = "网络中断，填写的内容留在本页";
      }
    }
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(keep, 1200);
    });
    form.addEventListener("change", () => {
      clearTimeout(timer);
      timer = setTimeout(keep, 300);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      sessionStorage.removeItem(kept);
    });
    if (form.dataset.refused) return;
    const local = sessionStorage.getItem(kept);
    if (local) {
      fill(JSON.parse(local));
      if (note) note.textContent = "已恢复未送出的内容";
      keep();
      return;
    }
    fetch("/drafts?place=" + encodeURIComponent(place), { headers: { "X-Requested-With": "fetch" } })
      .then((answer) => (answer.ok ? answer.json() : {}))
      .then((json) => {
        if (json.values && JSON.stringify(read()) === start) {
          fill(json.values);
          last = JSON.stringify(read());
          if (note) note.textContent = "已恢复 " + json.at + " 自动保存的内容";
        }
      })
      .catch(() => {});
  });

  // pickers: type a name or pinyin initials; arrows choose, Enter takes
  window.antong.picker = function (box) {
    if (box.dataset.ready) return;
    box.dataset.ready = "1";
    const wrap = document.createElement("span");
    wrap.className = "picker";
    box.replaceWith(wrap);
    wrap.appendChild(box);
    const list = document.createElement("div");
    list.className = "list";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    wrap.appendChild(list);
    const hidden = box.dataset.into ? one("[name='" + box.dataset.into + "']", box.form) : null;
    let timer,
      found = [],
      on = 0;
    box.setAttribute("autocomplete", "off");
    box.setAttribute("role", "combobox");
    const mark = () =>
      all("button", list).forEach((button, index) => button.classList.toggle("on", index === on));
    function take(row) {
      if (!row) return;
      list.hidden = true;
      if (hidden) {
        box.value = row.name;
        hidden.value = row.code;
        box.dispatchEvent(new Event("change", { bubbles: true }));
      } else {
        box.value = "";
        box.dispatchEvent(new CustomEvent("picked", { detail: row, bubbles: true }));
      }
    }
    async function look() {
      const answer = await fetch(
        box.dataset.picker +
          (box.dataset.picker.includes("?") ? "&" : "?") +
          "q=" +
          encodeURIComponent(box.value),
        { headers: { "X-Requested-With": "fetch" } },
      );
      if (!answer.ok) return [];
      return (await answer.json()).rows;
    }
    async function open() {
      found = await look();
      on = 0;
      if (document.activeElement !== box) return;
      list.replaceChildren(
        ...found.map((row) => {
          const item = document.createElement("button");
          item.type = "button";
          item.textContent = row.name;
          item.addEventListener("pointerdown", (event) => {
            event.preventDefault();
            take(row);
          });
          return item;
        }),
      );
      list.hidden = !found.length;
      mark();
    }
    box.addEventListener("input", (event) => {
      if (hidden) hidden.value = "";
      if (event.isComposing) return;
      clearTimeout(timer);
      timer = setTimeout(open, 120);
    });
    box.addEventListener("focus", () => {
      if (!box.value) open();
    });
    box.addEventListener("blur", async () => {
      list.hidden = true;
      if ((hidden && hidden.value) || !box.value.trim()) return;
      const rows = await look();
      if (rows.length && box.value.trim() && !(hidden && hidden.value)) take(rows[0]);
    });
    box.addEventListener("keydown", (event) => {
      if (list.hidden || event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        on = Math.max(0, Math.min(found.length - 1, on + (event.key === "ArrowDown" ? 1 : -1)));
        mark();
      }
      if (event.key === "Enter") {
        event.preventDefault();
        event.stopPropagation();
        take(found[on]);
      }
      if (event.key === "Escape") {
        event.stopPropagation();
        list.hidden = true;
      }
    });
  };
  all("input[data-picker]").forEach(window.antong.picker);

  // density and large type, remembered by person
  all("[data-toggle]").forEach((button) =>
    button.addEventListener("click", async () => {
      const [name, first, other] = button.dataset.toggle.split(" ");
      await window.antong.post("/preferences", { [name]: button.dataset.value === first ? other : first });
      location.reload();
    }),
  );

  // chips that filter the rows of one table on the page
  all("[data-rows]").forEach((chip) =>
    chip.addEventListener("click", () => {
      all("[data-rows]").forEach((other) => other.classList.toggle("on", other === chip));
      all("tr[data-result]").forEach((row) => {
        row.hidden = chip.dataset.rows !== "" && !chip.dataset.rows.split(" ").includes(row.dataset.result);
      });
    }),
  );
  document.addEventListener("keydown", (event) => {
    if (typing(event) || event.ctrlKey || event.key.toLowerCase() !== "n") return;
    const wanting = all("tr[data-result=missing],tr[data-result=doubt]");
    if (!wanting.length) return;
    const now = wanting.findIndex((row) => row.classList.contains("on"));
    wanting.forEach((row) => row.classList.remove("on"));
    const next = wanting[(now + 1) % wanting.length];
    next.classList.add("on");
    next.scrollIntoView({ block: "center" });
    const box = one("input,a", next);
    if (box) box.focus();
  });

  // counts, and being there
  if (body.dataset.person) {
    let etag = "";
    setInterval(async () => {
      if (document.hidden) return;
      const answer = await fetch("/counts", { headers: etag ? { "If-None-Match": etag } : {} }).catch(() => ({
        status: 0,
      }));
      if (answer.status !== 200) return;
      etag = answer.headers.get("ETag") || "";
      const counts = await answer.json();
      all("[data-count]").forEach((box) => {
        if (box.dataset.count in counts) box.textContent = counts[box.dataset.count] || "";
      });
    }, 15000);
    let active = true;
    ["keydown", "pointerdown", "wheel"].forEach((name) =>
      document.addEventListener(
        name,
        () => {
          active = true;
        },
        { passive: true },
      ),
    );
    setInterval(() => {
      if (active) {
        active = false;
        fetch("/present", {
          method: "POST",
          headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" },
        }).catch(() => {});
      }
    }, 240000);
  }
})();
