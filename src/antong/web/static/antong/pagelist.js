// What the reading room knows of the pages of a file: its papers from the start, the pages a hundred at a time as one comes
// to them. `asks` gives the ticket, the page that is open, and is told when the number of unread pages is known.
window.antong.pageList = function (room, papers, asks) {
  "use strict";
  const CHUNK = 100,
    base = room.dataset.base,
    pages = new Map(),
    chunks = new Map(),
    list = { pages: pages, unread: -1 };
  const address = (page, size) =>
    base + "pages/" + page.id + "/" + size + "?t=" + encodeURIComponent(asks.ticket());
  const get = (path) =>
    fetch(base + path + "&t=" + encodeURIComponent(asks.ticket()), {
      headers: { "X-Requested-With": "fetch" },
    });
  // the paper that a place of the file is in: papers stand in order, with the place of their first page
  function paperAt(index) {
    let low = 0,
      high = papers.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (papers[middle][3] <= index) low = middle;
      else high = middle - 1;
    }
    return papers[low];
  }
  const numberAt = (index) => paperAt(index)[4] + index - paperAt(index)[3];
  const titleAt = (index) => paperAt(index)[1] + " p." + numberAt(index) + " " + paperAt(index)[2];
  async function fetched(first) {
    const answer = await get(
      "reading/pages?from=" + first + "&v=" + room.dataset.version + (list.unread < 0 ? "&unread" : ""),
    );
    if (answer.status === 409) {
      const here = asks.here();
      location.replace(base + "reading" + (here ? "?page=" + here : ""));
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    told.pages.forEach((row, place) => {
      const index = told.first + place;
      pages.set(index, {
        id: row[0],
        index: index,
        rotation: row[1],
        doubt: row[2] === 1,
        read: row[3] === 1,
        state: row[4],
        media: row[5],
      });
    });
    if (told.unread !== undefined && list.unread < 0) {
      list.unread = told.unread;
      asks.told();
    }
  }
  // ask for the pages around a place once; where that fails, the next who needs them asks again
  list.known = (index) => {
    const first = Math.floor(index / CHUNK) * CHUNK;
    if (!chunks.has(first))
      chunks.set(
        first,
        fetched(first).catch((problem) => {
          chunks.delete(first);
          throw problem;
        }),
      );
    return chunks.get(first);
  };
  // the next page that somebody has to look at, from a place on; the first one after the last
  list.doubt = async (from) => {
    const answer = await get("reading/doubt?from=" + from).catch(() => null);
    const told = answer && answer.ok ? await answer.json() : {};
    return typeof told.place === "number" ? told.place : -1;
  };
  // images, kept in memory while the room is open and nowhere else
  function store(most) {
    const kept = new Map();
    return async (page, size) => {
      const held = kept.get(page.id);
      if (held) {
        kept.delete(page.id);
        kept.set(page.id, held);
        return held;
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
  list.address = address;
  list.store = store;
  list.paperAt = paperAt;
  list.numberAt = numberAt;
  list.titleAt = titleAt;
  return list;
};
