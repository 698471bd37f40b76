// The conversation: the list of chats, the topics, and the messages with their buttons.

import { byId, make, post } from "./dom.js";
import { link, rich, words } from "./richtext.js";
import { chatNow, listen, messagesOf, open, state, tell, topicOf, unread } from "./state.js";
import { sizeOf, t, timeOf } from "./texts.js";
import { attempt } from "./toast.js";

const log = byId("log");
let drawn = ""; // which person, chat and topic the log shows
let atEnd = true; // whether the reader is at the end of it
let typingEnds = 0;

listen((what, detail) => {
  if (!state.world) return;
  const chat = chatNow();
  if (!chat) return;
  if (what === "message") update(detail);
  if (what === "answered") log.querySelector(`[data-message="${detail.message}"] [aria-busy]`)?.removeAttribute("aria-busy");
  if (what === "typing" && detail === chat.id) typing();
  if (what === "world" || what === "message" || what === "view") {
    drawChats();
    drawHead(chat);
    drawPinned(chat);
  }
  if (what === "view" || (what === "world" && drawn !== where(chat))) drawLog(chat);
});

const where = (chat) => `${state.me}/${state.ready}/${chat.id}/${topicOf(chat)}/${document.documentElement.lang}`;
const titleOf = (chat) => (chat.private ? "opsbot" : chat.title);
const hue = (chat) => (chat.private ? 205 : Math.abs(chat.id * 47) % 360);

function badge(count) {
  return count === 0 ? null : make("b", { className: "unread", title: t("unread", { n: count }) }, String(count));
}

/** keepFocus draws anew and gives the focus back to the part with the same mark. */
function keepFocus(container, mark, draw) {
  const held = container.contains(document.activeElement) ? document.activeElement.dataset[mark] : undefined;
  draw();
  if (held !== undefined) [...container.children].find((child) => child.dataset[mark] === held)?.focus();
}

function drawChats() {
  keepFocus(byId("chats"), "chat", () => byId("chats").replaceChildren(...state.world.chats.map((chat) => {
    const last = [...messagesOf(chat.id).values()].filter(({ text, file }) => text || file).at(-1);
    const avatar = make("span", { className: "avatar", "aria-hidden": "true" }, [...titleOf(chat)][0].toUpperCase());
    avatar.style.setProperty("--hue", hue(chat));
    return make("button", {
      type: "button", className: "chat", data: { chat: chat.id }, "aria-current": chat.id === state.chat, on: { click: () => open(chat) },
    }, avatar, make("span", { className: "chat-title" }, titleOf(chat)),
    make("span", { className: "chat-last" }, last ? last.text.split("\n")[0] || last.file.name : ""),
    badge(unread(chat.id)));
  })));
}

function drawHead(chat) {
  byId("title").textContent = titleOf(chat);
  if (Date.now() > typingEnds) byId("subtitle").textContent = t(chat.private ? "private_sub" : "group_sub");
  const topics = chat.topics ? [...chat.topics, { id: 0, name: t("general") }] : [];
  byId("topics").hidden = topics.length === 0;
  keepFocus(byId("topics"), "topic", () => byId("topics").replaceChildren(...topics.map((topic) => make("button", {
    type: "button", data: { topic: topic.id }, "aria-pressed": topic.id === topicOf(chat), on: { click: () => open(chat, topic.id) },
  }, topic.name, badge(unread(chat.id, topic.id))))));
}

/** drawPinned shows the message that was pinned last at the top, as Telegram does: a tap goes to it. */
function drawPinned(chat) {
  const pinned = [...messagesOf(chat.id).values()].filter((message) => message.pinned && message.topic === topicOf(chat)).sort((a, b) => a.id - b.id).at(-1);
  const bar = byId("pinned");
  bar.hidden = !pinned;
  if (!pinned) return;
  bar.replaceChildren(make("b", {}, `📌 ${t("pinned_message")}`), make("span", {}, pinned.text.split("\n")[0]));
  bar.onclick = () => {
    const element = log.querySelector(`[data-message="${pinned.id}"]`);
    atEnd = false;
    element?.scrollIntoView({ block: "start" });
    element?.classList.remove("changed");
    requestAnimationFrame(() => element?.classList.add("changed"));
  };
}

const typingLasts = 3000; // ms

function typing() {
  byId("subtitle").textContent = t("typing");
  typingEnds = Date.now() + typingLasts;
  setTimeout(() => chatNow() && drawHead(chatNow()), typingLasts + 50);
}

const shown = (message) => message.text || message.file;

function drawLog(chat) {
  const fresh = drawn !== where(chat);
  drawn = where(chat);
  if (!fresh && log.childElementCount > 0) return;
  const messages = [...messagesOf(chat.id).values()].filter((message) => message.topic === topicOf(chat) && shown(message));
  messages.sort((a, b) => a.id - b.id);
  log.replaceChildren(...(messages.length || !state.ready ? messages.map(bubble) : [make("p", { className: "nothing" }, t("nothing"))]));
  atEnd = true;
  stick();
}

