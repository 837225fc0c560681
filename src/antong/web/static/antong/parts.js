// A heavy file by parts: it may be paused, a broken line or a reloaded page goes on from where it was. What was begun is
// remembered by this browser; the file itself must be chosen again after a reload, which no page may do by itself.
(function () {
  "use strict";
  const PART = 8 * 1024 * 1024,
    KEPT = "antong.parts:",
    FROM = 20 * 1024 * 1024,
    LONGEST_PAUSE = 30000;
  const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

  function remembered(name) {
    try {
      return localStorage.getItem(KEPT + name);
    } catch {
      return null;
    }
  }
  function remember(name, id) {
    try {
      if (id) localStorage.setItem(KEPT + name, id);
      else localStorage.removeItem(KEPT + name);
    } catch {
      // a browser that keeps nothing still sends
    }
  }
  const names = (base, file, form) =>
    [base, file.name, file.size, file.lastModified, form.get("entry_id"), form.get("catalogue_key")].join(
      "|",
    );

  async function asked(url) {
    const answer = await fetch(url, { headers: window.antong.FETCH });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    if (answer.status === 401) window.antong.expired();
    const problem = new Error(said.code || String(answer.status));
    problem.said = said;
    throw problem;
  }
  function token() {
    const field = document.querySelector("[name=csrfmiddlewaretoken]");
    return field ? field.value : "";
  }

  // one part; what the server says, or an error with `said` where it refused
  function part(url, piece, moved, holds) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      holds(request);
      request.upload.onprogress = (event) => moved(event.loaded);
      request.onerror = request.onabort = () => reject(new Error("line"));
      request.onload = () => {
        let said = {};
        try {
          said = JSON.parse(request.responseText);
        } catch {
          // an answer that is none counts as a broken line
        }
        if (request.status < 400 && said.id) resolve(said);
        else {
          const problem = new Error(said.code || "line");
          if (said.code && said.code !== "database-away") problem.said = said;
          if (request.status === 401) window.antong.expired();
          reject(problem);
        }
      };
      request.open("POST", url);
      request.setRequestHeader("X-Requested-With", "fetch");
      request.setRequestHeader("X-CSRFToken", token());
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.send(piece);
    });
  }

  function button(words, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "link";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  }

  // sends one file; `item` has row, state, bar and file. Resolves with what became of it, or null where it was ended.
  async function send(base, item, form) {
    const file = item.file,
      name = names(base, file, form);
    let paused = false,
      ended = false,
      line = null,
      now = null;
    const hold = button("暂停", () => {
      paused = !paused;
      hold.textContent = paused ? "继续" : "暂停";
      if (paused && line) line.abort();
    });
    const stop = button("取消", () => {
      ended = true;
      if (line) line.abort();
    });
    item.row.append(hold, stop);
    const done = (result) => {
      hold.remove();
      stop.remove();
      return result;
    };
    const say = (words) => {
      item.state.textContent = words;
    };
    const moved = (bytes) => {
      item.bar.value = bytes / file.size;
      say(Math.floor((100 * bytes) / file.size) + "%");
    };

    const known = remembered(name);
    if (known) now = await asked("/parts/" + known).catch(() => null);
    if (!now || now.state === "refused" || now.state === "taken") {
      form.append("file_name", file.name);
      form.append("size", file.size);
      try {
        now = await window.antong.post(base + "parts", form);
      } catch {
        return done({ state: "refused", why: "没有开始上传，原因见提示。" });
      }
      remember(name, now.id);
    }
    const url = "/parts/" + now.id;
    let pause = 1000;
    while (now.state === "open") {
      if (ended) {
        remember(name, null);
        await window.antong.post(url + "/end", {}).catch(() => null);
        return done(null);
      }
      if (paused) {
        say("已暂停 " + Math.floor((100 * now.offset) / file.size) + "%");
        await wait(300);
        continue;
      }
      try {
        const from = now.offset,
          piece = file.slice(from, from + PART);
        now = await part(
          url + "/next?offset=" + from,
          piece,
          (sent) => moved(Math.min(file.size, from + sent)),
          (request) => {
            line = request;
          },
        );
        pause = 1000;
      } catch (problem) {
        line = null;
        if (paused || ended) {
          now = await asked(url).catch(() => now);
          continue;
        }
        const code = problem.said ? problem.said.code : "";
        if (code && code !== "upload-offset" && code !== "upload-busy" && code !== "disk-full")
          return done({ state: "refused", why: [problem.said.what, problem.said.remedy].join(" ") });
        say((problem.said ? problem.said.what : "网络中断") + " 稍后自动接着传");
        await wait(pause);
        pause = Math.min(LONGEST_PAUSE, pause * 2);
        now = await asked(url).catch(() => now);
      }
    }
    hold.remove();
    stop.remove();
    item.bar.value = 1;
    while (now.state === "taking") {
      say("核验中");
      await wait(1000);
      now = await asked(url).catch(() => now);
    }
    remember(name, null);
    return done(now);
  }
  // sends one file and says on its line what became of it; the answer is that of an upload
  async function take(base, item, form, end) {
    const entry = form.get("entry_id") || "",
      made = await send(base, item, form);
    if (!made) {
      end(item, "已取消");
      return { entry: entry, pages: 0, refused: [] };
    }
    if (made.state !== "taken") {
      end(item, "没有收", made.why);
      return null;
    }
    const where = made.again.length ? made.again[0].where : "";
    if (where) end(item, "已收，重复", "卷里已有相同的文件：" + where + "。重复的，请撤下一份。", "doubt");
    else end(item, "已收");
    return { entry: made.entry, pages: made.pages, refused: [] };
  }
  // files in lots that one request takes; a heavy one is a lot of its own, after the others
  const heavy = (item) => item.file.size > FROM;
  function lots(items, mostFiles, mostBytes) {
    const found = [];
    let bytes = 0;
    items.forEach((item) => {
      if (heavy(item)) return;
      const last = found[found.length - 1];
      bytes += item.file.size;
      if (last && last.length < mostFiles && bytes <= mostBytes) last.push(item);
      else {
        found.push([item]);
        bytes = item.file.size;
      }
    });
    return found.concat(items.filter(heavy).map((item) => [item]));
  }
  window.antong.parts = { take: take, lots: lots, heavy: heavy };
})();
