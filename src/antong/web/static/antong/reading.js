// The reading room: a ticket for the file, then page by page. Zoom, two pages, rotation for the eye, pins, full screen.
(function () {
  "use strict";
  const room = document.querySelector(".reading");
  if (!room) return;
  const pages = Array.from(document.querySelectorAll("[data-page]")),
    sheets = Array.from(room.querySelectorAll(".sheet"));
  const desk = room.querySelector(".sheet-desk"),
    fit = document.getElementById("fit"),
    facts = document.getElementById("page-facts");
  const base = room.dataset.base;
  let at = 0,
    ticket = "",
    turned = 0,
    two = false,
    asked = 0;
  const source = (page, size) =>
    base + "pages/" + page.dataset.page + "/" + size + "?t=" + encodeURIComponent(ticket);
  room.querySelectorAll(".water").forEach((box) => {
    for (let i = 0; i < 12; i += 1) {
      const one = document.createElement("span");
      one.textContent = room.dataset.water;
      box.appendChild(one);
    }
  });

  function put(sheet, page) {
    sheet.hidden = !page;
    if (!page) return;
    const image = sheet.querySelector("img"),
      angle = (Number(page.dataset.rotation) + turned) % 360;
    image.src = source(page, "image");
    image.alt = page.dataset.title;
    image.className = angle ? "r" + angle : "";
    image.draggable = false;
    sheet.querySelector(".pins").replaceChildren(
      ...Array.from(room.querySelectorAll("[data-reason]"))
        .map((one, index) => [one, index])
        .filter(([one]) => one.dataset.reason === page.dataset.page && one.dataset.x)
        .map(([one, index]) => {
          const pin = document.createElement("span");
          pin.className = "pin";
          pin.textContent = index + 1;
          pin.style.left = one.dataset.x / 10 + "%";
          pin.style.top = one.dataset.y / 10 + "%";
          return pin;
        }),
    );
  }
  function scale() {
    const gap = two ? 30 : 20,
      width = (desk.clientWidth - gap) / (two ? 2 : 1),
      image = sheets[0].querySelector("img");
    const ratio = image.naturalWidth ? image.naturalWidth / image.naturalHeight : 0.707;
    const wide =
      fit.value === "width"
        ? width
        : fit.value === "page"
          ? Math.min(width, (desk.clientHeight - 20) * ratio)
          : ((image.naturalWidth || 1400) * Number(fit.value)) / 140;
    sheets.forEach((sheet) => {
      sheet.style.width = Math.round(wide) + "px";
    });
  }
  async function tell(page) {
    const mine = ++asked;
    document.getElementById("page-title").textContent = page.dataset.title;
    const answer = await fetch(source(page, "facts"), { headers: { "X-Requested-With": "fetch" } }).catch(
      () => null,
    );
    if (!answer || !answer.ok || mine !== asked) return;
    const known = await answer.json(),
      list = document.createElement("dl");
    list.className = "pairs";
    [
      ["原件", known.file + " 第 " + known.index + " / " + known.pages + " 页"],
      ["摘要", known.sha256.slice(0, 16) + "… 读取时核验"],
      ["上传", known.uploaded.slice(0, 16).replace("T", " ")],
      ["分辨率", known.dpi ? known.dpi + " dpi" : "—"],
      ["机检", known.findings.length ? known.findings.join("、") : "没有发现存疑"],
    ].forEach(([word, text]) => {
      const term = document.createElement("dt"),
        said = document.createElement("dd");
      term.textContent = word;
      said.textContent = text;
      list.append(term, said);
    });
    facts.replaceChildren(list);
  }
  function show(index) {
    if (!pages.length) return;
    at = Math.max(0, Math.min(pages.length - 1, index));
    const page = pages[at];
    put(sheets[0], page);
    put(sheets[1], two ? pages[at + 1] : null);
    scale();
    desk.scrollTop = 0;
    document.getElementById("page-number").value = at + 1;
    pages.forEach((one, i) => one.classList.toggle("on", i === at));
    room.querySelectorAll(".tree a[data-entry]").forEach((one) => {
      const on = one.dataset.entry === page.dataset.entry;
      one.classList.toggle("on", on);
      if (on) one.scrollIntoView({ block: "nearest" });
    });
    page.scrollIntoView({ block: "nearest" });
    tell(page);
    [at + 1, at + 2].forEach((next) => {
      if (pages[next]) new Image().src = source(pages[next], "image");
    });
    history.replaceState(null, "", "#" + (at + 1));
  }
  function zoom(step) {
    const order = ["50", "75", "100", "150", "200"],
      now = order.indexOf(fit.value);
    fit.value = order[Math.max(0, Math.min(4, (now < 0 ? 2 : now) + step))];
    scale();
  }
  const step = {
    prev: () => show(at - (two ? 2 : 1)),
    next: () => show(at + (two ? 2 : 1)),
    in: () => zoom(1),
    out: () => zoom(-1),
    turn: () => {
      turned = (turned + 90) % 360;
      show(at);
    },
    double: () => {
      two = !two;
      document.querySelector("[data-step=double]").classList.toggle("on", two);
      show(at);
    },
    doubt: () => {
      const list = pages
        .map((page, index) => (page.dataset.doubt ? index : -1))
        .filter((index) => index >= 0);
      if (list.length)
        show(list.find((index) => index > at) === undefined ? list[0] : list.find((index) => index > at));
    },
    full: () =>
      document.fullscreenElement ? document.exitFullscreen() : room.requestFullscreen().then(scale),
  };
  document
    .querySelectorAll("[data-step]")
    .forEach((button) => button.addEventListener("click", () => step[button.dataset.step]()));
  sheets[0].querySelector("img").addEventListener("load", scale);
  fit.addEventListener("change", scale);
  window.addEventListener("resize", scale);
  pages.forEach((page, index) => page.addEventListener("click", () => show(index)));
  room
    .querySelectorAll("[data-go]")
    .forEach((one) =>
      one.addEventListener("click", () =>
        show(pages.findIndex((page) => page.dataset.page === one.dataset.go)),
      ),
    );
  room.querySelectorAll(".tree a[data-entry]").forEach((one) =>
    one.addEventListener("click", (event) => {
      event.preventDefault();
      const first = pages.findIndex((page) => page.dataset.entry === one.dataset.entry);
      if (first >= 0) show(first);
    }),
  );
  document
    .getElementById("page-number")
    .addEventListener("change", (event) => show(Number(event.target.value) - 1));
  document.addEventListener("keydown", (event) => {
    if (window.antong.typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      ArrowRight: step.next,
      ArrowLeft: step.prev,
      PageDown: step.next,
      PageUp: step.prev,
      Home: () => show(0),
      End: () => show(pages.length - 1),
      "+": step.in,
      "=": step.in,
      "-": step.out,
      v: step.full,
      n: step.doubt,
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  window.antong
    .post(base + "ticket", {})
    .then((answer) => {
      ticket = answer.ticket;
      const watch = new IntersectionObserver((found) =>
        found.forEach((one) => {
          if (one.isIntersecting) {
            const image = one.target.querySelector("img");
            if (image && !image.src) image.src = source(one.target, "thumb");
            watch.unobserve(one.target);
          }
        }),
      );
      pages.forEach((page) => watch.observe(page));
      const start = pages.findIndex((page) => page.dataset.page === room.dataset.start);
      show(start >= 0 ? start : Number(location.hash.slice(1) || 1) - 1);
    })
    .catch(() => {});
})();
