// The search at the top: what fits, by group, while somebody types; arrows choose, Enter opens, or lists the cases.
(function () {
  "use strict";
  const { one, all, post } = window.antong;
  const form = one("form[data-find]");
  if (!form) return;
  const box = one("[data-search]", form),
    list = document.createElement("div");
  let timer,
    asked = "",
    on = -1;
  list.className = "found";
  list.id = "found";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "搜索结果");
  form.appendChild(list);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", "found");
  box.setAttribute("aria-expanded", "false");

  const options = () => all("[role=option]", list);
  function close() {
    list.hidden = true;
    on = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }
  function mark(index) {
    on = index;
    options().forEach((item, place) => {
      item.classList.toggle("on", place === on);
      item.setAttribute("aria-selected", place === on ? "true" : "false");
      if (place === on) item.scrollIntoView({ block: "nearest" });
    });
    if (on >= 0) box.setAttribute("aria-activedescendant", options()[on].id);
    else box.removeAttribute("aria-activedescendant");
  }
  function row(found, index) {
    const item = document.createElement("a"),
      note = document.createElement("span");
    item.href = found.url;
    item.id = "found-" + index;
    item.tabIndex = -1;
    item.setAttribute("role", "option");
    item.textContent = found.name;
    note.className = "weak";
    note.textContent = found.note;
    item.appendChild(note);
    return item;
  }
  function show(groups) {
    let count = 0;
    const parts = [];
    groups.forEach((group) => {
      const title = document.createElement("div");
      title.className = "group";
      title.setAttribute("role", "presentation");
      title.textContent = group.title;
      parts.push(title, ...group.rows.map((found) => row(found, count++)));
    });
    const foot = document.createElement("div");
    foot.className = "group";
    foot.setAttribute("role", "status");
    foot.textContent = count ? "上下键选，回车打开；不选直接回车列出全部案件" : "没有找到，换个词试试";
    list.replaceChildren(...parts, foot);
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    mark(-1);
  }
  async function look() {
    const text = box.value.trim();
    if (text.length < 2) {
      close();
      return;
    }
    asked = text;
    const answer = await post(form.dataset.find, { text: text }).catch(() => null);
    if (answer && asked === box.value.trim() && document.activeElement === box) show(answer.groups);
  }
  box.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(look, 250);
  });
  box.addEventListener("blur", () => setTimeout(close, 150));
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const last = options().length - 1;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      mark(Math.max(-1, Math.min(last, on + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Enter" && on >= 0) {
      event.preventDefault();
      location.href = options()[on].href;
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  form.addEventListener("submit", (event) => {
    if (!box.value.trim()) event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) {
      event.preventDefault();
      location.href = item.href;
    }
  });
})();
