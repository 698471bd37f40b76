// The mailbox: what was mailed, to whom, and what came with it.

import { byId, make } from "./dom.js";
import { listen, state } from "./state.js";
import { t, timeOf } from "./texts.js";

let drawn = "";

listen((what) => {
  if (what !== "world" || !state.world) return;
  const mails = state.world.mails ?? [];
  const now = JSON.stringify([document.documentElement.lang, mails]);
  if (now === drawn) return;
  drawn = now;
  byId("mailbox").hidden = mails.length === 0;
  byId("mails").replaceChildren(...mails.map(mail));
});

function mail({ id, at, to, subject, files }) {
  const saved = (files ?? []).map((name, n) => make("a", { href: `api/mails/${id}/files/${n}`, download: name, className: "mail-file" }, name));
  return make("li", { data: { mail: id } },
    make("a", { href: `api/mails/${id}`, target: "_blank", rel: "noopener" }, subject || t("no_subject")),
    make("small", {}, `${timeOf(at)} · ${to}`),
    ...saved);
}
