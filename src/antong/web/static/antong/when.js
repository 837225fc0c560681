// Days and minutes as people write them here: 2025年3月12日 18:00, 3-12 9:30, 20250312, 昨天 22:10, 24:00 as an end.
// [data-when=minute|day]: read when the field is left, shown in full, with a calendar to pick from.
(function () {
  "use strict";
  const { all, one, within, blame } = window.antong;
  const NEAR = { 今天: 0, 今日: 0, 昨天: -1, 昨日: -1, 明天: 1, 明日: 1, 前天: -2, 前日: -2 };
  const EXAMPLE = { day: "2025年3月12日", minute: "2025年3月12日 18:00" };
  const two = (number) => String(number).padStart(2, "0");

  function dayOf(text) {
    const now = new Date();
    const near = /^(今[天日]|昨[天日]|明[天日]|前[天日])\s*/.exec(text);
    if (near)
      return {
        date: new Date(now.getFullYear(), now.getMonth(), now.getDate() + NEAR[near[1]]),
        rest: text.slice(near[0].length),
      };
    const full = /^(\d{4})\s*[年\-/.]\s*(\d{1,2})\s*[月\-/.]\s*(\d{1,2})\s*[日号]?\s*/.exec(text);
    const plain = /^(\d{4})(\d{2})(\d{2})(?!\d)\s*/.exec(text);
    const short = /^(\d{1,2})\s*[月\-/.]\s*(\d{1,2})\s*[日号]?\s*/.exec(text);
    const found = full || plain || short;
    if (!found) return null;
    const [year, month, day] = (
      full || plain ? found.slice(1, 4) : [now.getFullYear(), found[1], found[2]]
    ).map(Number);
    const date = new Date(year, month - 1, day);
    const right = date.getMonth() === month - 1 && date.getDate() === day;
    return right && year >= 1900 ? { date: date, rest: text.slice(found[0].length) } : null;
  }
  function read(text, kind) {
    const plain = text.normalize("NFKC").replace("T", " ").trim();
    const found = dayOf(plain);
    if (!found) return null;
    const rest = found.rest.trim(),
      words =
        found.date.getFullYear() + "年" + (found.date.getMonth() + 1) + "月" + found.date.getDate() + "日";
    if (kind === "day") return rest ? null : words;
    const time = /^(上午|下午|晚上|晚|早上|凌晨)?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2})?\s*分?(?::\d+)?$/.exec(
      rest,
    );
    if (!time) return null;
    let hour = Number(time[2]);
    const minute = Number(time[3] || 0);
    if (/下午|晚/.test(time[1] || "") && hour < 12) hour += 12;
    if (hour > 24 || minute > 59 || (hour === 24 && minute)) return null;
    return words + " " + two(hour) + ":" + two(minute);
  }

  // one calendar for the page, moved to the field that asks
  const card = document.createElement("div");
  let owner = null,
    shown = new Date();
  card.className = "calendar";
  card.hidden = true;
  card.setAttribute("role", "dialog");
  card.setAttribute("aria-label", "选日期");

  function chosen() {
    const found = owner && dayOf(owner.value.normalize("NFKC").trim());
    return found ? found.date : null;
  }
  function button(words, run, className) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.className = className || "";
    made.addEventListener("click", run);
    return made;
  }
  function turn(months) {
    shown = new Date(shown.getFullYear(), shown.getMonth() + months, 1);
    draw();
  }
  function pick(date) {
    const time = /(\d{1,2}:\d{2})\s*$/.exec(owner.value),
      end =
        owner.dataset.end === "1" ? "24:00" : two(new Date().getHours()) + ":" + two(new Date().getMinutes());
    const words = date.getFullYear() + "年" + (date.getMonth() + 1) + "月" + date.getDate() + "日";
    owner.value = owner.dataset.when === "day" ? words : words + " " + (time ? time[1] : end);
    blame(owner, "");
    owner.dispatchEvent(new Event("change", { bubbles: true }));
    owner.focus();
    hide();
  }
  function draw() {
    const head = document.createElement("div"),
      grid = document.createElement("div"),
      now = chosen(),
      today = new Date().toDateString();
    head.className = "line";
    const title = document.createElement("b");
    title.textContent = shown.getFullYear() + "年" + (shown.getMonth() + 1) + "月";
    head.append(
      button("‹ 上月", () => turn(-1), "link"),
      title,
      button("下月 ›", () => turn(1), "link"),
    );
    grid.className = "days";
    "一二三四五六日".split("").forEach((name) => {
      const cell = document.createElement("span");
      cell.textContent = name;
      grid.appendChild(cell);
    });
    const first = new Date(shown.getFullYear(), shown.getMonth(), 1),
      blanks = (first.getDay() + 6) % 7,
      days = new Date(shown.getFullYear(), shown.getMonth() + 1, 0).getDate();
    for (let blank = 0; blank < blanks; blank += 1) grid.appendChild(document.createElement("span"));
    for (let day = 1; day <= days; day += 1) {
      const date = new Date(shown.getFullYear(), shown.getMonth(), day);
      const made = button(String(day), () => pick(date));
      made.setAttribute("aria-label", shown.getMonth() + 1 + "月" + day + "日");
      if (date.toDateString() === today) made.classList.add("today");
      if (now && date.toDateString() === now.toDateString()) made.classList.add("on");
      grid.appendChild(made);
    }
    card.replaceChildren(head, grid);
  }
  function show(box) {
    owner = box;
    shown = chosen() || new Date();
    draw();
    box.closest(".when").appendChild(card);
    card.hidden = false;
    card.classList.toggle("up", box.getBoundingClientRect().bottom + 260 > window.innerHeight);
    (one(".on", card) || one(".today", card) || one(".days button", card)).focus();
  }
  function hide() {
    card.hidden = true;
  }
  card.addEventListener("keydown", (event) => {
    const days = all(".days button", card),
      at = days.indexOf(document.activeElement),
      step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (step && at >= 0) {
      event.preventDefault();
      event.stopPropagation();
      const next = days[at + step];
      if (next) next.focus();
      else {
        turn(step > 0 ? 1 : -1);
        const fresh = all(".days button", card);
        (step > 0 ? fresh[0] : fresh[fresh.length - 1]).focus();
      }
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      hide();
      owner.focus();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!card.hidden && !event.target.closest(".when")) hide();
  });

  function prepare(box) {
    if (box.dataset.ready) return;
    box.dataset.ready = "1";
    const wrap = document.createElement("span");
    wrap.className = "when";
    box.replaceWith(wrap);
    const open = button("日历", () => (card.hidden || owner !== box ? show(box) : hide()), "link");
    open.setAttribute("aria-haspopup", "dialog");
    wrap.append(box, open);
    box.setAttribute("autocomplete", "off");
    box.addEventListener("change", () => {
      const text = box.value.trim(),
        kind = box.dataset.when,
        words = text && read(text, kind);
      if (words) box.value = words;
      blame(box, text && !words ? "读不出，例：" + EXAMPLE[kind] : "");
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && !event.altKey) {
        event.preventDefault();
        show(box);
      }
    });
  }
  within((part) => all("input[data-when]", part).forEach(prepare));
})();
