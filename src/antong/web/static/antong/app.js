// Keyboard, saved forms, double clicks, toasts, pickers, badges. Plain ES2020; Chromium 90.
(function () {
  "use strict";
  const body = document.body;
  const token = () => (document.querySelector("input[name=csrfmiddlewaretoken]") || {}).value || body.dataset.csrf || "";
  const typing = (event) => event.isComposing || event.keyCode === 229 || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;

  window.antong = {
    toast(text, bad) {
      const old = document.querySelector(".toast"); if (old) old.remove();
      const box = document.createElement("div");
      box.className = "toast" + (bad ? " bad" : ""); box.setAttribute("role", "status"); box.textContent = text;
      body.appendChild(box); setTimeout(() => box.remove(), 6000);
    },
    async post(url, data) {
      const form = data instanceof FormData ? data : new URLSearchParams(data || {});
      const answer = await fetch(url, { method: "POST", body: form, headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" } });
      const json = await answer.json().catch(() => ({}));
      if (!answer.ok) { this.toast([json.what, (json.items || []).join("；"), json.remedy].filter(Boolean).join(" "), true); throw new Error(json.code || answer.status); }
      return json;
    },
  };

  // rows
  let at = -1;
  const rows = () => Array.from(document.querySelectorAll("tr[data-href]"));
  function go(step) {
    const all = rows(); if (!all.length) return;
    at = Math.max(0, Math.min(all.length - 1, at + step));
    all.forEach((row, index) => row.classList.toggle("on", index === at));
    all[at].scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a,button,input,label")) location.href = row.dataset.href;
    const opener = event.target.closest("[data-dialog]");
    if (opener) { event.preventDefault(); show(opener.dataset.dialog); }
    if (event.target.closest("[data-close]") || event.target.classList.contains("veil")) hide();
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-back]")) history.back();
    if (event.target.closest("[data-keys]")) show("keys");
    const disabled = event.target.closest("[aria-disabled=true]");
    if (disabled) { event.preventDefault(); window.antong.toast(disabled.dataset.why || disabled.title || "现在不能办理", true); }
  });
  function show(id) { const veil = document.getElementById(id); if (!veil) return; veil.hidden = false; const first = veil.querySelector("input,textarea,button,select"); if (first) first.focus(); }
  function hide() { document.querySelectorAll(".veil").forEach((veil) => { veil.hidden = true; }); }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { hide(); if (event.target.blur && typing(event)) event.target.blur(); return; }
    if (event.ctrlKey && event.key === "Enter") { const primary = document.querySelector("[data-primary]"); if (primary) { event.preventDefault(); primary.click(); } return; }
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "/") { event.preventDefault(); const box = document.querySelector("[data-search]"); if (box) box.focus(); }
    else if (key === "f") { const box = document.querySelector("[data-filter]"); if (box) { event.preventDefault(); box.focus(); } }
    else if (key === "j") go(1);
    else if (key === "k") go(-1);
    else if (key === "enter" && at >= 0 && event.target === body) location.href = rows()[at].dataset.href;
    else if (key === "?") show("keys");
    else if (/^[1-7]$/.test(key)) { const tab = document.querySelectorAll(".tabs a")[Number(key) - 1]; if (tab) location.href = tab.href; }
  });

  // a second click is the same command: the key stays, the button waits
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.busy) { event.preventDefault(); return; }
    if (form.method === "post") { form.dataset.busy = "1"; setTimeout(() => { delete form.dataset.busy; }, 8000); clear(form); }
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => { delete form.dataset.busy; }));

  // forms save themselves on this machine until sent; signing in again loses nothing
  const place = (form) => "antong:" + (body.dataset.person || "") + ":" + location.pathname + ":" + (form.dataset.save || "");
  const savable = (box) => box.name && !/^(csrfmiddlewaretoken|key|password|version)$/.test(box.name) && !/^(hidden|password|file)$/.test(box.type);
  function clear(form) { if (form.dataset.save) sessionStorage.setItem(place(form) + ":sent", "1"); }
  document.querySelectorAll("form[data-save]").forEach((form) => {
    const name = place(form);
    if (sessionStorage.getItem(name + ":sent") && !form.dataset.refused) { localStorage.removeItem(name); sessionStorage.removeItem(name + ":sent"); }
    try {
      const kept = JSON.parse(localStorage.getItem(name) || "null");
      if (kept && !form.dataset.refused) {
        Array.from(form.elements).filter(savable).forEach((box) => {
          const value = kept[box.name]; if (value === undefined) return;
          if (box.type === "checkbox" || box.type === "radio") box.checked = value.includes(box.value); else if (!box.value) box.value = value[0] || "";
        });
        const note = form.querySelector("[data-saved]"); if (note) note.textContent = "已恢复上次填写的内容";
      }
    } catch (problem) { localStorage.removeItem(name); }
    form.addEventListener("input", () => {
      const kept = {};
      Array.from(form.elements).filter(savable).forEach((box) => { if ((box.type !== "checkbox" && box.type !== "radio") || box.checked) (kept[box.name] = kept[box.name] || []).push(box.value); });
      localStorage.setItem(name, JSON.stringify(kept));
      const note = form.querySelector("[data-saved]");
      if (note) note.textContent = "草稿 " + new Date().toTimeString().slice(0, 5) + " 已自动保存";
    });
  });

  // pickers: type a name or pinyin initials
  document.querySelectorAll("input[data-picker]").forEach((box) => {
    const list = document.createElement("datalist"); list.id = "pick-" + Math.random().toString(36).slice(2); box.setAttribute("list", list.id); box.after(list);
    const hidden = box.form.querySelector("[name='" + box.dataset.into + "']"); let timer;
    box.addEventListener("input", (event) => {
      const option = Array.from(list.options).find((one) => one.value === box.value);
      if (option) { hidden.value = option.dataset.code; return; }
      hidden.value = "";
      if (event.isComposing) return;
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const answer = await fetch(box.dataset.picker + "?q=" + encodeURIComponent(box.value)); if (!answer.ok) return;
        list.replaceChildren(...(await answer.json()).rows.map((row) => { const one = document.createElement("option"); one.value = row.name; one.dataset.code = row.code; return one; }));
      }, 150);
    });
    box.addEventListener("change", async () => {
      if (hidden.value || !box.value) return;
      const answer = await fetch(box.dataset.picker + "?q=" + encodeURIComponent(box.value)); const rows = (await answer.json()).rows;
      if (rows.length) { box.value = rows[0].name; hidden.value = rows[0].code; }
    });
  });

  // density and large type, remembered by person
  document.querySelectorAll("[data-toggle]").forEach((button) => button.addEventListener("click", async () => {
    const [name, one, other] = button.dataset.toggle.split(" ");
    const value = button.dataset.value === one ? other : one;
    await window.antong.post("/preferences", { [name]: value }); location.reload();
  }));

  // counts, and being there
  if (body.dataset.person) {
    let etag = "";
    setInterval(async () => {
      if (document.hidden) return;
      const answer = await fetch("/counts", { headers: etag ? { "If-None-Match": etag } : {} });
      if (answer.status !== 200) return;
      etag = answer.headers.get("ETag") || "";
      const counts = await answer.json();
      document.querySelectorAll("[data-count]").forEach((box) => { box.textContent = counts[box.dataset.count] || ""; });
    }, 15000);
    let active = true;
    ["keydown", "pointerdown", "wheel"].forEach((name) => document.addEventListener(name, () => { active = true; }, { passive: true }));
    setInterval(() => { if (active) { active = false; fetch("/present", { method: "POST", headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" } }); } }, 240000);
  }
})();
