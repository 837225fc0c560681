// The reading room: a ticket for the file, then page by page. The pages are told of a hundred at a time, where one looks,
// and so are thumbnails made, so that five thousand pages open at once; images are fetched, so that trouble can be told in
// words; every page shown is recorded.
(function () {
  "use strict";
  const room = document.querySelector(".reading");
  if (!room) return;
  const one = (id) => document.getElementById(id);
  const base = room.dataset.base,
    total = Number(room.dataset.total);
  const sheets = Array.from(room.querySelectorAll(".sheet")),
    desk = room.querySelector(".sheet-desk"),
    fit = one("fit");
  let at = 0,
    ticket = "",
    turned = 0,
    two = false,
    asked = 0;
  const list = window.antong.pageList(room, JSON.parse(one("papers").textContent), {
    ticket: () => ticket,
    here: () => (pages.has(at) ? pages.get(at).id : ""),
    told: () => tally(),
  });
  const { pages, known, paperAt, numberAt, titleAt, address, store } = list;
  const title = (page) => titleAt(page.index);
  room.querySelectorAll(".water").forEach((box) => {
    for (let i = 0; i < 12; i += 1) {
      const words = document.createElement("span");
      words.textContent = room.dataset.water;
      box.appendChild(words);
    }
  });

  const images = store(40),
    thumbs = store(600);
  function trouble(sheet, page, status) {
    const box = sheet.querySelector(".trouble"),
      words =
        status === "401"
          ? ["登录已过期", "重新登录后会回到这一页。"]
          : page.state === "waiting"
            ? ["这一页还在生成图像", "检查完成后自动可看；也可以过一会儿重试。"]
            : page.state === "failed"
              ? [
                  "这一页的图像没有生成",
                  "承办单位可在“卷宗”页签点“重试失败的页”，或重新扫描后替换；原件没有丢。",
                ]
              : status === "404"
                ? ["没有找到，或无权查看", "卷宗可能刚有变动，返回案件后重新打开。"]
                : ["图像没有取到", "检查网络后重试；仍不行的，把页次告诉系统管理员。"];
    box.hidden = false;
    box.querySelector("b").textContent = words[0];
    box.querySelector("p").textContent = words[1];
    sheet.classList.add("blank");
  }

  async function put(sheet, page) {
    sheet.hidden = !page;
    sheet.page = page;
    if (!page) return;
    const image = sheet.querySelector("img");
    image.alt = title(page);
    image.draggable = false;
    sheet.querySelector(".trouble").hidden = true;
    sheet.classList.remove("blank");
    sheet.querySelector(".pins").replaceChildren(...marks(page));
    window.antong.player(sheet.querySelector(".leaf"), page, title(page), address(page, "recording"));
    try {
      const url = await images(page, "image");
      if (sheet.page !== page) return;
      image.src = url;
      if (!page.read) {
        page.read = true;
        list.unread -= 1;
        tally();
      }
    } catch (problem) {
      if (sheet.page !== page) return;
      image.removeAttribute("src");
      trouble(sheet, page, problem.message);
      scale();
    }
  }
  function marks(page) {
    return Array.from(room.querySelectorAll("[data-reason]"))
      .filter((reason) => reason.dataset.reason === page.id)
      .map((reason) => {
        const pin = document.createElement("span");
        pin.className = "pin";
        pin.textContent = reason.dataset.number;
        pin.title = reason.textContent.trim().replace(/\s+/g, " ");
        pin.style.left = (reason.dataset.x || 960) / 10 + "%";
        pin.style.top = (reason.dataset.y || 40) / 10 + "%";
        return pin;
      });
  }
  const angle = (page) => (page.rotation + turned) % 360;
  function scale() {
    const width = (desk.clientWidth - (two ? 30 : 20)) / (two ? 2 : 1),
      height = desk.clientHeight - 20;
    sheets.forEach((sheet) => {
      if (!sheet.page || sheet.hidden) return;
      const image = sheet.querySelector("img"),
        leaf = sheet.querySelector(".leaf"),
        lying = angle(sheet.page) % 180 !== 0;
      const long = image.naturalWidth || 1654,
        high = image.naturalHeight || 2339,
        ratio = lying ? high / long : long / high;
      const wide =
        fit.value === "width"
          ? width
          : fit.value === "page"
            ? Math.min(width, height * ratio)
            : ((lying ? high : long) * Number(fit.value)) / 140;
      const tall = wide / ratio;
      sheet.style.width = Math.round(wide) + "px";
      sheet.style.height = Math.round(tall) + "px";
      leaf.style.width = Math.round(lying ? tall : wide) + "px";
      leaf.style.height = Math.round(lying ? wide : tall) + "px";
      leaf.style.transform = "translate(-50%, -50%) rotate(" + angle(sheet.page) + "deg)";
      sheet.querySelectorAll(".pin").forEach((pin) => {
        pin.style.transform = "rotate(-" + angle(sheet.page) + "deg)";
      });
    });
  }
  sheets.forEach((sheet) => sheet.querySelector("img").addEventListener("load", scale));

  async function tell(page) {
    const mine = ++asked,
      box = one("page-facts");
    one("page-title").textContent = paperAt(page.index)[1] + " p." + numberAt(page.index);
    const answer = await fetch(address(page, "facts"), { headers: { "X-Requested-With": "fetch" } }).catch(
      () => null,
    );
    if (mine !== asked) return;
    if (!answer || !answer.ok) {
      box.textContent = "页信息没有取到，翻页后重试。";
      return;
    }
    const said = await answer.json(),
      list = document.createElement("dl");
    if (mine !== asked) return;
    list.className = "pairs";
    const day = (text) => {
      const when = new Date(text);
      const two_ = (number) => String(number).padStart(2, "0");
      return (
        when.getFullYear() +
        "年" +
        (when.getMonth() + 1) +
        "月" +
        when.getDate() +
        "日 " +
        two_(when.getHours()) +
        ":" +
        two_(when.getMinutes())
      );
    };
    [
      ["材料", paperAt(page.index)[2]],
      ["原件", said.file + " 第 " + said.index + " / " + said.pages + " 页"],
      ["摘要", said.sha256.slice(0, 16) + "…，读取时核验"],
      ["上传", day(said.uploaded)],
      ["分辨率", said.dpi ? said.dpi + " dpi" : "—"],
      ["机检", said.error || (said.findings.length ? "? " + said.findings.join("、") : "没有发现存疑")],
    ].forEach(([word, text]) => {
      const term = document.createElement("dt"),
        words = document.createElement("dd");
      term.textContent = word;
      words.textContent = text;
      if (word === "机检" && (said.error || said.findings.length)) words.className = "doubtful";
      list.append(term, words);
    });
    box.replaceChildren(list);
  }
  function tally() {
    one("unread").textContent = list.unread > 0 ? "未读 " + list.unread + " 页" : "已全部看过";
    const button = strip.querySelector("[data-index='" + at + "']");
    if (button) button.classList.remove("unread");
  }

  // thumbnails: only those in sight stand in the page
  const column = one("thumbs"),
    strip = column.querySelector(".strip-of-pages"),
    STEP = 116;
  strip.style.height = total * STEP + "px";
  function fill() {
    const first = Math.max(0, Math.floor(column.scrollTop / STEP) - 3),
      last = Math.min(total, Math.ceil((column.scrollTop + column.clientHeight) / STEP) + 3);
    Array.from(strip.children).forEach((child) => {
      const index = Number(child.dataset.slot);
      if (index < first || index >= last) child.remove();
    });
    const there = new Set(Array.from(strip.children).map((child) => Number(child.dataset.slot)));
    for (let index = first; index < last; index += 1) if (!there.has(index)) strip.appendChild(slot(index));
  }
  // a place of which nothing is known yet shows its number, and its picture once it is
  function slot(index) {
    const page = pages.get(index),
      box = document.createElement("div"),
      button = document.createElement("button"),
      image = document.createElement("img"),
      number = document.createElement("span");
    box.dataset.slot = index;
    box.style.top = index * STEP + "px";
    button.type = "button";
    button.dataset.index = index;
    button.className =
      "thumb" +
      (page && page.doubt ? " doubt" : "") +
      (page && !page.read ? " unread" : "") +
      (index === at ? " on" : "");
    button.title =
      titleAt(index) + (page && page.doubt ? "　存疑" : "") + (page && !page.read ? "　未读" : "");
    image.alt = titleAt(index);
    if (page && page.rotation) image.className = "r" + page.rotation;
    number.textContent = numberAt(index);
    button.append(image);
    box.append(button, number);
    if (!page && ticket)
      known(index).then(
        () => {
          if (box.isConnected && pages.has(index)) box.replaceWith(slot(index));
        },
        () => button.classList.add("missing"),
      );
    if (page && ticket)
      thumbs(page, "thumb").then(
        (url) => {
          image.src = url;
        },
        () => button.classList.add("missing"),
      );
    return box;
  }
  let waiting = 0;
  column.addEventListener("scroll", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(fill);
  });
  strip.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) show(Number(button.dataset.index));
  });

  let going = 0;
  async function show(index) {
    const mine = ++going;
    at = Math.max(0, Math.min(total - 1, index || 0));
    turned = 0;
    desk.scrollTop = 0;
    one("page-number").value = at + 1;
    const top = at * STEP;
    if (top < column.scrollTop || top + STEP > column.scrollTop + column.clientHeight)
      column.scrollTop = Math.max(0, top - column.clientHeight / 2 + STEP / 2);
    fill();
    strip.querySelectorAll("button").forEach((button) => {
      const on = Number(button.dataset.index) === at;
      button.classList.toggle("on", on);
      if (on) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    room.querySelectorAll(".outline [data-entry]").forEach((line) => {
      const on = line.dataset.entry === paperAt(at)[0];
      line.classList.toggle("on", on);
      if (on) line.scrollIntoView({ block: "nearest" });
    });
    one("where").textContent = titleAt(at);
    one("printed-title").textContent = titleAt(at);
    history.replaceState(null, "", "#" + (at + 1));
    await draw(mine);
    if (mine !== going || !pages.has(at)) return;
    const page = pages.get(at);
    room
      .querySelectorAll("[data-reason]")
      .forEach((reason) => reason.classList.toggle("on", reason.dataset.reason === page.id));
    tell(page);
  }
  async function draw(mine) {
    const now = mine || ++going,
      beside = two && at + 1 < total ? at + 1 : -1;
    try {
      await known(at);
      if (beside >= 0) await known(beside);
    } catch (problem) {
      if (now !== going) return;
      sheets[0].page = null;
      sheets[0].querySelector("img").removeAttribute("src");
      trouble(sheets[0], {}, problem.message);
      scale();
      return;
    }
    if (now !== going) return;
    put(sheets[0], pages.get(at));
    put(sheets[1], beside >= 0 ? pages.get(beside) : null);
    scale();
  }
  function zoom(by) {
    const order = ["50", "75", "100", "125", "150", "200", "300"];
    let now = order.indexOf(fit.value);
    if (now < 0) {
      const image = sheets[0].querySelector("img");
      const shown = (sheets[0].clientWidth / (image.naturalWidth || 1654)) * 140;
      now = order.findIndex((step) => Number(step) >= shown);
      if (now < 0) now = order.length - 1;
      if (by > 0 && Number(order[now]) > shown) now -= 1;
    }
    fit.value = order[Math.max(0, Math.min(order.length - 1, now + by))];
    scale();
  }
  const step = {
    prev: () => show(at - (two ? 2 : 1)),
    next: () => show(at + (two ? 2 : 1)),
    in: () => zoom(1),
    out: () => zoom(-1),
    turn: () => {
      turned = (turned + 90) % 360;
      scale();
    },
    double: () => {
      two = !two;
      const button = document.querySelector("[data-step=double]");
      button.classList.toggle("on", two);
      button.setAttribute("aria-pressed", String(two));
      draw();
    },
    doubt: async () => {
      const place = await list.doubt(at + 1);
      if (place >= 0) show(place);
    },
    full: () => (document.fullscreenElement ? document.exitFullscreen() : room.requestFullscreen()),
    again: () => (ticket ? draw() : open()),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]"),
      fold = event.target.closest("[data-fold]"),
      line = event.target.closest("[data-first]"),
      go = event.target.closest("[data-go]");
    if (button) step[button.dataset.step]();
    if (line) show(Number(line.dataset.first));
    if (go) show(Number(go.dataset.go));
    if (fold) {
      const open_ = one(fold.dataset.fold).classList.toggle("open");
      fold.setAttribute("aria-expanded", String(open_));
      fold.classList.toggle("on", open_);
      fill();
      scale();
    }
  });
  document.addEventListener("fullscreenchange", scale);
  fit.addEventListener("change", () => {
    scale();
    fit.blur();
  });
  window.addEventListener("resize", () => {
    scale();
    fill();
  });
  one("page-number").addEventListener("change", (event) => show(Number(event.target.value) - 1));
  document.addEventListener("keydown", (event) => {
    if (window.antong.typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      arrowright: step.next,
      arrowleft: step.prev,
      pagedown: step.next,
      pageup: step.prev,
      home: () => show(0),
      end: () => show(total - 1),
      "+": step.in,
      "=": step.in,
      "-": step.out,
      d: step.double,
      n: step.doubt,
      r: step.turn,
      v: step.full,
    };
    const act = keys[event.key.toLowerCase()];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  function open() {
    return window.antong
      .post(base + "ticket", {})
      .then((answer) => {
        ticket = answer.ticket;
        strip.replaceChildren();
        const start = room.dataset.start;
        show(start !== "" ? Number(start) : Number(location.hash.slice(1) || 1) - 1);
      })
      .catch(() => {
        trouble(sheets[0], {}, "");
        scale();
      });
  }
  open();
})();
