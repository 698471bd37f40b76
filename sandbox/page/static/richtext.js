// Telegram's HTML as elements: https://core.telegram.org/bots/api#html-style. A tag that is not in the list is shown as
// the text it is; no attribute but a link's target and a block's language is looked at.

const plain = new Map(Object.entries({
  b: "b", strong: "b", i: "i", em: "i", u: "u", ins: "u", s: "s", strike: "s", del: "s", code: "code", pre: "pre",
}));
const entities = { lt: "<", gt: ">", amp: "&", quot: '"' };
const token = /<(\/?)([a-z][a-z-]*)((?:\s[^<>]*)?)>|&(lt|gt|amp|quot|#\d{1,7}|#x[0-9a-f]{1,6});/gi;

function decoded(entity) {
  const known = entities[entity.toLowerCase()];
  if (known !== undefined) return known;
  const code = /^#x/i.test(entity) ? parseInt(entity.slice(2), 16) : parseInt(entity.slice(1), 10);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

const unescaped = (text) => text.replace(/&(lt|gt|amp|quot|#\d{1,7}|#x[0-9a-f]{1,6});/gi, (_, entity) => decoded(entity));

function attribute(attributes, name) {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"']+))`, "i").exec(attributes);
  return found ? unescaped(found[1] ?? found[2] ?? found[3]) : "";
}

/** link gives an element that opens an http or https address; any other is only shown. */
export function link(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    url = null;
  }
  if (!url || !["http:", "https:"].includes(url.protocol)) return document.createElement("span");
  const a = document.createElement("a");
  Object.assign(a, { href: url.href, target: "_blank", rel: "noopener noreferrer" });
  return a;
}

function spoiler() {
  const hidden = document.createElement("button");
  hidden.type = "button";
  hidden.className = "spoiler";
  hidden.setAttribute("aria-expanded", "false");
  hidden.addEventListener("click", () => hidden.setAttribute("aria-expanded", "true"), { once: true });
  return hidden;
}

function quote(attributes) {
  const block = document.createElement("blockquote");
  if (/\sexpandable\b/i.test(attributes)) {
    block.className = "expandable";
    block.tabIndex = 0;
    block.addEventListener("click", () => block.classList.toggle("open"));
    block.addEventListener("keydown", (event) => event.key === "Enter" && block.classList.toggle("open"));
  }
  return block;
}

function elementFor(name, attributes) {
  if (plain.has(name)) return document.createElement(plain.get(name));
  if (name === "a") return link(attribute(attributes, "href"));
  if (name === "blockquote") return quote(attributes);
  if (name === "tg-spoiler" || (name === "span" && attribute(attributes, "class") === "tg-spoiler")) return spoiler();
  return name === "tg-emoji" ? document.createElement("span") : null;
}

/** rich renders Telegram's HTML. onCommand is called with a "/command" that is pressed in the text. */
export function rich(html, onCommand) {
  const root = document.createDocumentFragment();
  const open = [{ name: "", node: root }];
  const top = () => open.at(-1);
  let text = "";
  const flush = () => {
    if (text) appendText(top().node, text, open.some(({ name }) => ["code", "pre", "a"].includes(name)) ? null : onCommand);
    text = "";
  };
  let last = 0;
  for (const found of html.matchAll(token)) {
    text += html.slice(last, found.index);
    last = found.index + found[0].length;
    const [whole, closing, tag, attributes, entity] = found;
    if (entity) {
      text += decoded(entity);
      continue;
    }
    const name = tag.toLowerCase();
    if (closing && open.length > 1 && top().name === name) {
      flush();
      open.pop();
      continue;
    }
    const node = closing ? null : elementFor(name, attributes);
    if (!node) {
      text += whole;
      continue;
    }
    flush();
    top().node.append(node);
    open.push({ name, node });
  }
  text += html.slice(last);
  flush();
  return root;
}

/** words renders plain text. */
export function words(text, onCommand) {
  const root = document.createDocumentFragment();
  appendText(root, text, onCommand);
  return root;
}

const command = /(^|\s)(\/[a-z0-9_]{1,32})(?![\w/.@-])/g;

function appendText(node, text, onCommand) {
  let last = 0;
  if (onCommand) {
    for (const found of text.matchAll(command)) {
      node.append(text.slice(last, found.index) + found[1]);
      const press = document.createElement("button");
      press.type = "button";
      press.className = "command";
      press.textContent = found[2];
      press.addEventListener("click", () => onCommand(found[2]));
      node.append(press);
      last = found.index + found[0].length;
    }
  }
  node.append(text.slice(last));
}
