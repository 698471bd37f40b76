// Short words that come up and go: answers to presses, and what the server refused.

import { byId, make } from "./dom.js";

const stays = 4000; // ms

export function toast(text, alert = false) {
  if (!text) return;
  if (alert) {
    byId("alert").querySelector("p").textContent = text;
    if (!byId("alert").open) byId("alert").showModal();
    return;
  }
  const box = make("p", { className: "toast" }, text);
  byId("toasts").append(box);
  setTimeout(() => box.remove(), stays);
}

/** attempt shows why an action was refused. */
export const attempt = (promise) => promise.catch(({ message }) => toast(message));
