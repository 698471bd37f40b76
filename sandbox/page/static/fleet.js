// The fleet and its switches.

import { byId, make, post } from "./dom.js";
import { listen, state } from "./state.js";
import { t, timeOf } from "./texts.js";
import { attempt } from "./toast.js";

const awaySeconds = 30;
let drawn = ""; // which targets there are, and the language
const rows = new Map(); // by target: its element, and what it shows

listen((what) => {
  if (what !== "world" || !state.world) return;
  const now = JSON.stringify([document.documentElement.lang, ...state.world.targets.map((target) => [target.name, groupOf(target)])]);
  if (now === drawn) redraw();
  else draw();
  drawn = now;
  drawAway();
  drawLeader();
});

function draw() {
  const groups = new Map();
  for (const target of [...state.world.targets].sort((a, b) => isMonitor(b) - isMonitor(a))) {
    const name = groupOf(target);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(target);
  }
  rows.clear();
  keepFocus(() => byId("targets").replaceChildren(...[...groups].map(([name, targets]) => make("section", { className: "client", "aria-label": name },
    make("h3", {}, name), ...targets.map((target) => rowOf(target).element)))));
}

/** redraw draws what has changed, and leaves alone what somebody may just be pressing. */
function redraw() {
  for (const target of state.world.targets) {
    const { element, shows } = rows.get(target.name);
    if (shows !== shownOf(target)) keepFocus(() => element.replaceWith(rowOf(target).element));
  }
}

function rowOf(target) {
  const drawn = { element: row(target), shows: shownOf(target) };
  rows.set(target.name, drawn);
  return drawn;
}

const shownOf = (target) => JSON.stringify([target, notes(target)]);

function keepFocus(change) {
  const focused = document.activeElement?.dataset;
  change();
  if (focused?.set) byId("targets").querySelector(`[data-target="${focused.of}"] [data-set="${focused.set}"]`)?.focus();
}

const isMonitor = (target) => target.kind === "monitor";

function groupOf(target) {
  if (isMonitor(target)) return t("monitors");
  if (target.kind === "service") return t("services");
  const group = target.clients?.[0] ?? t("alone");
  return group === "terminals" ? t("terminals") : group;
}

function row(target) {
  const word = (mode) => wordOf(target, mode);
  return make("div", { className: "target", data: { target: target.name, mode: target.mode }, role: "group", "aria-label": `${titleOf(target)}: ${t(word(`is_${target.mode}`))}` },
    make("span", { className: "lamp", title: t(word(`is_${target.mode}`)) }),
    make("span", { className: "target-name" }, make("b", {}, titleOf(target)), make("small", {}, factsOf(target))),
    make("span", { className: "segments" }, ...target.modes.map((mode) => make("button", {
      type: "button", data: { set: mode, of: target.name }, "aria-pressed": mode === target.mode,
      "aria-label": t("set", { name: titleOf(target), mode: t(word(`is_${mode}`)) }), on: { click: () => set(target.name, next(target, mode)) },
    }, t(word(mode))))),
    ...notesOf(target));
}

/** next is what a press on a mode sets: a storm that is on ends by a second press. */
const next = (target, mode) => (mode === "storm" && target.mode === "storm" ? "ok" : mode);

const titles = { icinga: "Icinga", prometheus: "Prometheus" };
const titleOf = ({ name }) => titles[name] ?? name;

/** wordOf is the name of a text about a mode: monitors have some of their own. */
const wordOf = (target, word) => (isMonitor(target) && ["killed", "is_killed", "is_ok"].includes(word) ? `monitor_${word}` : word);

function factsOf(target) {
  const reported = notes(target).find(isReport);
  if (target.mode === "storm" && reported) return noteText(reported);
  if (target.mode !== "ok" || isMonitor(target)) return t(wordOf(target, `is_${target.mode}`));
  const others = (target.clients ?? []).slice(1).map((name) => t("also", { name }));
  return [target.labels?.dc, target.labels?.rack, ...others].filter(Boolean).join(" · ") || (target.address === target.name ? "" : target.address);
}

/** notes are what stands at a monitor: what it reports, and what others did there. */
const notes = (target) => state.world.notes?.[target.name] ?? [];
const isReport = ({ what }) => what === "reports";
const noteText = ({ what, by, until, hosts }) => t(`note_${what}`, { by, until: until ? timeOf(until) : "", hosts: hosts.join(", ") });

function notesOf(target) {
  return notes(target).filter((note) => !isReport(note)).map((note) => make("p", { className: "note", data: { note: note.what } }, noteText(note)));
}

/** set changes how a target behaves. */
export const set = (name, mode) => attempt(post("targets", { name, mode }));

/** takeAway takes Telegram away for a while; heal mends everything. */
export const takeAway = () => attempt(post("telegram", { away: awaySeconds }));
export const heal = () => attempt(post("heal", {}));

function drawAway() {
  const left = Math.max(0, Math.ceil((state.world.away - Date.now()) / 1000));
  byId("away").textContent = state.world.away ? t("back", { n: left }) : t("away");
  byId("away").setAttribute("aria-pressed", state.world.away > 0);
}

/** drawLeader shows which of several opsbots leads. */
function drawLeader() {
  const { leader } = state.world;
  byId("cluster").hidden = leader === undefined;
  byId("leader").textContent = leader ? t("leads", { name: leader }) : t("no_leader");
  for (const id of ["kill", "stop"]) byId(id).disabled = !leader;
}

byId("kill").addEventListener("click", () => attempt(post("leader", { kill: true })));
byId("stop").addEventListener("click", () => attempt(post("leader", { kill: false })));
setInterval(() => state.world?.away && drawAway(), 500);
byId("heal").addEventListener("click", heal);
byId("away").addEventListener("click", () => (state.world?.away ? attempt(post("telegram", { away: 0 })) : takeAway()));
