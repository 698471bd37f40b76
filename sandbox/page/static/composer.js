// The message field: commands as suggestions, replies, Enter sends.

import { byId, make, post } from "./dom.js";
import { chatNow, listen, messagesOf, state, tell, topicOf } from "./state.js";
import { attempt } from "./toast.js";

const text = byId("text");
const menu = byId("menu");
let chosen = -1;
let breaking = false; // whether the last key asked for a new line

listen((what) => {
  if (what === "reply" || what === "view") drawReply();
  if (what === "view" || what === "world") suggest();
});

function drawReply() {
  const to = state.replyTo ? messagesOf(state.chat).get(state.replyTo) : null;
  byId("answering").hidden = !to;
  byId("answered").replaceChildren(...(to ? [make("b", {}, to.name), ` ${to.text.split("\n")[0] || to.file?.name || ""}`] : []));
  if (to) text.focus();
}

/** send writes into the chat that is looked at. */
export async function send(message) {
  const chat = chatNow();
  await attempt(post("messages", { person: state.me, chat: chat.id, topic: topicOf(chat), text: message, reply_to: state.replyTo }));
  state.replyTo = 0;
  tell("reply");
}

/** suggest lists the commands that begin with what is written. */
function suggest() {
  const typed = /^\/(\w*)$/.exec(text.value);
  const fitting = typed ? (chatNow()?.commands ?? []).filter(({ command }) => command.startsWith(typed[1])) : [];
  if (chosen >= fitting.length) chosen = -1;
  menu.hidden = fitting.length === 0;
  text.setAttribute("aria-expanded", !menu.hidden);
  menu.replaceChildren(...fitting.map(({ command, description }, at) => make("li", {
    id: `command-${command}`, role: "option", data: { command }, "aria-selected": at === chosen,
    on: { mousedown: (event) => event.preventDefault(), click: () => take(command) },
  }, make("b", {}, `/${command}`), ` ${description}`)));
  const option = menu.children[chosen];
  if (option) {
    text.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    text.removeAttribute("aria-activedescendant");
  }
}

function take(command) {
  text.value = `/${command} `;
  chosen = -1;
  grow();
  text.focus();
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
  suggest();
}

function submit() {
  const message = text.value.trim();
  if (!message || !chatNow()) return;
  text.value = "";
  chosen = -1;
  grow();
  send(message);
}

function onKey(event) {
  if (event.isComposing) return;
  breaking = event.key === "Enter" && event.shiftKey;
  const count = menu.hidden ? 0 : menu.children.length;
  if (count && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    chosen = (chosen + (event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1) + count) % count;
    suggest();
  } else if (count && (event.key === "Tab" || event.key === "Enter") && chosen >= 0) {
    event.preventDefault();
    take(menu.children[chosen].dataset.command);
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else if (event.key === "Escape") {
    menu.hidden = true;
    state.replyTo = 0;
    tell("reply");
  }
}

text.addEventListener("input", grow);
text.addEventListener("keydown", onKey);
// Some keyboards send the line break apart from the key, and after it.
text.addEventListener("beforeinput", (event) => {
  if (event.inputType === "insertLineBreak" && !breaking) event.preventDefault();
});
text.addEventListener("blur", () => { menu.hidden = true; });
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  text.focus();
});
byId("slash").addEventListener("click", () => {
  text.value = "/";
  text.focus();
  grow();
});
byId("unanswer").addEventListener("click", () => {
  state.replyTo = 0;
  tell("reply");
  text.focus();
});
