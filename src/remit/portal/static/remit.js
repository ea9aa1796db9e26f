// What keys and live parts add to the pages; every page works without it.
"use strict";

const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

// Parts of a page that change are fetched again as a page and put in place of the old ones, by their ids.
async function refresh(ids, address = location.href) {
  const answer = await fetch(address, { headers: { "x-remit-part": "1" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ids) {
    const [fresh, old] = [page.getElementById(id), document.getElementById(id)];
    if (fresh && old) keepTicks(old, fresh);
    if (fresh && old && !old.contains(document.activeElement)) old.replaceWith(fresh);
  }
}

function keepTicks(old, fresh) {
  const ticked = new Set(all("input[type=checkbox]:checked", old).map((box) => box.value));
  for (const box of all("input[type=checkbox]", fresh)) box.checked ||= ticked.has(box.value);
}

// A list beside what it opens: walking shows each row's, and until that is there no key acts on the last one's.
async function openBeside(id, address) {
  const old = document.getElementById(id);
  history.replaceState(null, "", address);
  // A pane that shows just this already stays, with whatever was typed into it.
  old.inert = !old.dataset.shows || new URL(old.dataset.shows, address).href !== address;
  if (!old.inert) return;
  const answer = await fetch(address, { headers: { "x-remit-part": "1" } }).catch(() => null);
  if (location.href !== address) return;
  const page = answer?.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page && page.getElementById(id);
  if (location.href !== address) return;
  if (fresh) document.getElementById(id).replaceWith(fresh); else location.reload();
}

// Finding: one box for pages, use cases and blocks.
const palette = $("#palette");
const find = { rows: [], at: 0, asked: 0 };

function pages() {
  return all("nav a").map((link) => ({ label: link.textContent, path: link.getAttribute("href"), kind: "page" }));
}

async function look(text) {
  const asked = ++find.asked;
  const words = text.trim().toLowerCase();
  const own = pages().filter((row) => row.label.toLowerCase().includes(words));
  let others = [];
  if (words) {
    const answer = await fetch(`/find?${new URLSearchParams({ text: words })}`);
    if (answer.ok) others = await answer.json();
  }
  if (asked !== find.asked) return;
  find.rows = [...own, ...others].slice(0, 12);
  find.at = 0;
  show();
}

function show() {
  const list = $("#found");
  list.replaceChildren(...find.rows.map((row, place) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = row.path;
    link.textContent = row.label;
    if (place === find.at) link.setAttribute("aria-current", "true");
    const kind = document.createElement("small");
    kind.textContent = row.kind;
    item.append(link, " ", kind);
    return item;
  }));
}

function openPalette() {
  if (!palette || palette.open) return;
  palette.showModal();
  const box = $("input", palette);
  box.value = "";
  look("");
  box.focus();
}

if (palette) {
  const box = $("input", palette);
  box.addEventListener("input", () => look(box.value));
  palette.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      find.at = Math.max(0, Math.min(find.rows.length - 1, find.at + step));
      show();
      event.preventDefault();
    } else if (event.key === "Enter" && find.rows[find.at]) {
      event.preventDefault();
      location.href = find.rows[find.at].path;
    }
  });
  palette.addEventListener("click", (event) => event.target === palette && palette.close());
}
for (const button of all("[data-palette]")) {
  button.hidden = false;
  button.addEventListener("click", openPalette);
}

// Rows: j and k walk through a table's rows that lead somewhere, Enter opens, x ticks.
function rows() {
  return all("tbody tr").filter((row) => $("a[href]", row) && row.offsetParent !== null);
}

function walk(step) {
  const list = rows();
  if (!list.length) return;
  const at = list.findIndex((row) => row.classList.contains("here"));
  const next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + step))];
  for (const row of list) row.classList.toggle("here", row === next);
  next.scrollIntoView({ block: "nearest" });
  const link = $("a[href]", next);
  link.focus({ preventScroll: true });
  const pane = next.closest("[data-pane]");
  if (pane && location.href !== link.href) openBeside(pane.dataset.pane, link.href);
}

let going = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (going && Date.now() - going < 1500) {
    going = 0;
    const link = $(`nav a[data-go="${CSS.escape(event.key)}"]`);
    if (link) link.click();
    return;
  }
  const done = {
    "/": openPalette,
    "g": () => { going = Date.now(); },
    "j": () => walk(1),
    "k": () => walk(-1),
    "x": () => $("tr.here input[type=checkbox]")?.click(),
    "?": () => $("#keys")?.showModal(),
  }[event.key];
  const own = $(`[data-key="${CSS.escape(event.key)}"]`);
  if (done) done(); else if (own && !own.closest("[inert]")) own.click(); else return;
  event.preventDefault();
});

// Forms that filter show what they find while one types.
for (const form of all("form[data-finds]")) {
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const sent = form.dataset.asksWith?.split(" ");
      const fields = [...new FormData(form)].filter(([name, value]) => value !== "" && (!sent || sent.includes(name)));
      const address = `${form.dataset.asks ?? form.getAttribute("action")}?${new URLSearchParams(fields)}`;
      await refresh(form.dataset.finds.split(" "), address);
      if (form.hasAttribute("data-keeps-address")) history.replaceState(null, "", address);
    }, 120);
  });
}
for (const form of all("form[data-sends]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// Copying.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const from = document.getElementById(button.dataset.copies);
  await navigator.clipboard.writeText(from.value ?? from.textContent);
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1200);
});

// Live parts: the server says that the ledger moved, and the parts are fetched again.
if ($("[data-live]")) {
  const heard = new EventSource("/live");
  let late = null;
  heard.addEventListener("moved", () => {
    late ??= setTimeout(() => {
      late = null;
      const ids = all("[data-live]").map((part) => part.id);
      if (document.visibilityState === "visible") refresh(ids);
    }, 400);
  });
  addEventListener("pagehide", () => heard.close());
}

// Charts: the picture becomes one that can be looked into, once somebody asks for it.
function loaded(path) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: path, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}
let vega;
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-explores]");
  if (!button) return;
  const drawn = $(".drawn", button.closest("figure"));
  vega ??= loaded("/charts/vega.js");
  const [spec] = await Promise.all([fetch(`/charts/${drawn.dataset.spec}`).then((answer) => answer.json()), vega]);
  const quiet = { ast: true, renderer: "svg", actions: false, defaultStyle: false, tooltip: false };
  // Expressions are interpreted and not compiled, since the pages' policy lets no text become a program.
  await window.vegaEmbed(drawn, spec, quiet);
  button.remove();
});
for (const button of all("[data-explores]")) button.hidden = false;
