// Phrases in any long text: Alt+P, or the button beside the field, opens a list to filter; Enter puts one in where the
// cursor stands, and its first blank 《》 is selected to be filled.
(function () {
  "use strict";
  const { one, toast, FETCH } = window.antong;
  const LONG = 100;
  let rows = null,
    field = null,
    box = null,
    opener = null;

  const long = (place) =>
    place &&
    !place.readOnly &&
    !place.disabled &&
    (place.tagName === "TEXTAREA" ||
      (place.tagName === "INPUT" && place.type === "text" && place.maxLength >= LONG)) &&
    !place.closest("#phrase-box");

  function put(text) {
    const start = field.selectionStart,
      end = field.selectionEnd,
      most = field.maxLength > 0 ? field.maxLength : Infinity;
    if (field.value.length - (end - start) + text.length > most) {
      toast("放不下：这里最多 " + most + " 字", true);
      return;
    }
    const place = field;
    shut();
    place.focus();
    place.setRangeText(text, start, end, "end");
    const blank = place.value.indexOf("《》", start);
    if (blank >= 0 && blank < start + text.length) place.setSelectionRange(blank + 1, blank + 1);
    place.dispatchEvent(new Event("input", { bubbles: true }));
    place.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function shut() {
    if (box) box.remove();
    box = null;
  }
  function stand(part, place, below) {
    const at = place.getBoundingClientRect();
    part.style.left = Math.max(4, Math.min(at.left, innerWidth - 380)) + "px";
    const room = innerHeight - at.bottom > 260;
    if (below && room) part.style.top = at.bottom + 2 + "px";
    else if (below) part.style.bottom = innerHeight - at.top + 2 + "px";
    else {
      part.style.left = at.right - 96 + "px";
      part.style.top = at.top - 24 + "px";
    }
  }
  function fill(words) {
    const list = one("ul", box);
    const found = rows.filter((row) => words.split(/\s+/).every((word) => row.text.includes(word)));
    list.replaceChildren(
      ...found.slice(0, 40).map((row, index) => {
        const item = document.createElement("li"),
          button = document.createElement("button"),
          whose = document.createElement("span");
        button.type = "button";
        whose.className = "weak";
        whose.textContent = row.whose;
        button.append(row.text, " ", whose);
        button.addEventListener("click", () => put(row.text));
        item.classList.toggle("on", index === 0);
        item.append(button);
        return item;
      }),
    );
    if (!found.length) {
      const none = document.createElement("li");
      none.className = "weak";
      none.textContent = rows.length ? "没有这样的常用语" : "还没有常用语，在“常用语”里加";
      list.append(none);
    }
  }
  function step(by) {
    const items = Array.from(box.querySelectorAll("li")).filter((item) => one("button", item));
    const now = items.findIndex((item) => item.classList.contains("on"));
    const next = items[Math.max(0, Math.min(items.length - 1, now + by))];
    items.forEach((item) => item.classList.toggle("on", item === next));
    if (next) next.scrollIntoView({ block: "nearest" });
  }
  async function open(place) {
    shut();
    field = place;
    if (!rows) {
      const answer = await fetch("/phrases", { headers: FETCH }).catch(() => null);
      if (!answer || !answer.ok) {
        toast("没有取到常用语，请重试。", true);
        return;
      }
      rows = (await answer.json()).rows;
    }
    box = document.createElement("div");
    box.id = "phrase-box";
    box.className = "phrase-box";
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", "常用语");
    const search = document.createElement("input");
    search.type = "text";
    search.placeholder = "筛选；↑↓ 选，Enter 取用，Esc 关闭";
    search.setAttribute("aria-label", "筛选常用语");
    box.append(search, document.createElement("ul"));
    document.body.append(box);
    stand(box, place, true);
    fill("");
    search.focus();
    search.addEventListener("input", () => fill(search.value.trim()));
    search.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        step(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter") {
        event.preventDefault();
        const chosen = one("li.on button", box);
        if (chosen) chosen.click();
      } else if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        shut();
        place.focus();
      }
    });
  }

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.code !== "KeyP") return;
    if (!long(event.target)) return;
    event.preventDefault();
    open(event.target);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target === opener || (box && box.contains(event.target))) return;
    if (opener) opener.remove();
    opener = null;
    if (!long(event.target)) return;
    const place = event.target;
    opener = document.createElement("button");
    opener.type = "button";
    opener.tabIndex = -1;
    opener.className = "phrase-opener";
    opener.title = "Alt+P";
    opener.textContent = "常用语 Alt+P";
    opener.addEventListener("mousedown", (down) => {
      down.preventDefault();
      open(place);
    });
    document.body.append(opener);
    stand(opener, place, false);
  });
  document.addEventListener("scroll", () => opener && opener.remove(), { capture: true, passive: true });
  document.addEventListener("mousedown", (event) => {
    if (box && !box.contains(event.target)) shut();
  });
})();
