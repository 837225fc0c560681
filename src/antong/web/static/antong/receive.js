// Pinning reasons: each stands in the return form; with one pinned the primary act is to return.
(function () {
  "use strict";
  const box = document.getElementById("reasons"), form = document.getElementById("return-form"); if (!box || !form) return;
  let count = 0;
  function refresh() {
    const pinned = box.children.length; const back = document.getElementById("return-button"), take = document.getElementById("accept-button");
    document.getElementById("pinned").textContent = pinned ? "已钉 " + pinned + " 条" : "没有钉理由";
    back.setAttribute("aria-disabled", pinned ? "false" : "true"); back.classList.toggle("primary", pinned > 0); take.classList.toggle("primary", pinned === 0);
  }
  function add(text, page, where) {
    const index = count++; const row = document.createElement("div"); row.className = "field";
    const label = document.createElement("label"); label.textContent = (where || "全案") + " "; label.htmlFor = "reason-" + index;
    const drop = document.createElement("button"); drop.type = "button"; drop.className = "link"; drop.textContent = "删"; label.appendChild(drop);
    const area = document.createElement("textarea"); area.name = "reason." + index + ".text"; area.id = "reason-" + index; area.value = text || ""; area.placeholder = "写明缺什么、怎样补"; area.setAttribute("form", form.id);
    const hidden = document.createElement("input"); hidden.type = "hidden"; hidden.name = "reason." + index + ".page"; hidden.value = page || ""; hidden.setAttribute("form", form.id);
    drop.addEventListener("click", () => { row.remove(); refresh(); });
    row.append(label, area, hidden); box.appendChild(row); refresh(); return row;
  }
  document.getElementById("add-reason").addEventListener("click", () => add("", "", "").querySelector("textarea").focus());
  const pins = {};
  document.querySelectorAll("[data-pin]").forEach((check) => check.addEventListener("change", () => {
    if (check.checked) pins[check.dataset.pin] = add(check.dataset.text, check.dataset.pin, check.dataset.where);
    else if (pins[check.dataset.pin]) { pins[check.dataset.pin].remove(); refresh(); }
  }));
})();
