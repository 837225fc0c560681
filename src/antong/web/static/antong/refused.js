// A refusal on a page: it has the focus, each field it names is marked, and a link leads there.
(function () {
  "use strict";
  const { all, one, blame, refusedForm } = window.antong;
  const box = one("[data-refusal]");
  if (!box) return;

  function fieldOf(name) {
    const form = refusedForm(),
      named = form && form.elements[name],
      row = /^reasons\.(\d+)$/.exec(name);
    if (row) return one("#reasons > :nth-child(" + (Number(row[1]) + 1) + ") textarea");
    return (
      (named && named.setAttribute ? named : null) ||
      document.getElementById(name) ||
      one('[name="' + CSS.escape(name) + '"]:not([type=hidden])')
    );
  }
  function unfold(field) {
    for (let up = field.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
  }
  // the pins of a return stand there once what was typed has been put back
  document.addEventListener("DOMContentLoaded", () => {
    all("[data-to-field]", box).forEach((link) => {
      const field = fieldOf(link.dataset.toField);
      if (!field) return;
      if (field.matches("input,textarea,select")) blame(field, link.textContent);
      const label = field.id && one('label[for="' + CSS.escape(field.id) + '"]');
      const name = label && label.firstChild ? label.firstChild.textContent.trim() : "";
      // “必填” alone does not say of what
      if (name && link.textContent.length < 8 && !link.textContent.includes(name))
        link.textContent = name + "：" + link.textContent;
      unfold(field);
      link.addEventListener("click", (event) => {
        event.preventDefault();
        unfold(field);
        field.scrollIntoView({ block: "center" });
        (field.matches("input,textarea,select")
          ? field
          : one("textarea,input,button,a", field) || field
        ).focus();
      });
    });
    if (one("[autofocus]")) return;
    box.scrollIntoView({ block: "nearest" });
    box.focus();
  });
})();
