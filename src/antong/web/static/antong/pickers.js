// Pickers: type a name or pinyin initials; arrows choose, Enter or Tab takes what is marked, nothing is taken unseen.
// [data-into=name] puts the code into a hidden field; [data-several=name] collects chips "code:name".
(function () {
  "use strict";
  const { all, one, within, token, FETCH } = window.antong;
  const UNCHOSEN = "没有选定，从列表中选一项";
  let made = 0;

  function element(tag, role, className) {
    const box = document.createElement(tag);
    if (role) box.setAttribute("role", role);
    if (className) box.className = className;
    return box;
  }
  function blame(box, text) {
    const field = box.closest(".field") || box.closest(".picker");
    let wrong = one(".wrong", field);
    if (!wrong) {
      wrong = element("p", "", "wrong");
      field.appendChild(wrong);
    }
    field.classList.toggle("bad", Boolean(text));
    box.setAttribute("aria-invalid", text ? "true" : "false");
    wrong.textContent = text;
  }
  async function look(box) {
    const join = box.dataset.picker.includes("?") ? "&" : "?",
      asked = "q=" + encodeURIComponent(box.value);
    // people are asked for by POST: a name stands in no address
    const answer = await (
      box.dataset.people === undefined
        ? fetch(box.dataset.picker + join + asked, { headers: FETCH })
        : fetch(box.dataset.picker, {
            method: "POST",
            headers: {
              ...FETCH,
              "X-CSRFToken": token(),
              "Content-Type": "application/x-www-form-urlencoded",
            },
            body: asked,
          })
    ).catch(() => null);
    return answer && answer.ok ? (await answer.json()).rows : null;
  }

  function prepare(box) {
    if (box.dataset.ready) return;
    box.dataset.ready = "1";
    const id = "picker-" + ++made;
    const wrap = element("span", "", "picker"),
      list = element("div", "listbox", "list"),
      said = element("span", "status", "unseen");
    box.replaceWith(wrap);
    wrap.append(box, list, said);
    list.id = id;
    list.hidden = true;
    list.setAttribute("aria-label", box.getAttribute("aria-label") || "可选的");
    box.setAttribute("autocomplete", "off");
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", id);
    box.setAttribute("aria-expanded", "false");
    const form = box.dataset.form ? document.getElementById(box.dataset.form) : box.form;
    const hidden = box.dataset.into
      ? one("[name='" + box.dataset.into + "'][type=hidden]", form || document) ||
        form.elements[box.dataset.into]
      : null;
    let timer,
      found = [],
      on = -1;

    function mark(index) {
      on = index;
      all("[role=option]", list).forEach((item, place) => {
        item.classList.toggle("on", place === on);
        item.setAttribute("aria-selected", place === on ? "true" : "false");
        if (place === on) item.scrollIntoView({ block: "nearest" });
      });
      if (on >= 0) box.setAttribute("aria-activedescendant", id + "-" + on);
      else box.removeAttribute("aria-activedescendant");
    }
    function close() {
      list.hidden = true;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    }
    function take(row) {
      if (!row) return;
      close();
      blame(box, "");
      if (hidden) {
        box.value = row.name;
        hidden.value = row.code;
        box.dispatchEvent(new Event("change", { bubbles: true }));
      } else {
        box.value = "";
        box.dispatchEvent(new CustomEvent("picked", { detail: row, bubbles: true }));
      }
    }
    // below the field where there is room, else above it: the list never covers the buttons of the page
    function place() {
      const bar = one(".bar"),
        floor = bar && bar.offsetParent ? bar.getBoundingClientRect().top : window.innerHeight,
        spot = box.getBoundingClientRect();
      list.classList.toggle("up", floor - spot.bottom < 200 && spot.top > floor - spot.bottom);
    }
    async function open() {
      const rows = await look(box);
      if (document.activeElement !== box || rows === null) return;
      found = rows;
      list.replaceChildren(
        ...found.map((row, index) => {
          const item = element("div", "option");
          item.id = id + "-" + index;
          item.textContent = row.name;
          item.addEventListener("pointerdown", (event) => {
            event.preventDefault();
            take(row);
          });
          return item;
        }),
      );
      if (!found.length) {
        const none = element("div", "", "none");
        none.textContent = "没有这一项，换个词或拼音首字母";
        list.appendChild(none);
      }
      said.textContent = found.length ? found.length + " 项，上下键选，回车选定" : "没有这一项";
      place();
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
      mark(found.length && box.value.trim() ? 0 : -1);
    }
    box.addEventListener("input", (event) => {
      if (hidden) hidden.value = "";
      if (event.isComposing) return;
      clearTimeout(timer);
      if (box.value.trim()) timer = setTimeout(open, 120);
      else close();
    });
    box.addEventListener("blur", () => {
      clearTimeout(timer);
      close();
      blame(box, box.value.trim() && !(hidden && hidden.value) ? UNCHOSEN : "");
    });
    box.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) open();
        else if (found.length)
          mark(Math.max(0, Math.min(found.length - 1, on + (event.key === "ArrowDown" ? 1 : -1))));
      } else if (event.key === "Enter" && !event.ctrlKey) {
        if (!list.hidden || box.value.trim()) event.preventDefault();
        if (!list.hidden && on >= 0) take(found[on]);
      } else if (event.key === "Tab" && !list.hidden && on >= 0) take(found[on]);
      else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
  }

  // several of something: each one picked becomes a chip with its hidden field
  function several(box) {
    if (box.dataset.many) return;
    box.dataset.many = "1";
    const whole = box.closest(".several"),
      into = one(".picked", whole),
      name = box.dataset.several;
    const form = box.dataset.form ? document.getElementById(box.dataset.form) : box.form;
    function add(id, words) {
      if (all("input", into).some((field) => field.value.split(":")[0] === id)) return;
      const chip = element("button", "", "chip on"),
        field = document.createElement("input");
      chip.type = "button";
      chip.textContent = words + " ×";
      chip.title = "去掉";
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
      if (!chip) return;
      chip.remove();
      if (form) form.dispatchEvent(new Event("change"));
    });
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
  }

  within((part) => {
    all("[data-several]", part).forEach(several);
    all("input[data-picker]", part).forEach(prepare);
  });
  window.antong.picker = prepare;
  window.antong.several = several;
})();
