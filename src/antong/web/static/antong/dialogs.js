// Dialogs: opened by [data-dialog=id], closed by Esc, [data-close] or a click beside them. The focus stays inside.
(function () {
  "use strict";
  const { all, one, toast } = window.antong;
  const FIELDS =
    "a[href],button:not([disabled]),input:not([type=hidden]):not([disabled]),select,textarea,[tabindex='0']";
  let before = null;

  const opened = () => all(".veil").find((veil) => !veil.hidden) || null;
  const stops = (veil) => all(FIELDS, veil).filter((field) => field.offsetParent);

  function open(id) {
    const veil = document.getElementById(id);
    if (!veil) return;
    if (!opened()) before = document.activeElement;
    veil.hidden = false;
    const first = one("[autofocus]", veil) || one("input:not([type=hidden]),textarea,select", veil);
    (first || stops(veil)[0] || veil).focus();
  }
  function close() {
    const veil = opened();
    if (!veil) return false;
    veil.hidden = true;
    veil.dispatchEvent(new CustomEvent("closed", { bubbles: true }));
    if (before && before.isConnected) before.focus();
    before = null;
    return true;
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener && opener.getAttribute("aria-disabled") !== "true") {
      event.preventDefault();
      open(opener.dataset.dialog);
    }
    if (event.target.closest("[data-close]") || event.target.classList.contains("veil")) close();
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-back]")) history.back();
    all("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  // an unavailable button keeps its focus and says why, and where the cure is
  document.addEventListener(
    "click",
    (event) => {
      const disabled = event.target.closest("[aria-disabled=true]");
      if (!disabled) return;
      event.preventDefault();
      event.stopPropagation();
      toast(disabled.dataset.why || disabled.title || "现在不能办理", true);
      const cure = disabled.dataset.cure && document.getElementById(disabled.dataset.cure);
      if (cure) {
        cure.scrollIntoView({ block: "center" });
        (one("input,textarea,a,button", cure) || cure).focus();
      }
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    const veil = opened();
    if (!veil || event.key !== "Tab") return;
    const list = stops(veil);
    if (!list.length) return;
    const first = list[0],
      last = list[list.length - 1];
    if (!veil.contains(document.activeElement)) {
      event.preventDefault();
      first.focus();
    } else if (event.shiftKey && document.activeElement === first) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && document.activeElement === last) {
      event.preventDefault();
      first.focus();
    }
  });

  window.antong.dialog = { open, close, opened };
})();
