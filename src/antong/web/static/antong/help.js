// The help beside a page: F1 or a button opens it, Esc closes it; its text is fetched once, its keys are those of the page.
(function () {
  "use strict";
  const { all, one, typing, toast, FETCH } = window.antong;
  const panel = one("#help");
  const name = document.body.dataset.screen;
  let before = null,
    read = false;

  async function load() {
    const answer = await fetch("/help/" + encodeURIComponent(name), { headers: FETCH }).catch(() => null);
    if (!answer || !answer.ok) {
      toast("帮助没有取到，请检查网络后再按 F1。", true);
      return;
    }
    // our own page's words, escaped where they were written
    one("[data-help-text]", panel).innerHTML = await answer.text();
    read = true;
  }
  function keys() {
    const rows = window.antong.ownKeys();
    one("[data-help-keys]", panel).hidden = !rows.length;
    one("[data-help-rows]", panel).replaceChildren(...rows.map(window.antong.keyRow));
  }
  async function open() {
    if (!panel) {
      location.href = "/guide";
      return;
    }
    if (!panel.hidden) {
      close();
      return;
    }
    before = document.activeElement;
    panel.hidden = false;
    document.body.classList.add("helped");
    all("[data-help]").forEach((button) => button.setAttribute("aria-expanded", "true"));
    keys();
    one("h2", panel).focus();
    if (!read) await load();
  }
  function close() {
    panel.hidden = true;
    document.body.classList.remove("helped");
    all("[data-help]").forEach((button) => button.setAttribute("aria-expanded", "false"));
    if (before && before.isConnected) before.focus();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help-close]")) close();
    else if (event.target.closest("[data-help]")) open();
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "F1" && !event.isComposing && event.keyCode !== 229) {
        event.preventDefault();
        if (!window.antong.dialog.opened()) open();
      } else if (event.key === "Escape" && panel && !panel.hidden && !window.antong.dialog.opened()) {
        if (typing(event) && !panel.contains(event.target)) return;
        event.preventDefault();
        close();
      }
    },
    true,
  ); // before the keys of pages, where Esc leads back to the list
})();
