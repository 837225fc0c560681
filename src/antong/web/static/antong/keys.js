// Single keys for lists and pages. Off while somebody types, while an input method composes, and behind a dialog.
(function () {
  "use strict";
  const { all, one, typing, dialog } = window.antong;

  // Ctrl+Enter is the primary button of what is in front: of the open dialog, or else of the page
  function primary() {
    const veil = dialog.opened();
    if (veil) {
      const buttons = all("button:not([data-close])", veil).filter((button) => button.offsetParent);
      return one("[data-primary],.primary", veil) || buttons[buttons.length - 1] || null;
    }
    return all("[data-primary]").find((button) => button.offsetParent) || null;
  }
  function escape(event) {
    if (event.defaultPrevented || dialog.close()) return;
    const menu = one("details.menu[open]");
    if (menu) {
      menu.open = false;
      one("summary", menu).focus();
      return;
    }
    if (document.activeElement && document.activeElement.closest(".pop")) {
      document.activeElement.blur();
      return;
    }
    if (typing(event)) {
      event.target.blur();
      return;
    }
    const crumb = one(".head .crumb");
    if (crumb) location.href = crumb.href;
  }
  function focusOn(selector, event) {
    const box = one(selector);
    if (!box || !box.offsetParent) return;
    event.preventDefault();
    box.focus();
    if (box.select) box.select();
  }
  // the next row that lacks something (N), wherever a page checks something
  function nextGap() {
    const wanting = all("tr[data-result=missing],tr[data-result=doubt]").filter((row) => row.offsetParent);
    if (!wanting.length) return;
    const now = wanting.findIndex((row) => row.classList.contains("on"));
    wanting.forEach((row) => row.classList.remove("on"));
    const next = wanting[(now + 1) % wanting.length];
    next.classList.add("on");
    next.scrollIntoView({ block: "center" });
    const box = one("input,textarea,a,button", next);
    if (box) box.focus();
  }

  // what the page at hand answers to, above what all pages do: its own keys, and those its foot names
  const NAMES = { ArrowLeft: "←", ArrowRight: "→" };
  // the foot names keys, then what they do, perhaps several after another: <kbd>J</kbd> <kbd>K</kbd> 上下　<kbd>F</kbd> 筛选
  function footKeys() {
    const found = [];
    all("footer .no-print > span").forEach((span) => {
      let keys = [];
      const walker = document.createTreeWalker(span, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const node = walker.currentNode;
        const text = node.textContent.trim();
        const last = keys.length - 1;
        if (node.parentNode.tagName === "KBD" && last >= 0 && /[+–]$/.test(keys[last])) keys[last] += text;
        else if (node.parentNode.tagName === "KBD") keys.push(text);
        else if (last >= 0 && /^[+–]$/.test(text)) keys[last] += text;
        else if (last >= 0 && text) {
          found.push([keys, text]);
          keys = [];
        }
      }
    });
    return found;
  }
  function ownKeys() {
    const seen = new Set(["F1"]),
      rows = [];
    all("[data-key]")
      .filter((button) => button.offsetParent)
      .forEach((button) => {
        const key = button.dataset.key;
        rows.push([
          NAMES[key] || key.toUpperCase(),
          button.textContent.replace(/[‹›←→]|\s+[A-Z?]$/g, "").trim(),
        ]);
      });
    footKeys().forEach(([keys, text]) => {
      const known = keys.every((key) => rows.some((row) => row[0] === key));
      if (keys[0] !== "?" && !known) rows.push([keys.join(" "), text]);
    });
    return rows.filter(([key]) => !seen.has(key) && seen.add(key));
  }
  function keyRow([key, text]) {
    const row = document.createElement("tr"),
      first = document.createElement("td"),
      second = document.createElement("td"),
      box = document.createElement("kbd");
    box.textContent = key;
    first.append(box);
    second.textContent = text;
    row.append(first, second);
    return row;
  }
  function help() {
    const table = one("#keys-own"),
      fresh = ownKeys();
    table.hidden = !fresh.length;
    one("tbody", table).replaceChildren(...fresh.map(keyRow));
    dialog.open("keys");
  }
  window.antong.ownKeys = ownKeys;
  window.antong.keyRow = keyRow;

  const KEYS = {
    "/": (event) => focusOn("[data-search]", event),
    f: (event) => focusOn("[data-filter]", event),
    n: nextGap,
    "?": help,
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) help();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      escape(event);
      return;
    }
    if (event.ctrlKey && event.key === "Enter") {
      const button = primary();
      if (button) {
        event.preventDefault();
        button.click();
      }
      return;
    }
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey || dialog.opened()) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const own = all("[data-key]").find((button) => button.dataset.key === key && button.offsetParent);
    if (own) {
      event.preventDefault();
      own.click();
    } else if (KEYS[key]) KEYS[key](event);
    else if (/^[1-7]$/.test(key)) {
      const tab = all(".tabs > a[href]")[Number(key) - 1];
      if (tab) tab.click();
    }
  });
})();
