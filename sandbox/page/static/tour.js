// The guided tour: each step says what to see, and can be done by a press.

import { become, show } from "./app.js";
import { send } from "./composer.js";
import { byId, make } from "./dom.js";
import { heal, set, takeAway } from "./fleet.js";
import { chatNow, listen, open, opsChat, state } from "./state.js";
import { spoken, t } from "./texts.js";

const done = new Set();
let waiting = null; // what to do once the person's world has come

const steps = {
  kill: () => inOps(() => set("web1", "killed")),
  heal: () => inOps(() => set("web1", "ok")),
  test: () => inOps(() => send("/webtest clientA")),
  mute: () => inOps(async () => {
    await send("/mute 1m clientA");
    await set("web2", "killed");
  }),
  away: () => inOps(async () => {
    await takeAway();
    await set("licence", "broken");
  }),
  stranger: () => as("stranger", () => {
    open(state.world.chats.find((chat) => chat.private));
    return send("/status");
  }),
  end: () => inOps(heal),
};

function inOps(action) {
  as("admin", () => {
    if (chatNow()?.language !== spoken()) open(opsChat(spoken()));
    return action();
  });
}

function as(role, action) {
  const person = state.world.people.find((one) => one.role === role);
  if (person.id === state.me) {
    action();
    return;
  }
  waiting = action;
  become(person.id);
}

function draw() {
  const focused = document.activeElement?.dataset?.step;
  byId("tour").replaceChildren(...Object.keys(steps).map((name) => make("li", { className: done.has(name) ? "done" : "" },
    make("span", {}, t(`step_${name}`)),
    make("button", { type: "button", data: { step: name }, "aria-label": `${t("do")}: ${t(`step_${name}`)}`, on: { click: () => run(name) } },
      t(done.has(name) ? "again" : "do")))));
  if (focused) byId("tour").querySelector(`[data-step="${focused}"]`)?.focus();
}

function run(name) {
  if (!state.ready) return;
  done.add(name);
  show("chat");
  steps[name]();
  draw();
}

let language = "";
listen((what) => {
  if (waiting && state.ready && what === "view") {
    const action = waiting;
    waiting = null;
    action();
  }
  if (document.documentElement.lang !== language) draw();
  language = document.documentElement.lang;
});
