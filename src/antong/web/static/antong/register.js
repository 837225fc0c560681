// Registering: rows of parties added as needed, and a look for the same person among cases one may see.
(function () {
  "use strict";
  const box = document.getElementById("parties"),
    blank = document.getElementById("party-blank"),
    form = document.getElementById("new-case");
  function next() {
    return Array.from(document.querySelectorAll("[data-party]")).length;
  }
  function add(index) {
    const holder = document.createElement("div");
    holder.innerHTML = blank.innerHTML.split("__i__").join(index);
    const row = holder.firstElementChild;
    box.appendChild(row);
    row.querySelectorAll("[data-several]").forEach(window.antong.several);
    row.querySelectorAll("input[data-picker]").forEach(window.antong.picker);
    return row;
  }
  if (box && blank) {
    document
      .getElementById("add-party")
      .addEventListener("click", () => add(next()).querySelector("input[type=text]").focus());
    box.addEventListener("click", (event) => {
      const drop = event.target.closest("[data-drop-party]");
      if (drop) {
        const row = drop.closest("[data-party]");
        row.querySelectorAll("input[type=text]").forEach((field) => {
          field.value = "";
        });
        row.hidden = true;
      }
    });
    form.addEventListener("restore", (event) => {
      Object.keys(event.detail).forEach((name) => {
        const found = /^p(\d+)_name$/.exec(name);
        if (found) while (next() <= Number(found[1]) && next() < 40) add(next());
      });
    });
  }
  document.addEventListener("focusout", async (event) => {
    if (!event.target.matches || !event.target.matches("[data-same]")) return;
    const words = event.target.parentElement.querySelector("[data-same-words]");
    words.textContent = "";
    const number = event.target.value.trim();
    if (!number) return;
    const answer = await fetch("/pick/same-person?id_number=" + encodeURIComponent(number), {
      headers: { "X-Requested-With": "fetch" },
    }).catch(() => null);
    if (!answer || !answer.ok) return;
    const found = await answer.json();
    words.textContent = [found.check]
      .concat(found.rows.map((row) => row.because + "：" + row.name + "（" + row.number + "）"))
      .filter(Boolean)
      .join("；");
  });
})();
