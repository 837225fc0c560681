// Arranging the file: drop files, drag pages, turn, move by keyboard. Every change is saved at once; the parts of the
// page that changed are fetched again, so that scroll, focus and the list of uploads stay.
(function () {
  "use strict";
  const box = document.querySelector("[data-dossier]");
  if (!box) return;
  const all = (selector, from) => Array.from((from || box).querySelectorAll(selector)),
    one = (id) => document.getElementById(id);
  const base = box.dataset.dossier,
    edits = Boolean(box.dataset.edits);
  let ticket = "";

  // thumbnails as they come into sight
  const watch = new IntersectionObserver((found) =>
    found.forEach((seen) => {
      if (!seen.isIntersecting) return;
      watch.unobserve(seen.target);
      const image = seen.target.querySelector("img");
      if (image && ticket && !seen.target.querySelector(".state"))
        image.src = base + "pages/" + seen.target.dataset.page + "/thumb?t=" + encodeURIComponent(ticket);
    }),
  );
  const figures = () => all("figure[data-page]");
  const leaves = window.antong.leaves(
    box,
    () => ticket,
    () => look(),
  );
  function look() {
    figures().forEach((page) => watch.observe(page));
    leaves.watch();
    const first = figures()[0];
    if (first && !figures().some((page) => page.tabIndex === 0)) first.tabIndex = 0;
    poll();
  }

  // fetch the page again and put its parts in place
  const PARTS = "file-head file-tree file-grid file-removed tab-dossier tab-documents tab-ledger";
  async function refresh() {
    const chosen = new Set(picked().map((page) => page.dataset.page)),
      held =
        document.activeElement && document.activeElement.closest
          ? document.activeElement.closest("figure[data-page]")
          : null;
    const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!answer || !answer.ok) {
      location.reload();
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const images = new Map(figures().map((page) => [page.dataset.page, page.querySelector("img").src])),
      before = leaves.extents();
    const scrolled = new Map();
    PARTS.split(" ").forEach((id) => {
      const now = one(id),
        next = fresh.getElementById(id);
      if (!now || !next) return;
      const scroll = now.scrollTop;
      now.replaceChildren(...Array.from(next.childNodes));
      now.scrollTop = scroll;
      scrolled.set(now, scroll);
    });
    await leaves.extend(before, held);
    scrolled.forEach((top, part) => {
      part.scrollTop = top;
    });
    figures().forEach((page) => {
      const known = images.get(page.dataset.page);
      if (known && known !== location.href && !page.querySelector(".state"))
        page.querySelector("img").src = known;
      if (chosen.has(page.dataset.page)) page.setAttribute("aria-selected", "true");
    });
    if (held) stand(one(held.id));
    told();
    look();
  }
  const act = (name, data) => window.antong.post(base + name, data);
  async function done(words, undo) {
    await refresh();
    window.antong.toast(words);
    const toast = document.querySelector(".toast");
    if (!undo || !toast) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = "撤销";
    button.addEventListener("click", async () => {
      toast.remove();
      await undo();
      await refresh();
      window.antong.toast("已撤销");
    });
    toast.append(button);
  }

  // choosing pages
  const picked = () => figures().filter((page) => page.getAttribute("aria-selected") === "true");
  let anchor = null;
  function stand(page) {
    if (!page) return;
    figures().forEach((other) => {
      other.tabIndex = -1;
    });
    page.tabIndex = 0;
    page.focus();
  }
  function told() {
    const bar = one("picked-bar");
    if (!bar) return;
    bar.hidden = !picked().length;
    bar.querySelector("[data-picked]").textContent = picked().length;
    bar.querySelector("[data-act=replace]").hidden = picked().length !== 1;
  }
  function pick(page, how) {
    const list = figures();
    if (how === "span" && anchor && list.includes(anchor)) {
      const [from, to] = [list.indexOf(anchor), list.indexOf(page)].sort((a, b) => a - b);
      list.forEach((other, index) =>
        other.setAttribute("aria-selected", String(index >= from && index <= to)),
      );
    } else {
      const on = page.getAttribute("aria-selected") === "true";
      if (how === "only") list.forEach((other) => other.setAttribute("aria-selected", "false"));
      page.setAttribute("aria-selected", String(how === "only" ? true : !on));
      anchor = page;
    }
    told();
  }
  const chosen = (page) => {
    const list = picked();
    return list.length && (!page || list.includes(page)) ? list : page ? [page] : [];
  };

  // acts on pages
  function form(list, entry, before) {
    const data = new FormData();
    list.forEach((page) => data.append("page_id", page.dataset ? page.dataset.page : page));
    data.append("entry_id", entry);
    data.append("before_page_id", before || "");
    return data;
  }
  async function move(list, entry, before) {
    if (!list.length || (before && list.some((page) => page.dataset.page === before))) return;
    const ids = list.map((page) => page.dataset.page),
      homes = new Set(list.map((page) => page.dataset.entry)),
      home = list[0].dataset.entry;
    const rest = leaves.order(home);
    const after = rest.slice(rest.indexOf(ids[ids.length - 1]) + 1).find((id) => !ids.includes(id));
    await act("move", form(list, entry, before));
    await done(
      list.length > 1 ? "已移动 " + list.length + " 页" : "已移动",
      homes.size === 1 && rest.length ? () => act("move", form(ids, home, after)) : null,
    );
  }
  function nudge(list, by) {
    const entry = list[0].dataset.entry,
      ids = leaves.order(entry),
      first = ids.indexOf(list[0].dataset.page),
      last = ids.indexOf(list[list.length - 1].dataset.page);
    if (!ids.length) window.antong.toast("先点“存疑”看全部页，再调次序");
    if (by < 0 && first > 0) move(list, entry, ids[first - 1]);
    if (by > 0 && last < ids.length - 1) move(list, entry, ids[last + 2]);
  }
  async function turn(list) {
    const ids = list.map((page) => page.dataset.page);
    for (const id of ids) await act("rotate", { page_id: id });
    await done("已右转", async () => {
      for (const id of ids) await act("rotate", { page_id: id, turns: 3 });
    });
  }
  let subject = [],
    asker = null;
  function ask(id, which, fill) {
    subject = which;
    asker = document.activeElement;
    one(id).hidden = false;
    const text = one(id + "-text");
    text.value = fill || "";
    text.focus();
  }
  function answered(id) {
    one(id).hidden = true;
    if (asker && asker.focus) asker.focus();
  }
  const open = (page) => {
    location.href = base + "reading?page=" + page.dataset.page;
  };
  function replace(page) {
    one("replacement").dataset.page = page.dataset.page;
    one("replacement").dataset.entry = page.dataset.entry;
    one("replacement").click();
  }
  const acts = {
    open: (list) => open(list[0]),
    turn: turn,
    replace: (list) => replace(list[0]),
    back: (list) => nudge(list, -1),
    on: (list) => nudge(list, 1),
    remove: (list) =>
      ask(
        "why",
        list.map((page) => page.dataset.page),
      ),
    none: () => {
      figures().forEach((page) => page.setAttribute("aria-selected", "false"));
      told();
    },
  };

  box.addEventListener("click", (event) => {
    const page = event.target.closest("figure[data-page]"),
      button = event.target.closest("button"),
      link = event.target.closest("[data-more]");
    if (link && ticket) {
      event.preventDefault();
      leaves.more(link);
      return;
    }
    if (page && !event.target.closest("a")) {
      if (!edits) open(page);
      else {
        stand(page);
        pick(page, event.shiftKey ? "span" : event.ctrlKey || event.metaKey ? "add" : "toggle");
      }
      return;
    }
    if (!button) return;
    const data = button.dataset;
    if (data.act) acts[data.act](picked());
    if (data.to) {
      const entry = one("e-" + data.to);
      entry.scrollIntoView({ block: "start" });
      all(".tree button.on").forEach((other) => other.classList.remove("on"));
      button.classList.add("on");
      stand(entry.querySelector("figure"));
    }
    if (data.gap && edits) {
      free();
      one("place").value = data.gap;
      one("title").focus();
    }
    if (data.rename) ask("retitle", data.rename, data.title);
    if (data.shift)
      act("shift", { entry_id: data.shift, step: data.step }).then(() =>
        done("已调整目录次序", () =>
          act("shift", { entry_id: data.shift, step: data.step === "1" ? "-1" : "1" }),
        ),
      );
    if (data.restore) act("restore", { page_id: data.restore }).then(() => done("已放回原处"));
    if (data.retry !== undefined) act("retry", {}).then((made) => done("重试 " + made.pages + " 页"));
    if (data.add) {
      into = data.add;
      one("into").hidden = false;
      one("into").querySelector("b").textContent = data.title;
      one("place-field").hidden = one("title-field").hidden = true;
      one("files").click();
    }
    if (data.noEntry !== undefined) free();
    if (data.choose !== undefined) one("files").click();
  });
  box.addEventListener("dblclick", (event) => {
    const page = event.target.closest("figure[data-page]");
    if (page) open(page);
  });
  box.addEventListener("change", (event) => {
    if (event.target.matches("[data-act-to]") && event.target.value) move(picked(), event.target.value, "");
  });
  if (edits) {
    one("why-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const ids = subject,
        reason = one("why-text").value;
      answered("why");
      for (const id of ids) await act("remove", { page_id: id, reason: reason });
      acts.none();
      await done("已撤下 " + ids.length + " 页", async () => {
        for (const id of ids) await act("restore", { page_id: id });
      });
    });
    one("retitle-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const which = subject,
        title = one("retitle-text").value;
      answered("retitle");
      await act("rename", { entry_id: which, title: title });
      await done("已改标题");
    });
  }

  box.addEventListener("keydown", (event) => {
    const page = event.target.closest && event.target.closest("figure[data-page]");
    if (!page || event.isComposing) return;
    const list = figures().filter((other) => !other.hidden),
      at = list.indexOf(page),
      key = event.key.toLowerCase();
    const across = () => {
      const top = page.offsetTop,
        row = list.filter((other) => other.offsetTop === top && other.parentElement === page.parentElement);
      return Math.max(1, row.length);
    };
    const steps = { arrowleft: -1, arrowright: 1, arrowup: -across(), arrowdown: across() };
    let took = true;
    if (event.altKey && edits && (key === "arrowleft" || key === "arrowright"))
      nudge(chosen(page), steps[key]);
    else if (event.altKey || event.ctrlKey || event.metaKey) took = false;
    else if (key in steps) {
      const next = list[Math.max(0, Math.min(list.length - 1, at + steps[key]))];
      stand(next);
      if (event.shiftKey && edits) {
        anchor = anchor || page;
        pick(next, "span");
      }
    } else if (key === "enter") open(page);
    else if (key === " " && edits) pick(page, "toggle");
    else if (key === "r" && edits) turn(chosen(page));
    else if (key === "p" && edits) replace(page);
    else if (key === "delete" && edits) acts.remove(chosen(page));
    else took = false;
    if (took) {
      event.preventDefault();
      event.stopPropagation();
    }
  });

  // dragging: onto a page before it, onto a paper or its line in the outline to its end
  if (edits) {
    let dragged = [];
    box.addEventListener("mousedown", (event) => {
      const page = event.target.closest("figure[data-page]");
      if (page) page.draggable = true;
    });
    box.addEventListener("dragstart", (event) => {
      const page = event.target.closest("figure[data-page]");
      if (!page) return;
      dragged = chosen(page);
      dragged.forEach((other) => other.classList.add("held"));
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "pages");
    });
    const goal = (event) => event.target.closest("figure[data-page], .entry > header, [data-to]");
    const clear = () => all(".over").forEach((other) => other.classList.remove("over"));
    box.addEventListener("dragover", (event) => {
      if (!dragged.length) return;
      const over = goal(event);
      clear();
      if (!over) return;
      event.preventDefault();
      (over.matches("header") ? over.parentElement : over).classList.add("over");
    });
    box.addEventListener("dragend", () => {
      dragged.forEach((other) => other.classList.remove("held"));
      dragged = [];
      clear();
    });
    box.addEventListener("drop", (event) => {
      const over = goal(event),
        list = dragged;
      if (!list.length || !over) return;
      event.preventDefault();
      clear();
      if (over.dataset.page) move(list, over.dataset.entry, over.dataset.page);
      else move(list, over.dataset.to || over.parentElement.dataset.entryBox, "");
    });
  }

  // uploads: several requests of a few files each, so that every file has its own progress and its own answer
  let into = "";
  function free() {
    into = "";
    one("into").hidden = true;
    one("place-field").hidden = one("title-field").hidden = false;
  }
  const MOST_FILES = 8,
    MOST_BYTES = 24 * 1024 * 1024;
  function line(file) {
    const row = document.createElement("li"),
      name = document.createElement("span"),
      state = document.createElement("span"),
      bar = document.createElement("progress");
    name.textContent = file.name;
    name.title = file.name;
    state.textContent = "等待";
    bar.max = 1;
    bar.value = 0;
    row.append(name, state, bar);
    one("sent-files").prepend(row);
    return { row: row, state: state, bar: bar, file: file };
  }
  function end(item, words, why, look) {
    item.bar.remove();
    item.state.textContent = words;
    if (!why) return;
    item.state.className = "badge " + (look || "red");
    const line_ = document.createElement("span");
    line_.className = "why";
    line_.textContent = why;
    item.row.append(line_);
  }
  function filled(entry, replaces) {
    const data = new FormData(one("upload"));
    if (entry) data.append("entry_id", entry);
    if (replaces) data.append("replace_page_id", replaces);
    return data;
  }
  function send(items, entry, replaces) {
    return new Promise((resolve) => {
      const data = filled(entry, replaces);
      items.forEach((item) => {
        item.state.textContent = "上传中";
        data.append("files", item.file);
      });
      const request = new XMLHttpRequest();
      request.upload.onprogress = (event) => {
        let left = event.loaded;
        items.forEach((item) => {
          const share = Math.min(1, Math.max(0, left / Math.max(1, item.file.size)));
          item.bar.value = share;
          item.state.textContent = share < 1 ? Math.round(share * 100) + "%" : "核验中";
          left -= item.file.size;
        });
      };
      const fail = (why) => {
        items.forEach((item) => end(item, "没有收", why));
        resolve(null);
      };
      request.onerror = () => fail("网络中断，这几个文件没有保存，请重新选择上传。");
      request.onload = () => {
        let answer = {};
        try {
          answer = JSON.parse(request.responseText);
        } catch {
          fail("没有上传成功，请重试。");
          return;
        }
        if (request.status >= 400) {
          const said = answer.items || [];
          items.forEach((item, index) =>
            end(
              item,
              "没有收",
              said.length === items.length
                ? said[index]
                : [answer.what, answer.remedy].filter(Boolean).join(" "),
            ),
          );
          resolve(null);
          return;
        }
        const refused = new Map((answer.refused || []).map((bad) => [bad.name, bad.why]));
        const again = new Map((answer.again || []).map((same) => [same.name, same.where]));
        items.forEach((item) => {
          const why = refused.get(item.file.name.trim()) || refused.get(item.file.name),
            where = again.get(item.file.name.trim());
          if (why || !where) end(item, why ? "没有收" : "已收", why);
          else end(item, "已收，重复", "卷里已有相同的文件：" + where + "。重复的，请撤下一份。", "doubt");
        });
        resolve(answer);
      };
      request.open("POST", base + "upload");
      request.setRequestHeader("X-Requested-With", "fetch");
      request.send(data);
    });
  }
  async function take(chosen_, entry, replaces) {
    const files = Array.from(chosen_);
    if (!files.length) return;
    const field = one("place-field");
    const wanting = !entry && !replaces && !one("place").value;
    field.classList.toggle("bad", wanting);
    field.querySelector(".wrong").textContent = wanting ? "先选目录位置，再上传" : "";
    if (wanting) {
      one("place").focus();
      return;
    }
    const items = files.map(line);
    let home = entry,
      pages = 0,
      bad = 0;
    for (const lot of window.antong.parts.lots(items, MOST_FILES, MOST_BYTES)) {
      const answer = window.antong.parts.heavy(lot[0])
        ? await window.antong.parts.take(base, lot[0], filled(home, replaces), end)
        : await send(lot, home, replaces);
      if (answer) {
        home = home || answer.entry;
        pages += answer.pages;
        bad += answer.refused.length;
      } else bad += lot.length;
      one("upload-state").textContent =
        "已收 " + pages + " 页" + (bad ? "；" + bad + " 个文件没有收，原因列在下面" : "");
    }
    one("title").value = "";
    if (pages) await refresh();
  }
  if (edits) {
    const drop = box.querySelector(".drop");
    one("files").addEventListener("change", async (event) => {
      const list = Array.from(event.target.files);
      event.target.value = "";
      await take(list, into, "");
    });
    one("replacement").addEventListener("change", async (event) => {
      const list = Array.from(event.target.files),
        data = event.target.dataset;
      event.target.value = "";
      await take(list, data.entry, data.page);
    });
    ["dragover", "dragenter"].forEach((name) =>
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      }),
    );
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      take(event.dataTransfer.files, into, "");
    });
  }

  // page checks run on elsewhere; the bar follows them
  let timer = null;
  function poll() {
    const bar = box.querySelector("[data-progress]");
    if (!bar || timer) return;
    timer = setInterval(async () => {
      const answer = await fetch(bar.dataset.progress, { headers: { "X-Requested-With": "fetch" } }).catch(
        () => null,
      );
      if (!answer || !answer.ok) return;
      const now = await answer.json();
      bar.max = now.total;
      bar.value = now.ready + now.failed;
      if (now.ready + now.failed >= now.total) {
        clearInterval(timer);
        timer = null;
        refresh();
      }
    }, 2000);
  }
  window.antong
    .post(base + "ticket", {})
    .then((answer) => {
      ticket = answer.ticket;
      look();
    })
    .catch(() => {});
  told();
})();
