// A page that stands for a recording has its player on it; what is played is fetched by ranges, never kept.
(function () {
  "use strict";
  window.antong.player = (leaf, page, title, url) => {
    const old = leaf.querySelector(".player");
    if (old && old.dataset.page === page.id) return;
    if (old) {
      old.pause();
      old.removeAttribute("src");
      old.remove();
    }
    if (!page.media) return;
    const player = document.createElement(page.media.startsWith("video/") ? "video" : "audio");
    player.className = "player";
    player.dataset.page = page.id;
    player.controls = true;
    player.preload = "metadata";
    player.setAttribute("controlsList", "nodownload");
    player.setAttribute("aria-label", "播放 " + title);
    player.src = url;
    leaf.append(player);
  };
})();
