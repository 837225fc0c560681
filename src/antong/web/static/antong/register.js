// Forms of a case: the gate, parties added as needed, dates as people write them, the same person seen before.
(function () {
  "use strict";
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const box = document.getElementById("parties"),
    blank = document.getElementById("party-blank"),
    form = document.getElementById("new-case");

  // 涉密 cases are stopped before anything is typed, and nothing of them is kept
  const rest = document.getElementById("rest");
  function gate() {
    const chosen = document.querySelector("input[name=secret]:checked"),
      words = document.querySelector("[data-gate]"),
      button = form.querySelector("[data-primary]");
    const open = Boolean(chosen && chosen.value === "no"),
      secret = Boolean(chosen && chosen.value === "yes");
    rest.disabled = !open;
    words.classList.toggle("wrong", secret);
    words.textContent = secret
      ? "不能登记：涉密案件不得进入本平台（案通登记规则）。请按保密规定在涉密系统中办理；是否涉密由本单位保密工作负责人定。"
      : "涉密案件、侦查工作卷、副卷不进入本平台；确认之前不保存任何内容";
    if (secret) {
      all("input[type=text],textarea", rest).forEach((field) => {
        field.value = "";
      });
      all(".picked", rest).forEach((picked) => picked.replaceChildren());
    }
    button.setAttribute("aria-disabled", open ? "false" : "true");
    button.dataset.why = secret ? "涉密案件不得登记" : "先确认是否涉密";
  }
  if (rest) {
    all("input[name=secret]").forEach((radio) => radio.addEventListener("change", gate));
    form.addEventListener("restore", () => setTimeout(gate, 0));
    gate();
  }

  // parties: fields that a mark asks for stand there only then
  function dress(row) {
    const kind = row.querySelector("[data-kind]").value;
    const marks = all("[data-mark]", row)
      .filter((mark) => mark.checked)
      .map((mark) => mark.dataset.mark);
    if (kind === "unit_suspect") marks.push("unit");
    all("[data-mark]", row).forEach((mark) => mark.closest(".mark").classList.toggle("on", mark.checked));
    all("[data-asked]", row).forEach((field) => {
      const filled = field.querySelector("input").value !== "" && !field.querySelector("[name$=nationality]");
      field.hidden = !filled && !field.dataset.asked.split(" ").some((name) => marks.includes(name));
    });
    all("[data-only=suspect]", row).forEach((field) => {
      field.hidden = !/suspect$/.test(kind) && !field.querySelector("input[type=hidden]");
    });
  }
  const next = () => all("[data-party]").length;
  function add(index, kind) {
    const holder = document.createElement("div");
    holder.innerHTML = blank.innerHTML.split("__i__").join(index);
    const row = holder.firstElementChild;
    box.appendChild(row);
    if (kind) row.querySelector("[data-kind]").value = kind;
    all("[data-several]", row).forEach(window.antong.several);
    all("input[data-picker]", row).forEach(window.antong.picker);
    dress(row);
    return row;
  }
  if (box) {
    all("[data-party]", box).forEach(dress);
    box.addEventListener("change", (event) => {
      const row = event.target.closest("[data-party]");
      if (row && event.target.matches("[data-mark],[data-kind]")) {
        dress(row);
        const asked =
          event.target.checked &&
          row.querySelector("[data-asked~='" + event.target.dataset.mark + "'] input");
        if (asked) asked.focus();
      }
    });
    box.addEventListener("click", (event) => {
      const row = event.target.closest("[data-party]"),
        more = event.target.closest("[data-more]");
      if (more) {
        const folded = document.getElementById(more.getAttribute("aria-controls"));
        folded.hidden = !folded.hidden;
        more.setAttribute("aria-expanded", String(!folded.hidden));
        more.textContent = folded.hidden ? "出生、性别、住址等" : "收起";
        if (!folded.hidden) folded.querySelector("select,input").focus();
      }
      if (event.target.closest("[data-drop-party]")) {
        all("input[type=text]", row).forEach((field) => {
          field.value = "";
        });
        all("input[type=checkbox]", row).forEach((mark) => {
          mark.checked = false;
        });
        all(".picked", row).forEach((picked) => picked.replaceChildren());
        row.hidden = true;
        row.dispatchEvent(new Event("change", { bubbles: true }));
        const left = all("[data-party]").find((other) => !other.hidden);
        if (left) left.querySelector("input[type=text]").focus();
      }
    });
  }
  if (blank) {
    all("[data-add-party]").forEach((button) =>
      button.addEventListener("click", () => {
        if (next() >= 40) {
          window.antong.toast("一次最多登记 40 人，其余登记后再加", true);
          return;
        }
        const row = add(next(), button.dataset.addParty);
        row.scrollIntoView({ block: "nearest" });
        row.querySelector("input[type=text]").focus();
      }),
    );
    form.addEventListener("restore", (event) => {
      Object.keys(event.detail).forEach((name) => {
        const found = /^p(\d+)_name$/.exec(name);
        if (found) while (next() <= Number(found[1]) && next() < 40) add(next());
      });
      setTimeout(() => all("[data-party]", box).forEach(dress), 0);
    });
  }

  // on leaving a field: dates are read back, a person is looked for among the cases one may see
  function say(field, wrong) {
    const holder = field.closest(".field"),
      line = holder.querySelector(".wrong");
    holder.classList.toggle("bad", Boolean(wrong));
    line.textContent = wrong || "";
    field.setAttribute("aria-invalid", wrong ? "true" : "false");
  }
  const quietly = (url, data) =>
    fetch(url, {
      method: "POST",
      body: new URLSearchParams(data),
      headers: { "X-CSRFToken": document.body.dataset.csrf, "X-Requested-With": "fetch" },
    })
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null);
  async function dated(field) {
    if (!field.value.trim()) {
      say(field, "");
      return;
    }
    const read = await quietly("/pick/check-date", { text: field.value, timed: field.dataset.date || "" });
    if (!read) return;
    say(field, read.wrong);
    if (read.words && read.words !== field.value) {
      field.value = read.words;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  async function same(row) {
    const value = (name) => (row.querySelector("[name$='_" + name + "']") || { value: "" }).value.trim();
    const words = row.querySelector("[data-same-words]");
    words.replaceChildren();
    if (!value("id_number") && !(value("name") && value("born_on"))) return;
    const found = await quietly("/pick/same-person", {
      id_number: value("id_number"),
      id_type: value("id_type"),
      name: value("name"),
      born_on: value("born_on"),
    });
    if (!found) return;
    say(row.querySelector("[name$=_id_number]"), found.wrong);
    const facts = [found.born, found.sex].filter(Boolean).join(" ");
    if (facts) words.append("号码中：" + facts + "　");
    if (found.note) words.append(found.note + "　");
    found.rows.forEach((one) => {
      const link = document.createElement("a");
      link.href = one.url;
      link.target = "_blank";
      link.textContent = one.name + "（" + one.number + "）";
      words.append("可能已有同一人，" + one.because + "：", link, "　");
    });
  }
  document.addEventListener("focusout", (event) => {
    if (!event.target.matches) return;
    if (event.target.matches("[data-date]")) dated(event.target);
    if (event.target.matches("[data-same]")) same(event.target.closest("[data-party]"));
  });

  document.addEventListener("click", async (event) => {
    const discard = event.target.closest("[data-discard]"),
      take = event.target.closest("[data-take]"),
      printed = event.target.closest("[data-print-picked]");
    if (discard) {
      event.preventDefault();
      const place = location.pathname + "#" + discard.dataset.discard;
      sessionStorage.removeItem("antong:" + (document.body.dataset.person || "") + place);
      await quietly("/drafts", { place: place, values: "{}" });
      location.href = discard.href;
    }
    if (take) {
      const field = document.querySelector("form[data-save] [name='" + take.dataset.take + "']");
      if (field) {
        if (field.type === "checkbox") field.checked = take.dataset.value === "on";
        else field.value = take.dataset.value;
        const shown = document.querySelector("[data-into='" + take.dataset.take + "']");
        if (shown) shown.value = take.dataset.words;
        field.dispatchEvent(new Event("change", { bubbles: true }));
        take.replaceWith("已改用别人的");
        (shown || field).focus();
      }
    }
    if (printed) {
      all("tr[data-href]").forEach((row) => {
        const tick = row.querySelector("[data-tick]");
        row.classList.toggle("ticked", Boolean(tick && tick.checked));
      });
      document.body.classList.add("print-picked");
      window.print();
      document.body.classList.remove("print-picked");
    }
  });
})();
