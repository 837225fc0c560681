// The one namespace of the pages' scripts (window.antong): finding, asking the server, telling the person.
// Plain ES2020 for Chromium 90; each file is about one subject, and shares nothing but this.
(function () {
  "use strict";
  const body = document.body;
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const one = (selector, from) => (from || document).querySelector(selector);
  const token = () => (one("input[name=csrfmiddlewaretoken]") || {}).value || body.dataset.csrf || "";
  const FETCH = { "X-Requested-With": "fetch" };

  // what is wrong with a field, in words beside it where it has a place for them
  function blame(box, text) {
    const field = box.closest(".field") || box.closest(".when");
    box.setAttribute("aria-invalid", text ? "true" : "false");
    if (!field) {
      box.title = text;
      return;
    }
    let wrong = one(".wrong", field);
    if (!wrong) {
      wrong = document.createElement("p");
      wrong.className = "wrong";
      field.appendChild(wrong);
    }
    field.classList.toggle("bad", Boolean(text));
    wrong.textContent = text;
  }

  // what a refused form said: put back by saving.js, its faults marked by refused.js
  const given = JSON.parse((document.getElementById("given") || { textContent: "null" }).textContent);
  const refusedForm = () =>
    given && given.form ? one('form[data-save="' + CSS.escape(given.form) + '"]') : null;

  // a refused act answers under its own address: the page keeps that of what it shows, so that drafts and F5 find it
  if (body.dataset.path && body.dataset.path !== location.pathname)
    history.replaceState(null, "", body.dataset.path);

  // whether a key belongs to a field, or to an input method that composes
  const typing = (event) =>
    event.isComposing ||
    event.keyCode === 229 ||
    (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) &&
      !/^(checkbox|radio|button|submit)$/.test(event.target.type)) ||
    event.target.isContentEditable;

  function toast(text, bad, undo) {
    all(".toast").forEach((old) => old.remove());
    const box = document.createElement("div");
    box.className = "toast" + (bad ? " bad" : "");
    box.setAttribute("role", bad ? "alert" : "status");
    const words = document.createElement("span");
    words.textContent = text;
    box.appendChild(words);
    if (undo) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link";
      button.textContent = "撤销";
      button.addEventListener("click", () => {
        undo();
        box.remove();
      });
      box.appendChild(button);
    }
    body.appendChild(box);
    setTimeout(() => box.remove(), 6000);
    return box;
  }

  const words = (json) => [json.what, (json.items || []).join("；"), json.remedy].filter(Boolean).join(" ");

  function expired() {
    document.dispatchEvent(new CustomEvent("antong:expired"));
  }

  async function post(url, data) {
    const form = data instanceof FormData ? data : new URLSearchParams(data || {});
    const answer = await fetch(url, {
      method: "POST",
      body: form,
      headers: { "X-CSRFToken": token(), ...FETCH },
    });
    const json = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      if (answer.status === 401) expired();
      toast(words(json) || "没有办成，请重试。", true);
      throw new Error(json.code || answer.status);
    }
    return json;
  }

  // an act that can still be taken back for some seconds; leaving the page does it at once
  function later(text, act) {
    let done = false;
    const run = (leaving) => {
      if (!done) {
        done = true;
        act(leaving);
      }
    };
    const timer = setTimeout(() => run(false), 5000);
    window.addEventListener("pagehide", () => run(true), { once: true });
    toast(text, false, () => {
      done = true;
      clearTimeout(timer);
    });
  }

  // parts of a page that come later (a filtered list, one more row of a form) are prepared like the page itself
  const preparers = [];
  function within(prepare) {
    preparers.push(prepare);
    prepare(document);
  }
  const prepared = (part) => preparers.forEach((prepare) => prepare(part));
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== body) prepared(event.detail.elt);
  });

  window.antong = {
    all,
    one,
    token,
    typing,
    toast,
    words,
    post,
    later,
    within,
    prepared,
    expired,
    blame,
    given,
    refusedForm,
    FETCH,
  };
})();
