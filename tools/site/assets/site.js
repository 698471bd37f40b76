// The search: words of the query, without their endings, at the beginnings of words. The index is read when it is needed first.
const field = document.getElementById("search");
const found = document.getElementById("found");
let index;

/** stem cuts the ending of a word, as far as languages with many endings need it. */
const stem = (word) => (word.length > 6 ? word.slice(0, -2) : word.length > 4 ? word.slice(0, -1) : word);
const words = (text) => text.toLowerCase().replaceAll("ё", "е").match(/[\p{L}\p{N}_.-]+/gu) ?? [];
const has = (text, stems) => stems.every((s) => text.some((w) => w.startsWith(s)));

async function load() {
  const response = await fetch(document.body.dataset.search);
  const root = new URL(response.url);
  index = (await response.json()).map((page) => ({
    ...page, url: new URL(page.url, root).href, inTitle: words(page.title), inText: words(page.text),
    headings: page.headings.map((h) => ({ ...h, words: words(h.text) })),
  }));
}

function results(query) {
  const stems = words(query).map(stem);
  if (stems.length === 0) return [];
  const all = [];
  for (const page of index) {
    const inTitle = has(page.inTitle, stems);
    const headings = page.headings.filter((h) => has(h.words, stems));
    if (!inTitle && headings.length === 0 && !has([...page.inTitle, ...page.inText], stems)) continue;
    const times = page.inText.filter((w) => stems.some((s) => w.startsWith(s))).length;
    all.push({ page, headings, rank: (inTitle ? 1e6 : 0) + headings.length * 1e3 + times - (page.url.includes("/decisions/") ? 5e5 : 0) });
  }
  return all.sort((a, b) => b.rank - a.rank).slice(0, 12);
}

function show(query) {
  const hits = results(query);
  found.hidden = query.trim() === "";
  found.replaceChildren(...hits.flatMap(({ page, headings }) => [
    line(page.url, page.title, ""), ...headings.slice(0, 3).map((h) => line(`${page.url}#${h.id}`, h.text, "heading")),
  ]));
  if (hits.length === 0) {
    const none = document.createElement("li");
    none.textContent = document.body.dataset.nothing;
    found.append(none);
  }
}

function line(href, text, className) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = href;
  link.textContent = text;
  item.className = className;
  item.append(link);
  return item;
}

field.addEventListener("input", async () => {
  if (!index) await load();
  show(field.value);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== field) {
    event.preventDefault();
    field.focus();
  } else if (event.key === "Escape") {
    found.hidden = true;
  }
});
// On a phone the list of documents is closed.
if (matchMedia("(max-width: 60rem)").matches) document.querySelector(".documents details").open = false;
