// The duty screen: asks every 15 seconds, counts down, calls until somebody has heard, says when it hears nothing itself.
(function () {
  "use strict";
  const { all, one, token, typing, toast, words, FETCH } = window.antong;
  const state = one("#duty-state"),
    lost = one("[data-duty-lost]"),
    button = one("[data-duty-sound]"),
    word = one("[data-duty-word]");
  const EVERY = 15000,
    MINUTE = 60000;
  let etag = "",
    sound = null,
    last = Date.now();

  const two = (number) => String(number).padStart(2, "0");
  const hour = (instant) => new Date(instant + 480 * MINUTE).toISOString().slice(11, 16);

  function count() {
    one("[data-duty-clock]").textContent = hour(Date.now());
    all("[data-due]", state).forEach((box) => {
      const rest = Number(box.dataset.due) * 1000 - Date.now();
      const minutes = Math.floor(Math.abs(rest) / MINUTE),
        days = Math.floor(minutes / 1440);
      const span = days
        ? days + " 天 " + Math.floor((minutes % 1440) / 60) + " 时"
        : Math.floor(minutes / 60) + " 时 " + two(minutes % 60) + " 分";
      box.textContent = (rest < 0 ? "逾期 " : "剩 ") + span;
      box.classList.toggle("late", rest < 0);
      box.classList.toggle("near", rest >= 0 && rest < 120 * MINUTE);
    });
  }

  // two short tones; made here, so that no file is needed
  function tone(at, pitch) {
    const wave = sound.createOscillator(),
      loud = sound.createGain();
    wave.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, at);
    loud.gain.exponentialRampToValueAtTime(0.4, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
    wave.connect(loud).connect(sound.destination);
    wave.start(at);
    wave.stop(at + 0.4);
  }
  function call() {
    const now = one("[data-calling]", state).dataset.calling.trim();
    document.title = (now ? "（紧急）" : "") + "值班屏 · 案通";
    document.body.dataset.calls = now ? String(Number(document.body.dataset.calls || 0) + 1) : "0";
    if (now && sound) {
      tone(sound.currentTime, 880);
      tone(sound.currentTime + 0.45, 660);
    }
  }

  function silent(text) {
    lost.textContent = text;
    lost.hidden = !text;
  }
  async function ask() {
    const headers = etag ? { ...FETCH, "If-None-Match": etag } : FETCH;
    const answer = await fetch("/duty/state", { headers: headers }).catch(() => null);
    if (answer && (answer.status === 200 || answer.status === 304)) {
      last = Date.now();
      silent("");
      if (answer.status === 200) {
        etag = answer.headers.get("ETag") || "";
        state.innerHTML = await answer.text();
      }
    } else if (answer && answer.status === 401)
      silent("登录已过期，画面停在 " + hour(last) + "，不再更新。请重新登录。");
    else silent("连接中断，画面停在 " + hour(last) + "，不再更新。请检查网络；恢复后自动接上。");
    count();
    call();
  }

  button.addEventListener("click", async () => {
    if (sound) {
      sound.close();
      sound = null;
    } else {
      sound = new AudioContext();
      tone(sound.currentTime, 660);
      await fetch("/duty/open", { method: "POST", headers: { "X-CSRFToken": token(), ...FETCH } }).catch(
        () => null,
      );
    }
    button.setAttribute("aria-pressed", String(Boolean(sound)));
    button.textContent = sound ? "提示音：开" : "开启值班屏和提示音";
    word.textContent = sound
      ? "每 15 秒刷新。紧急件到达后响提示音，点“知悉”即停；知悉记入留痕，受理期限照算。"
      : "每 15 秒刷新。提示音未开。";
  });
  one("[data-duty-full]").addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => {});
  });
  async function hear(box) {
    box.setAttribute("aria-disabled", "true");
    const answer = await fetch("/duty/" + box.dataset.hear + "/hear", {
      method: "POST",
      headers: { "X-CSRFToken": token(), ...FETCH },
    }).catch(() => null);
    if (answer && answer.status === 401) toast("登录已过期，请重新登录后再点知悉。", true);
    else if (!answer || !answer.ok)
      toast(
        answer
          ? words(await answer.json().catch(() => ({}))) || "没有办成，请重试。"
          : "连接中断，没有记下知悉。",
        true,
      );
    await ask();
  }
  state.addEventListener("click", (event) => {
    const box = event.target.closest("[data-hear]");
    if (box) hear(box);
  });
  document.addEventListener("keydown", (event) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = event.key.toLowerCase() === "z" && one("[data-hear]", state);
    if (box) hear(box);
  });
  count();
  call();
  setInterval(ask, EVERY);
  setInterval(count, 1000);
})();
