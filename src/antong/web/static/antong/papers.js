// Documents: the list's filters, signed scans, voiding; the draft beside its pages as they would be set.
(function () {
  "use strict";
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector)),
    one = (id) => document.getElementById(id);

  // the list
  const table = one("documents"),
    typed = document.querySelector("[data-document-filter]");
  let state = "";
  function sift() {
    const words = typed.value.trim().toLowerCase();
    let shown = 0;
    all("tr.document-row", table).forEach((row) => {
      const fits =
        (!state || (state === "unsigned" ? row.dataset.unsigned : row.dataset.state === state)) &&
        (!words || row.textContent.toLowerCase().includes(words));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    table.querySelector("[data-none]").hidden = shown > 0;
    document.querySelector("[data-total]").textContent = shown;
  }
  if (table) {
    typed.addEventListener("input", sift);
    all(".chip[data-state]").forEach((chip) =>
      chip.addEventListener("click", () => {
        state = chip.dataset.state;
        all(".chip[data-state]").forEach((other) => {
          other.classList.toggle("on", other === chip);
          other.setAttribute("aria-pressed", String(other === chip));
        });
        sift();
      }),
    );
    document.addEventListener("click", (event) => {
      const choose = event.target.closest("[data-choose-signed]"),
        gone = event.target.closest("[data-void]");
      if (choose) choose.form.querySelector("input[type=file]").click();
      if (event.target.closest("[data-clear]")) {
        typed.value = "";
        document.querySelector(".chip[data-state='']").click();
      }
      if (gone) {
        one("void-form").action = gone.dataset.void;
        one("void-title").textContent = "作废 " + gone.dataset.name + "？";
        one("void-form").querySelector("[data-void-words]").textContent = gone.dataset.issued
          ? "作废后不能恢复，留痕保留；已编的号不再使用，已归卷的页另行撤下。"
          : "作废后不能恢复，留痕保留。";
        one("void").hidden = false;
        one("v-why").focus();
      }
    });
    table.addEventListener("change", (event) => {
      if (event.target.matches("input[type=file]") && event.target.files.length) {
        window.antong.toast("正在上传签名件…");
        event.target.form.submit();
      }
    });
  }

  // pages as they would be set
  const desk = one("preview"),
    form = one("draft"),
    said = one("preview-state");
  if (!desk) return;
  let asked = 0,
    timer = 0;
  async function draw() {
    const mine = ++asked,
      data = new FormData(form || undefined);
    const answer = await fetch(form ? form.dataset.preview : desk.dataset.pages, {
      method: "POST",
      body: data,
      headers: { "X-CSRFToken": document.body.dataset.csrf, "X-Requested-With": "fetch" },
    }).catch(() => null);
    if (mine !== asked) return;
    if (!answer || !answer.ok) {
      const json = answer ? await answer.json().catch(() => ({})) : {};
      said.textContent = json.what || "没有排出版面，改动后自动重试";
      return;
    }
    const made = await answer.json();
    said.textContent = made.pages.length + " 页，含各联" + (form ? "；文号签发时编" : "");
    desk.replaceChildren(
      ...made.pages.map((source, index) => {
        const image = document.createElement("img");
        image.src = source;
        image.alt = "第 " + (index + 1) + " 页";
        return image;
      }),
    );
  }
  if (form) {
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(draw, 700);
    });
    form.addEventListener("change", () => {
      clearTimeout(timer);
      timer = setTimeout(draw, 200);
    });
  }
  draw();
})();
