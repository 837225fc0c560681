// Looking through what was sent, and pinning reasons to places on pages. With one pinned the primary act is to return.
(function () {
  "use strict";
  const room = document.querySelector("[data-receive]");
  if (!room) return;
  const base = room.dataset.receive,
    cards = Array.from(room.querySelectorAll("figure[data-page]"));
  const preview = document.getElementById("preview"),
    pins = document.getElementById("pins"),
    title = document.getElementById("preview-title");
  const box = document.getElementById("reasons"),
    form = document.getElementById("return-form");
  const back = document.getElementById("return-button"),
    take = document.getElementById("accept-button");
  let ticket = "",
    at = -1,
    count = 0;
  const source = (page, size) => base + "pages/" + page + "/" + size + "?t=" + encodeURIComponent(ticket);
  const shown = () => cards.filter((card) => !card.hidden);

  function open(card) {
    if (!card) return;
    at = cards.indexOf(card);
    cards.forEach((other) => other.querySelector(".thumb").classList.toggle("on", other === card));
    card.scrollIntoView({ block: "nearest" });
    const image = preview.querySelector("img");
    image.src = source(card.dataset.page, "image");
    image.alt = card.dataset.where;
    image.className = card.dataset.rotation !== "0" ? "r" + card.dataset.rotation : "";
    title.textContent = card.dataset.where + (card.dataset.words ? "　" + card.dataset.words : "");
    preview.hidden = false;
    draw();
  }
  function turn(step) {
    const list = shown();
    if (list.length) open(list[Math.max(0, Math.min(list.length - 1, list.indexOf(cards[at]) + step))]);
  }
  function only(which) {
    const on = pinned();
    cards.forEach((card) => {
      card.hidden =
        which === "looked" ? !card.dataset.looked : which === "pinned" ? !on.has(card.dataset.page) : false;
    });
    room
      .querySelectorAll("[data-show]")
      .forEach((chip) => chip.classList.toggle("on", chip.dataset.show === which));
  }

  const rows = () => (box ? Array.from(box.children) : []);
  const pinned = () =>
    new Set(
      rows()
        .map((row) => row.dataset.page)
        .filter(Boolean),
    );
  function field(name, value, row) {
    const one = document.createElement("input");
    one.type = "hidden";
    one.name = name;
    one.value = value === undefined || value === null ? "" : value;
    one.dataset.keep = "1";
    one.setAttribute("form", form.id);
    row.appendChild(one);
    return one;
  }
  function draw() {
    pins.replaceChildren(
      ...rows()
        .map((row, index) => [row, index])
        .filter(([row]) => at >= 0 && row.dataset.page === cards[at].dataset.page && row.dataset.x)
        .map(([row, index]) => {
          const pin = document.createElement("span");
          pin.className = "pin";
          pin.textContent = index + 1;
          pin.title = row.querySelector("textarea").value;
          // positions are set through the object model, which the content policy allows
          pin.style.left = row.dataset.x / 10 + "%";
          pin.style.top = row.dataset.y / 10 + "%";
          return pin;
        }),
    );
  }
  function refresh() {
    if (!box) return;
    const number = rows().length,
      on = pinned();
    rows().forEach((row, index) => {
      row.querySelector("b").textContent = index + 1;
    });
    document.getElementById("pinned").textContent = number ? "已钉 " + number + " 条" : "没有钉理由";
    document.getElementById("pinned").className = number ? "badge framed" : "badge";
    document.getElementById("pinned-pages").textContent = on.size;
    document.getElementById("reason-count").textContent = number;
    cards.forEach((card) => {
      const is = on.has(card.dataset.page);
      card.querySelector(".thumb").classList.toggle("pinned", is);
      card.querySelector(".pinned-word").hidden = !is;
      const what = card.querySelector(".what");
      if (what) what.hidden = is;
    });
    back.setAttribute("aria-disabled", number ? "false" : "true");
    back.classList.toggle("primary", number > 0);
    take.classList.toggle("primary", number === 0);
    back.toggleAttribute("data-primary", number > 0);
    take.toggleAttribute("data-primary", number === 0);
    draw();
  }
  function add(given) {
    const index = count++,
      row = document.createElement("div");
    row.className = "reason";
    row.dataset.page = given.page || "";
    row.dataset.x = given.x || "";
    row.dataset.y = given.y || "";
    const line = document.createElement("div");
    line.className = "line";
    const number = document.createElement("b"),
      where = document.createElement("span"),
      drop = document.createElement("button");
    where.textContent = given.where || "全案";
    drop.type = "button";
    drop.className = "link";
    drop.textContent = "删";
    drop.addEventListener("click", () => {
      row.remove();
      refresh();
      form.dispatchEvent(new Event("change"));
    });
    line.append(number, where, drop);
    const area = document.createElement("textarea");
    area.name = "reason." + index + ".text";
    area.value = given.text || "";
    area.placeholder = "写明缺什么、怎样补";
    area.setAttribute("form", form.id);
    area.setAttribute("aria-label", "退回理由");
    area.addEventListener("input", () => {
      draw();
      form.dispatchEvent(new Event("input"));
    });
    row.append(line, area);
    field("reason." + index + ".page", given.page, row);
    field("reason." + index + ".code", given.code || "other", row);
    field("reason." + index + ".x", given.x, row);
    field("reason." + index + ".y", given.y, row);
    field("reason." + index + ".where", given.where, row);
    where.addEventListener("click", () => open(cards.find((card) => card.dataset.page === given.page)));
    box.appendChild(row);
    refresh();
    return area;
  }
  function pin(x, y) {
    const phrase = document.getElementById("phrase"),
      option = phrase.selectedOptions[0],
      card = cards[at];
    const text =
      option && option.value
        ? option.dataset.text
        : card && card.dataset.words
          ? card.dataset.words + "，请重扫。"
          : "";
    add({
      text: text,
      code: option && option.value ? option.value : "other",
      page: card ? card.dataset.page : "",
      where: card ? card.dataset.where : "",
      x: x,
      y: y,
    }).focus();
    phrase.value = "";
    form.dispatchEvent(new Event("input"));
  }

  cards.forEach((card) => card.querySelector(".thumb").addEventListener("click", () => open(card)));
  room
    .querySelectorAll("[data-show]")
    .forEach((chip) => chip.addEventListener("click", () => only(chip.dataset.show)));
  room
    .querySelectorAll("[data-turn]")
    .forEach((button) => button.addEventListener("click", () => turn(Number(button.dataset.turn))));
  if (box) {
    preview.querySelector("img").addEventListener("click", (event) => {
      const area = event.target.getBoundingClientRect();
      pin(
        Math.round(((event.clientX - area.left) / area.width) * 1000),
        Math.round(((event.clientY - area.top) / area.height) * 1000),
      );
    });
    document.getElementById("add-reason").addEventListener("click", () => pin());
    document.getElementById("keep-phrase").addEventListener("click", () => {
      const last = rows()[rows().length - 1],
        text = last ? last.querySelector("textarea").value.trim() : "";
      if (!text) {
        window.antong.toast("先写一条理由，再存为常用语", true);
        return;
      }
      window.antong
        .post("/phrases/add", { text: text })
        .then((made) => {
          const option = document.createElement("option");
          option.value = "other";
          option.dataset.text = made.text;
          option.textContent = made.name;
          document
            .getElementById("phrase")
            .insertBefore(option, document.getElementById("phrase").options[1] || null);
          window.antong.toast("已存为本单位常用语");
        })
        .catch(() => {});
    });
    form.addEventListener("restore", (event) => {
      const kept = event.detail;
      Object.keys(kept)
        .filter((name) => /^reason\.\d+\.text$/.test(name))
        .forEach((name) => {
          const stem = name.slice(0, -4),
            get = (what) => (kept[stem + what] || [""])[0];
          add({
            text: kept[name][0],
            code: get("code"),
            page: get("page"),
            where: get("where"),
            x: get("x"),
            y: get("y"),
          });
        });
      Object.keys(kept)
        .filter((name) => name.startsWith("reason."))
        .forEach((name) => {
          delete kept[name];
        });
    });
  }
  document.addEventListener("keydown", (event) => {
    if (window.antong.typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "arrowright") {
      event.preventDefault();
      turn(1);
    } else if (key === "arrowleft") {
      event.preventDefault();
      turn(-1);
    } else if (key === "p" && box) {
      event.preventDefault();
      pin();
    } else if (key === "d") {
      event.preventDefault();
      only(room.querySelector("[data-show=looked]").classList.contains("on") ? "all" : "looked");
    }
  });
  only(cards.some((card) => card.dataset.looked) ? "looked" : "all");
  if (cards.length)
    window.antong
      .post(base + "ticket", {})
      .then((answer) => {
        ticket = answer.ticket;
        const watch = new IntersectionObserver((found) =>
          found.forEach((one) => {
            if (one.isIntersecting) {
              const image = one.target.querySelector("img");
              if (!image.src) image.src = source(one.target.dataset.page, "thumb");
              watch.unobserve(one.target);
            }
          }),
        );
        cards.forEach((card) => watch.observe(card));
        open(shown()[0]);
      })
      .catch(() => {});
  refresh();
})();