/** update draws one message that is new, changed or gone, and stays at the end if the reader was there. */
function update(message) {
  const chat = chatNow();
  if (message.chat !== chat.id || message.topic !== topicOf(chat)) return;
  const old = log.querySelector(`[data-message="${message.id}"]`);
  if (message.deleted || !shown(message)) {
    old?.remove();
    return;
  }
  const fresh = bubble(message);
  if (old) {
    const at = [...old.querySelectorAll("button, a")].indexOf(document.activeElement);
    old.replaceWith(fresh);
    fresh.classList.add("changed");
    if (at >= 0) fresh.querySelectorAll("button, a")[at]?.focus();
  } else {
    log.querySelector(".nothing")?.remove();
    log.append(fresh);
  }
  if (message.from === state.me) atEnd = true;
  stick();
}

function bubble(message) {
  const mine = message.from === state.me;
  const send = (text) => attempt(post("messages", { person: state.me, chat: message.chat, topic: message.topic, text, reply_to: 0 }));
  const text = make("div", { className: "text" }, message.html ? rich(message.html, send) : words(message.text, send));
  return make("article", {
    className: mine ? "message mine" : "message", data: { message: message.id, from: message.bot ? "bot" : "person", edits: message.edits ?? 0, pinned: Boolean(message.pinned) },
  },
  make("div", { className: "bubble" },
    mine ? null : make("p", { className: "name" }, message.name, message.bot ? make("small", {}, ` ${t("bot")}`) : null),
    message.forwarded ? make("p", { className: "forwarded" }, t("forwarded")) : null,
    quoted(message), attachment(message), text, foot(message)),
  keyboard(message));
}

function quoted(message) {
  if (!message.reply_to) return null;
  const to = messagesOf(message.chat).get(message.reply_to);
  return make("button", {
    type: "button", className: "quoted",
    on: { click: () => log.querySelector(`[data-message="${message.reply_to}"]`)?.scrollIntoView({ block: "center" }) },
  }, make("b", {}, to?.name ?? t("gone_reply")), make("span", {}, to ? to.text.split("\n")[0] || to.file?.name || "" : "…"));
}

function attachment({ file }) {
  if (!file) return null;
  const href = `api/files/${encodeURIComponent(file.id)}?person=${state.me}`;
  if (file.photo) return make("a", { href, target: "_blank" }, make("img", { className: "photo", src: href, alt: file.name, loading: "lazy" }));
  return make("a", { className: "document", href, download: file.name, data: { document: file.name } },
    make("span", { className: "sheet", "aria-hidden": "true" }, "↓"),
    make("span", {}, make("b", {}, file.name), make("small", {}, `${sizeOf(file.size)} · ${t("save")}`)));
}

function foot(message) {
  const marks = [];
  if (message.pinned) marks.push(make("span", { title: t("pinned"), role: "img", "aria-label": t("pinned") }, "📌"));
  if (message.silent) marks.push(make("span", { className: "silent", title: t("silent"), role: "img", "aria-label": t("silent") }, "🔕"));
  if (message.edits) marks.push(make("span", { className: "edited" }, t("edited")));
  return make("p", { className: "foot" }, ...marks,
    make("time", { dateTime: new Date(message.at).toISOString() }, timeOf(message.at)),
    make("button", {
      type: "button", className: "reply", title: t("reply"), "aria-label": t("reply"),
      on: { click: () => { state.replyTo = message.id; tell("reply"); } },
    }, "↩"));
}

function keyboard(message) {
  if (!message.buttons) return null;
  return make("div", { className: "keyboard" }, ...message.buttons.map((row) => make("div", { className: "row" }, ...row.map((button) => {
    if (button.url) {
      const a = link(button.url);
      a.append(`${button.text} ↗`);
      return a;
    }
    return make("button", { type: "button", data: { button: button.text }, on: { click: ({ currentTarget }) => press(message, button, currentTarget) } }, button.text);
  }))));
}

const pressWaits = 10_000; // ms until a press without an answer looks as if there had been none

function press(message, button, element) {
  element.setAttribute("aria-busy", "true");
  setTimeout(() => element.removeAttribute("aria-busy"), pressWaits);
  attempt(post("presses", { person: state.me, chat: message.chat, message: message.id, data: button.data }));
}

// Who reads the end goes on reading the end when the window, or what is in it, changes its size.
log.addEventListener("scroll", () => { atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80; }, { passive: true });
log.addEventListener("load", stick, { capture: true });
new ResizeObserver(stick).observe(log);

function stick() {
  if (atEnd) log.scrollTop = log.scrollHeight;
}
