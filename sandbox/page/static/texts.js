// What the page itself says, in both languages. What the bot says comes from the bot.

const texts = {
  en: {
    skip: "Skip to the message field", sandbox: "sandbox", you_are: "You are", language: "Language", chats: "Chats",
    conversation: "Conversation", topics: "Topics", messages: "Messages", commands: "Commands", write: "Message",
    send: "Send", reply: "Reply", no_reply: "Do not reply", close: "Close", parts: "Parts of the page",
    tab_chat: "Chat", tab_fleet: "Fleet", tab_tour: "Tour", tour: "Two-minute tour", fleet: "Fleet",
    live: "live", connecting: "connecting…", lost: "not connected",
    admin: "admin", viewer: "viewer", stranger: "stranger", bot: "bot", private_sub: "private chat with the bot",
    group_sub: "group", general: "General", nothing: "No messages yet. Send /help to the bot.",
    edited: "edited", silent: "without a sound", forwarded: "Forwarded", pinned: "pinned", save: "Save",
    gone_reply: "Message", typing: "opsbot is typing…", unread: "{n} unread",
    ok: "OK", killed: "Kill", 503: "503", hang: "Hang", slow: "Slow", broken: "Expire",
    no: "No", part: "Part", full: "Fill",
    is_no: "answers no", is_part: "one of its services answers 503", is_full: "has no room left",
    is_ok: "works", is_killed: "refuses connections", is_503: "answers 503", is_hang: "hangs",
    is_slow: "answers after 2 s", is_broken: "the licence has expired",
    heal: "Heal everything", away: "Take Telegram away for 30 s", back: "Telegram is away: {n} s. Bring it back",
    alone: "Stand-alone", gold: "gold", also: "also {name}", set: "{name}: {mode}",
    do: "Do it", again: "Again",
    step_kill: "Kill web1. Within 10 s one card tells what is down and who feels it.",
    step_logs: "What did its logs say? The card says the most of it; /logs web1 says all.",
    step_heal: "Heal web1. The card is edited, and its end is told.",
    step_test: "Ask for a live test: /webtest clientA.",
    step_chart: "How was it, and what does the client read? /chart clientA, /report clientA.",
    step_mute: "/mute 1m clientA, then kill web2: nobody is woken; the mute's end says what still stands.",
    step_away: "Take Telegram away, expire the licence: the alert waits for it.",
    step_stranger: "Become a stranger and ask for /status.",
    step_end: "Heal everything, be the admin again.",
    services: "Services, on all hosts", terminals: "Terminals", monitors: "Monitoring",
    storm: "Storm", is_storm: "reports that hosts are down", monitor_killed: "Away", monitor_is_killed: "does not answer",
    monitor_is_ok: "says that all is well", note_reports: "reports {hosts}", note_acked: "acknowledged by {by}: {hosts}",
    note_downtime: "downtime until {until}, by {by}: {hosts}", note_silence: "silence until {until}, by {by}: {hosts}",
    mailbox: "Mailbox", no_subject: "(no subject)",
    step_storm: "Icinga storm: a rack falls. In seconds one card says which clients feel it, and what to do.",
    step_calm: "End it. The card says what works again.",
    step_site_licence: "Let the licence expire. It is told once, in the site's own words.",
    step_site_renew: "Renew it: it works again, and waits until somebody presses Re-arm.",
    step_site_db: "Take the database away. Only the third failure in a row is told.",
    step_site_terminal: "Switch one of three terminals off: the message names it.",
    step_site_disk: "Fill the disk.",
    step_site_status: "Ask how things stand: /status.",
    step_fleet_test: "Test all services of all customers now: /webtest all.",
    step_fleet_host: "Switch a server off, test its customer: a host on which all fails is set aside.",
    step_fleet_service: "Break the store everywhere, test again: now a service is down too.",
    step_fleet_share: "Heal, break one service of the server that two customers share: test the second one.",
  },
  ru: {
    skip: "К полю сообщения", sandbox: "песочница", you_are: "Вы", language: "Язык", chats: "Чаты",
    conversation: "Переписка", topics: "Темы", messages: "Сообщения", commands: "Команды", write: "Сообщение",
    send: "Отправить", reply: "Ответить", no_reply: "Не отвечать", close: "Закрыть", parts: "Части страницы",
    tab_chat: "Чат", tab_fleet: "Серверы", tab_tour: "Обзор", tour: "Обзор за две минуты", fleet: "Серверы",
    live: "на связи", connecting: "соединение…", lost: "нет связи",
    admin: "админ", viewer: "зритель", stranger: "чужой", bot: "бот", private_sub: "личный чат с ботом",
    group_sub: "группа", general: "Общее", nothing: "Сообщений пока нет. Отправьте боту /help.",
    edited: "изменено", silent: "без звука", forwarded: "Переслано", pinned: "закреплено", save: "Сохранить",
    gone_reply: "Сообщение", typing: "opsbot печатает…", unread: "непрочитанных: {n}",
    ok: "ОК", killed: "Убить", 503: "503", hang: "Завис", slow: "Тормоз", broken: "Истекла",
    no: "Нет", part: "Часть", full: "Полон",
    is_no: "отвечает «нет»", is_part: "один из сервисов отвечает 503", is_full: "нет места",
    is_ok: "работает", is_killed: "отвергает соединения", is_503: "отвечает 503", is_hang: "висит",
    is_slow: "отвечает через 2 с", is_broken: "лицензия истекла",
    heal: "Починить всё", away: "Убрать Telegram на 30 с", back: "Telegram недоступен: {n} с. Вернуть",
    alone: "Отдельные проверки", gold: "gold", also: "ещё {name}", set: "{name}: {mode}",
    do: "Сделать", again: "Ещё раз",
    step_kill: "Убейте web1. За 10 с придёт одна карточка: что упало и кого это касается.",
    step_logs: "Что в его логах? Главное уже на карточке; /logs web1 покажет всё.",
    step_heal: "Почините web1. Карточка изменится, и о конце сообщат.",
    step_test: "Запросите живую проверку: /webtest clientA.",
    step_chart: "Как было, и что прочтёт клиент? /chart clientA, /report clientA.",
    step_mute: "/mute 1m clientA, затем убейте web2: никого не разбудят, а в конце скажут, что ещё не работает.",
    step_away: "Уберите Telegram, дайте лицензии истечь: тревога его подождёт.",
    step_stranger: "Станьте чужим и запросите /status.",
    step_end: "Почините всё и снова станьте админом.",
    services: "Сервисы, на всех серверах", terminals: "Терминалы", monitors: "Мониторинг",
    storm: "Шторм", is_storm: "сообщает, что хосты лежат", monitor_killed: "Молчит", monitor_is_killed: "не отвечает",
    monitor_is_ok: "говорит, что всё в порядке", note_reports: "сообщает: {hosts}", note_acked: "подтверждено, {by}: {hosts}",
    note_downtime: "обслуживание до {until}, {by}: {hosts}", note_silence: "тишина до {until}, {by}: {hosts}",
    mailbox: "Почта", no_subject: "(без темы)",
    step_storm: "Шторм Icinga: падает стойка. Через секунды одна карточка скажет, каких клиентов это касается и что делать.",
    step_calm: "Прекратите его. Карточка скажет, что снова работает.",
    step_site_licence: "Дайте лицензии истечь. Об этом скажут один раз, словами самого объекта.",
    step_site_renew: "Продлите её: снова работает, но ждёт, пока кто-нибудь не нажмёт «Взвести».",
    step_site_db: "Уберите базу. Сообщат только о третьем сбое подряд.",
    step_site_terminal: "Выключите один из трёх терминалов: сообщение его назовёт.",
    step_site_disk: "Заполните диск.",
    step_site_status: "Спросите, как дела: /status.",
    step_fleet_test: "Проверьте все сервисы всех клиентов: /webtest all.",
    step_fleet_host: "Выключите сервер, проверьте клиента: хост, где не работает всё, выносится отдельно.",
    step_fleet_service: "Сломайте store везде, проверьте снова: теперь не работает и сервис.",
    step_fleet_share: "Почините, сломайте один сервис общего сервера двух клиентов: проверьте второго.",
  },
};

let language = "en";

/** speak sets the language, and every text of the page's frame. */
export function speak(to) {
  language = texts[to] ? to : "en";
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
  for (const element of document.querySelectorAll("[data-t-placeholder]")) element.placeholder = t(element.dataset.tPlaceholder);
}

export const spoken = () => language;

/** t is a text by its name, with its {places} filled in. */
export function t(name, values = {}) {
  return texts[language][name].replace(/\{(\w+)\}/g, (_, place) => values[place]);
}

export const timeOf = (ms) => new Date(ms).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export function sizeOf(bytes) {
  const [n, unit] = bytes < 1024 ? [bytes, "byte"] : bytes < 1 << 20 ? [bytes / 1024, "kilobyte"] : [bytes / (1 << 20), "megabyte"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(n);
}
