// Papers as they are set, beside what is decided about them: in a dialog ([data-paper]) or in a panel ([data-sheets]).
(function () {
  "use strict";
  const { all, one, token, words, within, dialog, FETCH } = window.antong;

  async function fetched(url, data) {
    const answer = await fetch(url, {
      method: "POST",
      body: data,
      headers: { "X-CSRFToken": token(), ...FETCH },
    }).catch(() => null);
    const json = answer ? await answer.json().catch(() => ({})) : {};
    if (!answer || !answer.ok) throw new Error(words(json) || "没有排出版面，请重试");
    return json.pages;
  }
  function put(box, pages) {
    box.replaceChildren(
      ...pages.map((source, index) => {
        const image = document.createElement("img");
        image.src = source;
        image.alt = "第 " + (index + 1) + " 页";
        return image;
      }),
    );
  }
  async function draw(url, data, box, state) {
    state.textContent = "正在排版…";
    try {
      const pages = await fetched(url, data);
      put(box, pages);
      box.scrollTop = 0;
      state.textContent = pages.length + " 页，含各联";
    } catch (problem) {
      box.replaceChildren();
      state.textContent = problem.message;
    }
  }
  // what is typed for one kind of document on a form that holds several
  function typed(kind) {
    const data = new FormData();
    data.append("kind", kind);
    all("[name^='text." + kind + ".']").forEach((field) =>
      data.append("field." + field.name.slice(("text." + kind + ".").length), field.value),
    );
    return data;
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-paper]"),
      chosen = event.target.closest("[data-sheet-of]");
    if (opener) {
      const box = document.getElementById("paper-pages");
      document.getElementById("paper-title").textContent = opener.dataset.name;
      box.replaceChildren();
      dialog.open("paper");
      const data = opener.dataset.kind ? typed(opener.dataset.kind) : new FormData();
      draw(opener.dataset.paper, data, box, document.getElementById("paper-state"));
    }
    if (chosen) show(chosen);
  });

  // several papers share one panel: the chosen one is shown
  function show(tab) {
    const panel = one("[data-sheets]");
    all("[data-sheet-of]").forEach((other) => {
      other.classList.toggle("on", other === tab);
      other.setAttribute("aria-pressed", other === tab ? "true" : "false");
    });
    panel.replaceChildren();
    draw(tab.dataset.sheetOf, new FormData(), panel, one("[data-sheets-state]"));
  }
  within((part) => {
    const first = one("[data-sheet-of]", part);
    if (first && one("[data-sheets]")) show(first);
  });
})();
