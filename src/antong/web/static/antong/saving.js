// Forms save themselves: on the server, so that signing in again, here or elsewhere, loses nothing; what the server
// could not take yet waits in this tab. Only what differs from the page is kept, with the version it was typed on.
(function () {
  "use strict";
  const { one, all, token, words, within, expired, given, refusedForm, FETCH } = window.antong;
  const person = document.body.dataset.person || "";
  const NEVER = /^(csrfmiddlewaretoken|key|password|version|_draft)$/;
  const savable = (box) =>
    box.name &&
    !NEVER.test(box.name) &&
    !/^(password|file)$/.test(box.type) &&
    (box.type !== "hidden" || box.dataset.keep);
  const ticks = (box) => box.type === "checkbox" || box.type === "radio";

  function read(form) {
    const found = {};
    Array.from(form.elements)
      .filter(savable)
      .forEach((box) => {
        const values = (found[box.name] = found[box.name] || []);
        if (!ticks(box) || box.checked) values.push(box.value);
      });
    return found;
  }
  function differing(start, now) {
    const found = {};
    Object.keys({ ...start, ...now }).forEach((name) => {
      if (JSON.stringify(start[name] || []) !== JSON.stringify(now[name] || []))
        found[name] = now[name] || [];
    });
    return found;
  }
  function fill(form, found) {
    form.dispatchEvent(new CustomEvent("restore", { detail: found }));
    const used = {};
    Array.from(form.elements)
      .filter(savable)
      .forEach((box) => {
        const values = found[box.name];
        if (!values) return;
        if (ticks(box)) {
          box.checked = values.includes(box.value);
          return;
        }
        const index = (used[box.name] = used[box.name] === undefined ? 0 : used[box.name] + 1);
        if (values[index] !== undefined) box.value = values[index];
      });
    form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
  }

  // twelve hours are long enough for whoever comes back to this tab
  function hold(place, values) {
    sessionStorage.setItem(place, JSON.stringify(values));
  }
  function held(place) {
    try {
      return JSON.parse(sessionStorage.getItem(place) || "null");
    } catch {
      return null;
    }
  }

  // the scripts of the page come after this one, and listen for what is put back
  function whenReady(run) {
    if (document.readyState === "complete") run();
    else document.addEventListener("DOMContentLoaded", run, { once: true });
  }

  function prepare(form) {
    if (form.dataset.saving) return;
    form.dataset.saving = "1";
    const place = location.pathname + "#" + form.dataset.save,
      local = "antong:" + person + place;
    const version = () => (form.elements.version || {}).value || "";
    const mark = document.createElement("input");
    mark.type = "hidden";
    mark.name = "_draft";
    mark.value = place;
    form.appendChild(mark);
    const note = one("[data-saved]", form) || one("[data-saved]");
    function say(text, ...acts) {
      if (!note) return;
      note.replaceChildren(document.createTextNode(text), ...acts);
    }
    function act(words, run) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link";
      button.textContent = words;
      button.addEventListener("click", run);
      return button;
    }
    async function forget() {
      sessionStorage.removeItem(local);
      await window.antong.post("/drafts", { place: place, drop: "1" });
      location.reload();
    }

    // of a refused form everything is kept, as the page shows some of it already
    const back = refusedForm() === form;
    const start = back ? {} : read(form);
    let timer,
      last = "{}";
    async function keep() {
      const changed = differing(start, read(form)),
        now = JSON.stringify(changed);
      if (now === last) return;
      last = now;
      const values = Object.keys(changed).length ? { ...changed, _version: [version()] } : {};
      if ((changed.secret || [])[0] !== "yes") hold(local, values);
      try {
        const answer = await fetch("/drafts", {
          method: "POST",
          headers: { "X-CSRFToken": token(), ...FETCH },
          body: new URLSearchParams({ place: place, values: JSON.stringify(values) }),
        });
        const json = await answer.json();
        if (answer.ok) {
          sessionStorage.removeItem(local);
          say(json.saved ? "草稿 " + json.saved + " 已自动保存" : "没有保存任何内容");
        } else if (answer.status === 401) {
          say("登录已过期，填写的内容留在本页；重新登录后继续");
          expired();
        } else say(words(json) || "没有自动保存");
      } catch {
        say("网络中断，填写的内容留在本页");
      }
    }
    const soon = (wait) => () => {
      clearTimeout(timer);
      timer = setTimeout(keep, wait);
    };
    form.addEventListener("input", soon(1200));
    form.addEventListener("change", soon(300));
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      sessionStorage.removeItem(local);
    });
    if (form.dataset.refused) {
      keep();
      return;
    }
    // what was typed on an older version never goes over a newer page by itself
    function offer(values, said) {
      const { _version: [was] = [""], ...found } = values;
      if (!Object.keys(found).length) return;
      const put = () => {
        fill(form, found);
        keep();
        say(said, act("清空草稿", forget));
      };
      if (was && version() && was !== version())
        say(
          "您在旧版上填过的内容没有送出；页面已是新版，核对后再恢复 ",
          act("恢复我填的", put),
          document.createTextNode(" "),
          act("清空草稿", forget),
        );
      else put();
    }
    if (back) {
      const { version: [was] = [""], ...values } = given.values;
      Object.entries(read(form)).forEach(([name]) => (values[name] = values[name] || []));
      whenReady(() => offer({ ...values, _version: [was] }, "您填写的内容都在 "));
      return;
    }
    const kept = held(local);
    if (kept && Object.keys(kept).length) {
      whenReady(() => offer(kept, "已恢复自动保存的内容 "));
      return;
    }
    fetch("/drafts?place=" + encodeURIComponent(place), { headers: FETCH })
      .then((answer) => (answer.ok ? answer.json() : {}))
      .then((json) => {
        if (json.values && !Object.keys(differing(start, read(form))).length)
          offer(json.values, "已恢复 " + json.saved + " 自动保存的内容 ");
      })
      .catch(() => {});
  }
  within((part) => all("form[data-save]", part).forEach(prepare));

  // a second click is the same command: the key stays, the button waits
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    if (form.method === "post" && form.target !== "_blank") {
      form.dataset.busy = "1";
      setTimeout(() => {
        delete form.dataset.busy;
      }, 8000);
    }
  });
  window.addEventListener("pageshow", () =>
    all("form").forEach((form) => {
      delete form.dataset.busy;
    }),
  );
})();
