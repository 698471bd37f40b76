// The phones of those who are on call: whether they ring, and whether anybody hears it.

import { byId, make, post } from "./dom.js";
import { listen, state } from "./state.js";
import { t } from "./texts.js";
import { attempt, toast } from "./toast.js";

let drawn = "";
const rung = new Map(); // by name: the last call that was seen

listen((what) => {
  if (what !== "world" || !state.world) return;
  const phones = state.world.phones ?? [];
  for (const phone of phones) noticeRinging(phone);
  const now = JSON.stringify([document.documentElement.lang, phones]);
  if (now === drawn) return;
  drawn = now;
  byId("phones-part").hidden = phones.length === 0;
  const focused = document.activeElement?.dataset?.phone;
  byId("phones").replaceChildren(...phones.map(row));
  if (focused) byId("phones").querySelector(`[data-phone="${focused}"]`)?.focus();
});

/** noticeRinging says once that a phone rings: who looks at the chat would not hear it. */
function noticeRinging({ name, call }) {
  if (call?.state === "ringing" && rung.get(name) !== call.id) toast(t("phone_rings", { name }));
  rung.set(name, call?.id);
}

function row(phone) {
  const { name, call } = phone;
  const ringing = call?.state === "ringing";
  return make("div", { className: "target phone", data: { phoneOf: name, mode: "ok", call: call?.state ?? "" }, role: "group", "aria-label": name },
    make("span", { className: "lamp" }),
    make("span", { className: "target-name" }, make("b", {}, `📱 ${name}`), make("small", {}, t(`call_${call?.state ?? "none"}`))),
    make("span", { className: "segments" }, toggle(phone, "sleeps"), toggle(phone, "no_signal")),
    ringing ? make("p", { className: "call" }, call.text.split("\n").slice(0, 2).join(" · ")) : null,
    ringing ? make("button", { type: "button", className: "press", data: { phone: `${name} press` }, on: { click: () => attempt(post("calls", { name })) } }, t("press_1")) : null);
}

function toggle(phone, what) {
  const { name, sleeps, no_signal } = phone;
  return make("button", {
    type: "button", data: { phone: `${name} ${what}` }, "aria-pressed": phone[what], "aria-label": `${name}: ${t(what)}`,
    on: { click: () => setPhone(name, { sleeps, no_signal, [what]: !phone[what] }) },
  }, t(what));
}

/** setPhone has somebody sleep, or be without signal. */
export const setPhone = (name, { sleeps = false, no_signal = false }) => attempt(post("phones", { name, sleeps, no_signal }));
