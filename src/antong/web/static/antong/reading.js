// The reading room: a ticket for the file, then page by page. Thumbnails are made only where one looks, so that five
// thousand pages open at once; images are fetched, so that trouble can be told in words; every page shown is recorded.
(function () {
  "use strict";
  const room = document.querySelector(".reading");
  if (!room) return;
  const one = (id) => document.getElementById(id);
  const base = room.dataset.base,
    papers = JSON.parse(one("papers").textContent);
  const pages = JSON.parse(one("pages").textContent).map((row) => ({
    id: row[0],
    number: row[1],
    paper: row[2],
    rotation: row[3],
    doubt: row[4] === 1,
    read: row[5] === 1,
    state: row[6],
    media: row[7],
  }));
  const sheets = Array.from(room.querySelectorAll(".sheet")),
    desk = room.querySelector(".sheet-desk"),
    fit = one("fit");
  let at = 0,
    ticket = "",
    turned = 0,
    two = false,
    asked = 0;
  const title = (page) => papers[page.paper][1] + " p." + page.number + " " + papers[page.paper][2];
  const address = (page, size) => base + "pages/" + page.id + "/" + size + "?t=" + encodeURIComponent(ticket);
  room.querySelectorAll(".water").forEach((box) => {
    for (let i = 0; i < 12; i += 1) {
      const words = document.createElement("span");
      words.textContent = room.dataset.water;
      box.appendChild(words);
    }
  });

  // images, kept in memory while the room is open and nowhere else
  function store(most) {
    const kept = new Map();
    return async (page, size) => {
      const known = kept.get(page.id);
      if (known) {
        kept.delete(page.id);
        kept.set(page.id, known);
        return known;
      }
      const answer = await fetch(address(page, size), { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const made = URL.createObjectURL(await answer.blob());
      kept.set(page.id, made);
      if (kept.size > most) {
        const [oldest, url] = kept.entries().next().value;
        kept.delete(oldest);
        URL.revokeObjectURL(url);
      }
      return made;
    };
  }
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
    one("page-title").textContent = papers[page.paper][1] + " p." + page.number;
    const answer = await fetch(address(page, "facts"), { headers: { "X-Requested-With": "fetch" } }).catch(
      () => null,
    );
    if (mine !== asked) return;
    if (!answer || !answer.ok) {
      box.textContent = "页信息没有取到，翻页后重试。";
      return;
    }
    const known = await answer.json(),
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
      ["材料", papers[page.paper][2]],
      ["原件", known.file + " 第 " + known.index + " / " + known.pages + " 页"],
      ["摘要", known.sha256.slice(0, 16) + "…，读取时核验"],
      ["上传", day(known.uploaded)],
      ["分辨率", known.dpi ? known.dpi + " dpi" : "—"],
      ["机检", known.error || (known.findings.length ? "? " + known.findings.join("、") : "没有发现存疑")],
    ].forEach(([word, text]) => {
      const term = document.createElement("dt"),
        said = document.createElement("dd");
      term.textContent = word;
      said.textContent = text;
      if (word === "机检" && (known.error || known.findings.length)) said.className = "doubtful";
      list.append(term, said);
    });
    box.replaceChildren(list);
  }
  function tally() {
    const left = pages.filter((page) => !page.read).length;
    one("unread").textContent = left ? "未读 " + left + " 页" : "已全部看过";
    const button = strip.querySelector("[data-index='" + at + "']");
    if (button) button.classList.remove("unread");
  }

  // thumbnails: only those in sight stand in the page
  const column = one("thumbs"),
    strip = column.querySelector(".strip-of-pages"),
    STEP = 116;
  strip.style.height = pages.length * STEP + "px";
  function fill() {
    const first = Math.max(0, Math.floor(column.scrollTop / STEP) - 3),
      last = Math.min(pages.length, Math.ceil((column.scrollTop + column.clientHeight) / STEP) + 3);
    Array.from(strip.children).forEach((child) => {
      const index = Number(child.dataset.slot);
      if (index < first || index >= last) child.remove();
    });
    const there = new Set(Array.from(strip.children).map((child) => Number(child.dataset.slot)));
    for (let index = first; index < last; index += 1) if (!there.has(index)) strip.appendChild(slot(index));
  }
  function slot(index) {
    const page = pages[index],
      box = document.createElement("div"),
      button = document.createElement("button"),
      image = document.createElement("img"),
      number = document.createElement("span");
    box.dataset.slot = index;
    box.style.top = index * STEP + "px";
    button.type = "button";
    button.dataset.index = index;
    button.className =
      "thumb" + (page.doubt ? " doubt" : "") + (page.read ? "" : " unread") + (index === at ? " on" : "");
    button.title = title(page) + (page.doubt ? "　存疑" : "") + (page.read ? "" : "　未读");
    image.alt = title(page);
    if (page.rotation) image.className = "r" + page.rotation;
    number.textContent = page.number;
    button.append(image);
    box.append(button, number);
    if (ticket)
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

  function show(index) {
    at = Math.max(0, Math.min(pages.length - 1, index));
    turned = 0;
    draw();
    desk.scrollTop = 0;
    const page = pages[at];
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
      const on = line.dataset.entry === papers[page.paper][0];
      line.classList.toggle("on", on);
      if (on) line.scrollIntoView({ block: "nearest" });
    });
    room
      .querySelectorAll("[data-reason]")
      .forEach((reason) => reason.classList.toggle("on", reason.dataset.reason === page.id));
    one("where").textContent = title(page);
    one("printed-title").textContent = title(page);
    tell(page);
    history.replaceState(null, "", "#" + (at + 1));
  }
  function draw() {
    put(sheets[0], pages[at]);
    put(sheets[1], two ? pages[at + 1] : null);
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
    doubt: () => {
      const list = pages.map((page, index) => (page.doubt ? index : -1)).filter((index) => index >= 0);
      if (!list.length) return;
      const later = list.find((index) => index > at);
      show(later === undefined ? list[0] : later);
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
    if (go) show(pages.findIndex((page) => page.id === go.dataset.go));
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
      end: () => show(pages.length - 1),
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
        const start = pages.findIndex((page) => page.id === room.dataset.start);
        show(start >= 0 ? start : Number(location.hash.slice(1) || 1) - 1);
      })
      .catch(() => {
        sheets[0].page = pages[0];
        trouble(sheets[0], pages[0], "");
        scale();
      });
  }
  open();
})();
