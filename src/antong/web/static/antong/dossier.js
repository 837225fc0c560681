// Arranging the file: drop files, drag pages, turn, move by keyboard; every change is saved at once.
(function () {
  "use strict";
  const box = document.querySelector("[data-dossier]");
  if (!box) return;
  const base = box.dataset.dossier;
  const form = document.getElementById("upload");
  const drop = document.querySelector(".drop");
  const files = document.getElementById("files");
  const list = document.getElementById("upload-state");
  async function send(chosen) {
    const all = Array.from(chosen);
    if (!all.length) return;
    if (!form.querySelector("[name=catalogue_key]").value && !form.querySelector("[name=entry_id]").value) {
      window.antong.toast("先选目录位置，再上传", true);
      return;
    }
    const data = new FormData(form);
    data.delete("files");
    all.forEach((file) => data.append("files", file));
    const bar = document.createElement("progress");
    bar.max = 100;
    const line = document.createElement("p");
    line.textContent = all.length + " 个文件";
    list.replaceChildren(line, bar);
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => {
      bar.value = (event.loaded / event.total) * 100;
      line.textContent = "上传 " + all.length + " 个文件，" + Math.round(bar.value) + "%";
    };
    request.onload = () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch (problem) {
        answer = { what: "没有上传成功，请重试。" };
      }
      if (request.status >= 400) {
        line.textContent = [answer.what].concat(answer.items || [], answer.remedy || "").join(" ");
        bar.remove();
        return;
      }
      if ((answer.refused || []).length) {
        line.textContent = "已收 " + answer.pages + " 页；没有收的：" + answer.refused.join("；");
        bar.remove();
        setTimeout(() => location.reload(), 6000);
      } else location.reload();
    };
    request.onerror = () => {
      line.textContent = "网络中断，什么都没有保存，请重试。";
      bar.remove();
    };
    request.open("POST", base + "upload");
    request.setRequestHeader("X-Requested-With", "fetch");
    request.send(data);
  }
  if (files) files.addEventListener("change", () => send(files.files));
  if (drop) {
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
      send(event.dataTransfer.files);
    });
  }
  let held = null;
  const act = (name, data) =>
    window.antong
      .post(base + name, data)
      .then(() => {
        sessionStorage.setItem("antong:scroll", String(document.querySelector(".cols .panel").scrollTop));
        location.reload();
      })
      .catch(() => {});
  const kept = sessionStorage.getItem("antong:scroll");
  if (kept) {
    document.querySelector(".cols .panel").scrollTop = Number(kept);
    sessionStorage.removeItem("antong:scroll");
  }
  box.querySelectorAll("figure[data-page]").forEach((page) => {
    page.draggable = true;
    page.addEventListener("dragstart", () => {
      held = page;
    });
    page.addEventListener("dragover", (event) => event.preventDefault());
    page.addEventListener("drop", (event) => {
      event.preventDefault();
      if (held && held !== page)
        act("move", {
          page_id: held.dataset.page,
          entry_id: page.dataset.entry,
          before_page_id: page.dataset.page,
        });
    });
    page.addEventListener("keydown", (event) => {
      const all = Array.from(page.parentElement.children),
        index = all.indexOf(page);
      if (event.altKey && event.key === "ArrowLeft" && index > 0) {
        event.preventDefault();
        act("move", {
          page_id: page.dataset.page,
          entry_id: page.dataset.entry,
          before_page_id: all[index - 1].dataset.page,
        });
      }
      if (event.altKey && event.key === "ArrowRight" && index < all.length - 1) {
        event.preventDefault();
        act("move", {
          page_id: page.dataset.page,
          entry_id: page.dataset.entry,
          before_page_id: (all[index + 2] || { dataset: {} }).dataset.page || "",
        });
      }
      if (event.key.toLowerCase() === "r" && !event.isComposing)
        act("rotate", { page_id: page.dataset.page });
      if (event.key === "Delete") gone(page.dataset.page);
    });
  });
  box
    .querySelectorAll("[data-rotate]")
    .forEach((button) =>
      button.addEventListener("click", () => act("rotate", { page_id: button.dataset.rotate })),
    );
  // dialogs instead of prompts: why a page goes, what an entry is called
  let subject = "";
  const ask = (id, which, fill) => {
    subject = which;
    document.getElementById(id).hidden = false;
    const text = document.getElementById(id + "-text");
    text.value = fill || "";
    text.focus();
  };
  const gone = (page) => ask("why", page);
  box
    .querySelectorAll("[data-remove]")
    .forEach((button) => button.addEventListener("click", () => gone(button.dataset.remove)));
  box
    .querySelectorAll("[data-rename]")
    .forEach((button) =>
      button.addEventListener("click", () => ask("retitle", button.dataset.rename, button.dataset.title)),
    );
  box
    .querySelectorAll("[data-shift]")
    .forEach((button) =>
      button.addEventListener("click", () =>
        act("shift", { entry_id: button.dataset.shift, step: button.dataset.step }),
      ),
    );
  box
    .querySelectorAll("[data-restore]")
    .forEach((button) =>
      button.addEventListener("click", () => act("restore", { page_id: button.dataset.restore })),
    );
  document.getElementById("why-form").addEventListener("submit", (event) => {
    event.preventDefault();
    act("remove", { page_id: subject, reason: document.getElementById("why-text").value });
  });
  document.getElementById("retitle-form").addEventListener("submit", (event) => {
    event.preventDefault();
    act("rename", { entry_id: subject, title: document.getElementById("retitle-text").value });
  });
  const only = box.querySelector("[data-only-doubt]");
  if (only)
    only.addEventListener("click", () => {
      const on = only.classList.toggle("framed");
      box.querySelectorAll("figure[data-page]").forEach((page) => {
        page.hidden = on && !page.dataset.doubt;
      });
      box.querySelectorAll("[data-entry-box]").forEach((entry) => {
        entry.hidden = on && !entry.querySelector("figure[data-doubt]");
      });
    });
  const bar = box.querySelector("[data-progress]");
  if (bar) {
    const timer = setInterval(async () => {
      const answer = await fetch(bar.dataset.progress).catch(() => null);
      if (!answer || !answer.ok) return;
      const now = await answer.json();
      bar.max = now.total;
      bar.value = now.ready + now.failed;
      if (now.ready + now.failed >= now.total) {
        clearInterval(timer);
        location.reload();
      }
    }, 2000);
  }
  box.querySelectorAll("[data-replace]").forEach((input) =>
    input.addEventListener("change", () => {
      form.querySelector("[name=replace_page_id]").value = input.dataset.replace;
      form.querySelector("[name=entry_id]").value = input.dataset.entry;
      send(input.files);
    }),
  );
  box.querySelectorAll("[data-add]").forEach((button) =>
    button.addEventListener("click", () => {
      form.querySelector("[name=entry_id]").value = button.dataset.add;
      files.click();
    }),
  );
  let ticket = "";
  window.antong.post(base + "ticket", {}).then((answer) => {
    ticket = answer.ticket;
    const watch = new IntersectionObserver((found) =>
      found.forEach((one) => {
        if (one.isIntersecting) {
          const image = one.target.querySelector("img");
          if (image && one.target.dataset.page)
            image.src = base + "pages/" + one.target.dataset.page + "/thumb?t=" + encodeURIComponent(ticket);
          watch.unobserve(one.target);
        }
      }),
    );
    box.querySelectorAll("figure[data-page]").forEach((page) => watch.observe(page));
  });
})();
