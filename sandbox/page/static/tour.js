// The guided tour: each step says what to see, and can be done by a press.

import { become, show } from "./app.js";
import { send } from "./composer.js";
import { byId, make } from "./dom.js";
import { heal, set, takeAway } from "./fleet.js";
import { setPhone } from "./phones.js";
import { chatNow, listen, open, opsChat, state } from "./state.js";
import { spoken, t } from "./texts.js";

const done = new Set();
let waiting = null; // what to do once the person's world has come

const shared = {
  stranger: () => as("stranger", () => {
    open(state.world.chats.find((chat) => chat.private));
    return send("/status");
  }),
  end: () => inOps(heal),
};

// One tour for each world; a step's words are step_<name>.
const tours = {
  hosting: {
    kill: () => inOps(() => set("web1", "killed")),
    logs: () => inOps(() => send("/logs web1")),
    heal: () => inOps(() => set("web1", "ok")),
    test: () => inOps(() => send("/webtest clientA")),
    chart: () => inOps(async () => {
      await send("/chart clientA 1h");
      await send("/report clientA");
    }),
    storm: () => inOps(() => set("icinga", "storm")),
    calm: () => inOps(() => set("icinga", "ok")),
    mute: () => inOps(async () => {
      await send("/mute 1m clientA");
      await set("web2", "killed");
    }),
    away: () => inOps(async () => {
      await takeAway();
      await set("licence", "broken");
    }),
    page: () => inOps(async () => {
      await heal();
      await setPhone("Anna", { sleeps: true });
      await set("main-db", "killed");
    }),
    night: () => as("operator", () => {
      open(opsChat("ru"));
      return set("web2", "killed");
    }),
    ...shared,
  },
  "site-monitor": {
    site_licence: () => inOps(() => set("licence", "broken")),
    site_renew: () => inOps(() => set("licence", "ok")),
    site_db: () => inOps(() => set("main-db", "killed")),
    site_terminal: () => inOps(() => set("cash desk 1", "killed")),
    site_disk: () => inOps(() => set("disk", "full")),
    site_status: () => inOps(() => send("/status")),
    ...shared,
  },
  "web-fleet": {
    fleet_test: () => inOps(() => send("/webtest all")),
    fleet_host: () => inOps(async () => {
      await set("127.0.77.1", "killed");
      await send("/webtest customer1");
    }),
    fleet_service: () => inOps(async () => {
      await set("store", "503");
      await send("/webtest customer1");
    }),
    fleet_share: () => inOps(async () => {
      await heal();
      await set("127.0.77.3", "part");
      await send("/webtest customer2");
    }),
    ...shared,
  },
};

const steps = () => tours[state.world?.tour] ?? {};

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
  byId("tour").replaceChildren(...Object.keys(steps()).map((name) => make("li", { className: done.has(name) ? "done" : "" },
    make("span", {}, t(`step_${name}`)),
    make("button", { type: "button", data: { step: name }, "aria-label": `${t("do")}: ${t(`step_${name}`)}`, on: { click: () => run(name) } },
      t(done.has(name) ? "again" : "do")))));
  if (focused) byId("tour").querySelector(`[data-step="${focused}"]`)?.focus();
}

function run(name) {
  if (!state.ready) return;
  done.add(name);
  show("chat");
  steps()[name]();
  draw();
}

let drawn = "";
listen((what) => {
  if (waiting && state.ready && what === "view") {
    const action = waiting;
    waiting = null;
    action();
  }
  const now = `${document.documentElement.lang} ${state.world?.tour}`;
  if (now !== drawn) draw();
  drawn = now;
});
