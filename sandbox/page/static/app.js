// The page: the stream of events, who the visitor is, the language, and the tabs of a phone.

import { byId, make, post } from "./dom.js";
import { listen, open, opsChat, chatNow, see, seeAll, state, tell, unread } from "./state.js";
import { speak, spoken, t } from "./texts.js";
import { toast } from "./toast.js";
import "./chat.js";
import "./composer.js";
import "./fleet.js";
import "./mails.js";
import "./phones.js";
import "./tour.js";

let source = null;

/** become changes the person; the server streams what that person sees. Without one it is the server's choice. */
export function become(person = 0) {
  if (state.me === person && source) return;
  state.me = person;
  state.ready = false;
  state.messages.clear();
  source?.close();
  source = new EventSource(person ? `api/events?person=${person}` : "api/events");
  source.addEventListener("open", () => {
    state.ready = false;
    state.messages.clear();
    live("live");
  });
  source.addEventListener("error", () => live(source.readyState === EventSource.CLOSED ? "lost" : "connecting"));
  source.addEventListener("world", ({ data }) => arriveWorld(JSON.parse(data)));
  source.addEventListener("message", ({ data }) => arriveMessage(JSON.parse(data)));
  source.addEventListener("ready", () => {
    seeAll();
    state.ready = true;
    see();
    tell("view");
  });
  source.addEventListener("toast", ({ data }) => {
    const answer = JSON.parse(data);
    toast(answer.text, answer.alert);
    tell("answered", answer);
  });
  source.addEventListener("typing", ({ data }) => tell("typing", Number(data)));
}

function live(how) {
  state.live = how;
  tell("live");
}

function arriveWorld(world) {
  const first = !state.world || state.world.me !== world.me;
  state.world = world;
  state.me = world.me;
  if (first && world.language !== spoken()) post("language", { person: world.me, language: spoken() }).catch(({ message }) => toast(message));
  if (!chatNow()) open(opsChat(spoken()) ?? world.chats[0]);
  tell("world");
}

function arriveMessage(message) {
  const { chat, id } = message;
  if (!state.messages.has(chat)) state.messages.set(chat, new Map());
  if (message.deleted) state.messages.get(chat).delete(id);
  else state.messages.get(chat).set(id, message);
  if (!state.ready) return;
  see();
  tell("message", message);
}

/** use changes the language of the page and of the person, and turns from one language's group to the other's. */
function use(language) {
  localStorage.setItem("language", language);
  speak(language);
  if (state.me) post("language", { person: state.me, language }).catch(({ message }) => toast(message));
  const chat = chatNow();
  if (chat?.language && chat.language !== language && opsChat(language)) open(opsChat(language));
  tell("world");
  tell("view");
  tell("live");
}

/** show turns to a part of the page; it matters on narrow screens only. */
export function show(tab) {
  document.body.dataset.tab = tab;
  for (const button of document.querySelectorAll("[data-tab-of]")) button.setAttribute("aria-pressed", button.dataset.tabOf === tab);
  see();
  tell("view");
}

listen((what) => {
  if (what === "live") {
    byId("link").dataset.state = state.live;
    byId("link").textContent = t(state.live);
  }
  for (const button of byId("languages").children) button.setAttribute("aria-pressed", button.dataset.language === spoken());
  if (!state.world) return;
  if (what === "world") drawPeople();
  if (what !== "typing") drawMarks();
});

function drawPeople() {
  const buttons = state.world.people.map((person) => make("button", {
    type: "button", data: { person: person.id, role: person.role }, "aria-pressed": person.id === state.me,
    "aria-label": `${person.name}, ${t(person.role)}`, on: { click: () => become(person.id) },
  }, t(person.role)));
  const focused = document.activeElement?.dataset?.person;
  byId("people").replaceChildren(...buttons);
  buttons.find((button) => button.dataset.person === focused)?.focus();
}

function drawMarks() {
  const count = state.world.chats.reduce((sum, chat) => sum + unread(chat.id), 0);
  const broken = state.world.targets.filter(({ mode }) => mode !== "ok").length;
  for (const [id, n] of [["tab-unread", count], ["tab-broken", broken]]) {
    byId(id).hidden = n === 0;
    byId(id).textContent = n;
  }
  document.title = (count ? `(${count}) ` : "") + "opsbot sandbox";
}

for (const button of byId("languages").children) button.addEventListener("click", () => use(button.dataset.language));
for (const button of document.querySelectorAll("[data-tab-of]")) button.addEventListener("click", () => show(button.dataset.tabOf));
document.addEventListener("visibilitychange", () => {
  see();
  tell("view");
});

speak(localStorage.getItem("language") ?? (navigator.language.startsWith("ru") ? "ru" : "en"));
show("chat");
live("connecting");
become();
