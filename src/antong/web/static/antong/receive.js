// Looking through what was sent, and pinning reasons to places on pages. With one pinned the primary act is to return.
(function () {
  "use strict";
  const room = document.querySelector("[data-receive]");
  if (!room) return;
  const { all, one, post, typing, toast } = window.antong;
  const id = (name) => document.getElementById(name);
  const base = room.dataset.receive,
    cards = all("figure[data-page]", room),
    preview = id("preview"),
    desk = one(".preview", room),
    leaf = one(".leaf", preview),
    image = one("img", preview),
    title = id("preview-title"),
    compare = one("[data-compare]", room),
    box = id("reasons"),
    form = id("return-form");
  let ticket = "",
    at = null,
    old = false,
    count = 0;
  const source = (page, size) => base + "pages/" + page + "/" + size + "?t=" + encodeURIComponent(ticket);
  const shown = () => cards.filter((card) => !card.hidden);
  const cardOf = (page) => cards.find((card) => card.dataset.page === page);
  const angle = () => (at && !old ? Number(at.dataset.rotation) : 0);

  // the page as wide as the panel; turned pages swap their sides, and pins turn with them
  function scale() {
    if (!at || !image.naturalWidth) return;
    const lying = angle() % 180 !== 0,
      ratio = lying ? image.naturalHeight / image.naturalWidth : image.naturalWidth / image.naturalHeight,
      wide = desk.clientWidth - 16,
      tall = wide / ratio;
    preview.style.width = Math.round(wide) + "px";
    preview.style.height = Math.round(tall) + "px";
    leaf.style.width = Math.round(lying ? tall : wide) + "px";
    leaf.style.height = Math.round(lying ? wide : tall) + "px";
    leaf.style.transform = "translate(-50%, -50%) rotate(" + angle() + "deg)";
  }
  image.addEventListener("load", scale);
  window.addEventListener("resize", scale);
  function look() {
    const page = old ? at.dataset.before : at.dataset.page;
    image.src = source(page, "image");
    image.alt = (old ? "旧页 " : "") + at.dataset.where;
    compare.hidden = !at.dataset.before;
    compare.textContent = old ? "看新页" : "看旧页";
    compare.setAttribute("aria-pressed", old ? "true" : "false");
    preview.hidden = false;
    draw();
  }
  function open(card) {
    if (!card) return;
    at = card;
    old = false;
    cards.forEach((other) => {
      one(".thumb", other).classList.toggle("on", other === card);
      one(".thumb", other).setAttribute("aria-current", other === card ? "true" : "false");
    });
    card.scrollIntoView({ block: "nearest" });
    title.textContent = card.dataset.where;
    title.title = card.dataset.where;
    desk.scrollTop = 0;
    look();
  }
  compare.addEventListener("click", () => {
    old = !old;
    look();
  });
  function turn(step) {
    const list = shown();
    if (list.length) open(list[Math.max(0, Math.min(list.length - 1, list.indexOf(at) + step))]);
  }
  function only(which) {
    const on = pinned();
    cards.forEach((card) => {
      card.hidden =
        which === "looked" ? !card.dataset.looked : which === "pinned" ? !on.has(card.dataset.page) : false;
    });
    all(".chip[data-show]", room).forEach((chip) => {
      chip.classList.toggle("on", chip.dataset.show === which);
      chip.setAttribute("aria-pressed", chip.dataset.show === which ? "true" : "false");
    });
    id("none-shown").hidden = !cards.length || shown().length > 0;
  }

  const rows = () => (box ? Array.from(box.children) : []);
  const pinned = () =>
    new Set(
      rows()
        .map((row) => row.dataset.page)
        .filter(Boolean),
    );
  const blanks = () => rows().filter((row) => /《\s*》|＿/.test(one("textarea", row).value)).length;
  function field(name, value, row) {
    const made = document.createElement("input");
    made.type = "hidden";
    made.name = name;
    made.value = value === undefined || value === null ? "" : value;
    made.dataset.keep = "1";
    made.setAttribute("form", form.id);
    row.appendChild(made);
  }
  // pins stand in the page's own coordinates, so that they stay where they were when it is turned
  function draw() {
    if (!box) return;
    id("pins").replaceChildren(
      ...rows()
        .map((row, index) => [row, index])
        .filter(([row]) => at && !old && row.dataset.page === at.dataset.page && row.dataset.x)
        .map(([row, index]) => {
          const pin = document.createElement("span");
          pin.className = "pin";
          pin.textContent = index + 1;
          pin.title = one("textarea", row).value;
          pin.style.left = row.dataset.x / 10 + "%";
          pin.style.top = row.dataset.y / 10 + "%";
          pin.style.transform = "rotate(-" + angle() + "deg)";
          return pin;
        }),
    );
  }
  function spot(event) {
    const area = leaf.getBoundingClientRect(),
      x = (event.clientX - area.left) / area.width,
      y = (event.clientY - area.top) / area.height,
      turned = { 0: [x, y], 90: [y, 1 - x], 180: [1 - x, 1 - y], 270: [1 - y, x] }[angle()] || [x, y];
    return turned.map((part) => Math.round(Math.max(0, Math.min(1, part)) * 1000));
  }
  function refresh() {
    if (!box) return;
    const number = rows().length,
      open_ = blanks(),
      on = pinned(),
      back = id("return-button"),
      take = id("accept-button");
    rows().forEach((row, index) => {
      one("b", row).textContent = index + 1;
    });
    id("pinned").textContent = number ? "已钉 " + number + " 条" : "没有钉理由";
    id("pinned").className = number ? "badge framed" : "badge";
    id("pinned-pages").textContent = on.size;
    id("reason-count").textContent = number;
    cards.forEach((card) => {
      const is = on.has(card.dataset.page),
        what = one(".what", card);
      one(".thumb", card).classList.toggle("pinned", is);
      one(".pinned-word", card).hidden = !is;
      if (what) what.hidden = is;
    });
    all("[data-pin-doubt]", room).forEach((button) => {
      button.hidden = on.has(button.dataset.pinDoubt);
      button.nextElementSibling.hidden = !button.hidden;
    });
    back.setAttribute("aria-disabled", number && !open_ ? "false" : "true");
    back.dataset.why = open_ ? "理由里还有空没有填：《》里写明是什么" : "先在页面上钉至少一条退回理由";
    back.dataset.cure = open_ ? "reasons" : "cards";
    [
      [back, number > 0],
      [take, number === 0],
    ].forEach(([button, first]) => {
      button.classList.toggle("primary", first);
      button.toggleAttribute("data-primary", first);
    });
    draw();
  }
  function changed(name) {
    form.dispatchEvent(new Event(name));
  }
  function add(given) {
    const index = count++,
      row = document.createElement("div"),
      line = document.createElement("div"),
      number = document.createElement("b"),
      where = document.createElement("button"),
      drop = document.createElement("button"),
      area = document.createElement("textarea");
    row.className = "reason";
    row.dataset.page = given.page || "";
    row.dataset.x = given.x || "";
    row.dataset.y = given.y || "";
    line.className = "line";
    where.type = drop.type = "button";
    where.className = "link where";
    where.textContent = where.title = given.where || "全案";
    where.addEventListener("click", () => open(cardOf(given.page)));
    drop.className = "link";
    drop.textContent = "删";
    drop.addEventListener("click", () => {
      row.remove();
      refresh();
      changed("change");
    });
    line.append(number, where, drop);
    area.name = "reason." + index + ".text";
    area.value = given.text || "";
    area.rows = 2;
    area.placeholder = "写明缺什么、怎样补";
    area.setAttribute("form", form.id);
    area.setAttribute("aria-label", "退回理由，" + (given.where || "全案"));
    area.addEventListener("input", () => {
      refresh();
      changed("input");
    });
    row.append(line, area);
    ["page", "x", "y", "where"].forEach((name) => field("reason." + index + "." + name, given[name], row));
    field("reason." + index + ".code", given.code || "other", row);
    box.appendChild(row);
    refresh();
    return area;
  }
  // a wording with a blank asks for it: the caret stands inside the 《》
  function ask(area) {
    const blank = area.value.indexOf("《》");
    area.focus();
    area.closest(".reason").scrollIntoView({ block: "nearest" });
    if (blank >= 0) area.setSelectionRange(blank + 1, blank + 1);
  }
  function pin(x, y, text) {
    const phrase = id("phrase"),
      option = phrase.selectedOptions[0],
      chosen = option && option.value;
    const said =
      text ||
      (chosen ? option.dataset.text : at && at.dataset.words ? at.dataset.words + "，请重扫本页。" : "");
    const area = add({
      text: said,
      code: text ? "unreadable" : chosen || "other",
      page: at ? at.dataset.page : "",
      where: at ? at.dataset.where : "",
      x: x,
      y: y,
    });
    phrase.value = "";
    ask(area);
    changed("input");
  }

  room.addEventListener("click", (event) => {
    const link = event.target.closest("[data-open]"),
      thumb = event.target.closest("figure[data-page] .thumb"),
      show = event.target.closest("[data-show]"),
      step = event.target.closest("[data-turn]"),
      doubt = event.target.closest("[data-pin-doubt]");
    if (link) {
      const card = cardOf(link.dataset.open);
      if (!card) toast("这一页已撤下，不在本轮卷内", true);
      else {
        if (card.hidden) only("all");
        open(card);
      }
    }
    if (thumb) open(thumb.closest("figure"));
    if (show) only(show.dataset.show);
    if (step) turn(Number(step.dataset.turn));
    if (doubt) {
      open(cardOf(doubt.dataset.pinDoubt));
      pin(undefined, undefined, doubt.dataset.text);
    }
  });
  if (box) {
    const by = id("fix-by"),
      usual = by.dataset.usual;
    const later = () => {
      id("fix-reason").hidden = by.value.trim() === usual && !id("fix-reason").value;
    };
    by.addEventListener("change", later);
    later();
    form.addEventListener("restored", later);
    image.addEventListener("click", (event) => {
      if (old) toast("旧页不能钉理由，先回到新页", true);
      else pin(...spot(event));
    });
    id("add-reason").addEventListener("click", () => pin());
    id("keep-phrase").addEventListener("click", () => {
      const last = rows()[rows().length - 1],
        text = last ? one("textarea", last).value.trim() : "";
      if (!text) {
        toast("先写一条理由，再存为常用语", true);
        return;
      }
      post("/phrases/add", { text: text })
        .then((made) => {
          const option = new Option(made.name, "other");
          option.dataset.text = made.text;
          id("phrase").add(option, 1);
          toast("已存为本单位常用语");
        })
        .catch(() => {});
    });
    form.addEventListener("restore", (event) => {
      const kept = event.detail,
        ours = Object.keys(kept).filter((name) => name.startsWith("reason."));
      ours
        .filter((name) => /^reason\.\d+\.text$/.test(name) && kept[name].length)
        .forEach((name) => {
          const get = (what) => (kept[name.slice(0, -4) + what] || [""])[0];
          add({
            text: kept[name][0],
            code: get("code"),
            page: get("page"),
            where: get("where"),
            x: get("x"),
            y: get("y"),
          });
        });
      ours.forEach((name) => delete kept[name]);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey || window.antong.dialog.opened())
      return;
    const key = event.key.toLowerCase(),
      acts = {
        arrowright: () => turn(1),
        arrowleft: () => turn(-1),
        d: () => only(one(".chip[data-show=looked]", room).classList.contains("on") ? "all" : "looked"),
      };
    if (box) acts.p = () => pin();
    if (!acts[key]) return;
    event.preventDefault();
    acts[key]();
  });
  only(cards.some((card) => card.dataset.looked) ? "looked" : "all");
  if (cards.length)
    post(base + "ticket", {})
      .then((answer) => {
        ticket = answer.ticket;
        const watch = new IntersectionObserver((found) =>
          found.forEach((seen) => {
            if (!seen.isIntersecting) return;
            const thumb = one("img", seen.target);
            if (!thumb.src) thumb.src = source(seen.target.dataset.page, "thumb");
            watch.unobserve(seen.target);
          }),
        );
        cards.forEach((card) => watch.observe(card));
        open(shown()[0]);
      })
      .catch(() => {});
  refresh();
})();
