// The texts of the page itself, in both languages. Texts of the bot come from the bot.

const texts = {
  en: {
    skip: "Skip to the message field", sandbox: "sandbox", you_are: "You are", language: "Language", chats: "Chats",
    conversation: "Conversation", topics: "Topics", messages: "Messages", commands: "Commands", write: "Message",
    send: "Send", reply: "Reply", no_reply: "Do not reply", close: "Close", parts: "Sections",
    tab_chat: "Chat", tab_fleet: "Fleet", tab_tour: "Tour", tour: "Two-minute tour", fleet: "Fleet",
    live: "live", connecting: "connecting…", lost: "connection lost",
    admin: "admin", operator: "operator", viewer: "viewer", stranger: "stranger", bot: "bot", private_sub: "private chat with the bot",
    group_sub: "group", general: "General", nothing: "No messages yet. Send /help to the bot.",
    edited: "edited", silent: "silent", forwarded: "Forwarded", pinned: "pinned", pinned_message: "Pinned", save: "Save",
    gone_reply: "Message", typing: "opsbot is typing…", unread: "{n} unread",
    ok: "OK", killed: "Down", 503: "503", hang: "Hang", slow: "Slow", broken: "Expire",
    no: "Fail", part: "Part", full: "Fill",
    is_no: "check condition fails", is_part: "one of its services answers 503", is_full: "disk is full",
    is_ok: "ok", is_killed: "refuses connections", is_503: "answers 503", is_hang: "does not answer",
    is_slow: "answers after 2 s", is_broken: "licence expired",
    heal: "Fix everything", away: "Cut off Telegram for 30 s", back: "Telegram is cut off for {n} s. Restore it",
    leads: "{name} leads", no_leader: "Nobody leads at the moment", kill_leader: "Kill the leader", stop_leader: "Stop the leader",
    alone: "Standalone checks", gold: "gold", also: "also {name}", set: "{name}: {mode}",
    do: "Run", again: "Run again",
    step_kill: "Shut down web1. Within 10 s one card shows what is down and which clients are affected.",
    step_logs: "See its logs. The card shows a summary; /logs web1 shows everything.",
    step_heal: "Start web1 again. The card is updated and you are notified that it works again.",
    step_test: "Test a client live: /webtest clientA.",
    step_chart: "See past availability and the client's report: /chart clientA, /report clientA.",
    step_mute: "Send /mute 1m clientA, then shut down web2: no notification. When the mute ends, you get a list of open incidents.",
    step_away: "Cut off Telegram, then expire the licence: the alert is delivered when Telegram is back.",
    step_night: "Russian at 03:00: you are the operator on duty. web2 goes down; the Russian group gets the card. Tap the phone number, take it, mute it; the message pinned on top says who has it.",
    step_stranger: "Switch to a stranger and send /status.",
    step_end: "Fix everything and switch back to the admin.",
    services: "Services on all hosts", terminals: "Terminals", monitors: "Monitoring",
    storm: "Storm", is_storm: "reports hosts down", monitor_killed: "Stop", monitor_is_killed: "does not answer",
    monitor_is_ok: "reports no problems", note_reports: "reports {hosts}", note_acked: "acknowledged by {by}: {hosts}",
    note_downtime: "downtime until {until}, by {by}: {hosts}", note_silence: "silence until {until}, by {by}: {hosts}",
    phones: "Phones of those on call", sleeps: "Sleeps", no_signal: "No signal", press_1: "Answer and press 1", phone_rings: "📞 The phone of {name} rings",
    call_none: "has not rung", call_ringing: "rings…", call_answered: "answered, 1 was pressed", call_missed: "rang, nobody answered", call_failed: "could not be called",
    step_page: "Somebody is woken: Anna is on call and sleeps, main-db goes down. She gets a private message, a mention and a call; after 30 s (minutes, in a real policy) Olga does, and takes it by phone. The card says who has it.",
    mailbox: "Mailbox", no_subject: "(no subject)",
    step_storm: "Icinga storm: a rack goes down. Within seconds one card shows which clients are affected and what to do.",
    step_calm: "End the storm. The card shows what works again.",
    step_site_licence: "Expire the licence. You get one alert, with the site's own text.",
    step_site_renew: "Renew it: it works again, but stays latched until somebody presses Reset.",
    step_site_db: "Stop the database. The alert comes after the third failure in a row.",
    step_site_terminal: "Switch off one of three terminals: the message names it.",
    step_site_disk: "Fill the disk.",
    step_site_status: "See the current status: /status.",
    step_fleet_test: "Test all services of all clients: /webtest all.",
    step_fleet_host: "Shut down a server, then test its client: a host with all services failing is listed separately.",
    step_fleet_service: "Break the store on all hosts, then test again: now a service is down as well.",
    step_fleet_share: "Fix everything, break one service on the server two clients share, then test the second client.",
  },
  ru: {
    skip: "К полю сообщения", sandbox: "песочница", you_are: "Вы", language: "Язык", chats: "Чаты",
    conversation: "Переписка", topics: "Темы", messages: "Сообщения", commands: "Команды", write: "Сообщение",
    send: "Отправить", reply: "Ответить", no_reply: "Не отвечать", close: "Закрыть", parts: "Разделы",
    tab_chat: "Чат", tab_fleet: "Серверы", tab_tour: "Обзор", tour: "Обзор за две минуты", fleet: "Серверы",
    live: "на связи", connecting: "соединение…", lost: "связь потеряна",
    admin: "админ", operator: "оператор", viewer: "зритель", stranger: "гость", bot: "бот", private_sub: "личный чат с ботом",
    group_sub: "группа", general: "Общее", nothing: "Сообщений пока нет. Отправьте боту /help.",
    edited: "изменено", silent: "без звука", forwarded: "Переслано", pinned: "закреплено", pinned_message: "Закреплено", save: "Сохранить",
    gone_reply: "Сообщение", typing: "opsbot печатает…", unread: "непрочитанных: {n}",
    ok: "ОК", killed: "Выкл.", 503: "503", hang: "Завис", slow: "Медл.", broken: "Истекла",
    no: "Сбой", part: "Часть", full: "Полон",
    is_no: "условие проверки не выполнено", is_part: "один из сервисов отвечает 503", is_full: "диск заполнен",
    is_ok: "в порядке", is_killed: "отклоняет соединения", is_503: "отвечает 503", is_hang: "не отвечает",
    is_slow: "отвечает через 2 с", is_broken: "лицензия истекла",
    heal: "Починить всё", away: "Отключить Telegram на 30 с", back: "Telegram отключён: {n} с. Включить",
    leads: "Ведущий: {name}", no_leader: "Сейчас ведущего нет", kill_leader: "Убить ведущего", stop_leader: "Остановить ведущего",
    alone: "Отдельные проверки", gold: "gold", also: "ещё {name}", set: "{name}: {mode}",
    do: "Выполнить", again: "Повторить",
    step_kill: "Выключите web1. За 10 с придёт одна карточка: что не работает и какие клиенты затронуты.",
    step_logs: "Посмотрите его журналы. Сводка уже на карточке, полностью — /logs web1.",
    step_heal: "Включите web1. Карточка обновится, и придёт уведомление, что он снова работает.",
    step_test: "Проверьте клиента прямо сейчас: /webtest clientA.",
    step_chart: "Посмотрите доступность и отчёт для клиента: /chart clientA, /report clientA.",
    step_mute: "Отправьте /mute 1m clientA и выключите web2: уведомления не будет. Когда мьют закончится, придёт список открытых инцидентов.",
    step_away: "Отключите Telegram, пусть истечёт лицензия: уведомление придёт, когда Telegram вернётся.",
    step_night: "Три часа ночи, вы дежурный оператор. Не работает web2: в группу «Дежурные» приходит карточка. Позвоните по номеру, возьмите в работу, отключите уведомления; закреплённое сообщение сверху показывает, кто этим занят.",
    step_stranger: "Переключитесь на гостя и отправьте /status.",
    step_end: "Почините всё и вернитесь к администратору.",
    services: "Сервисы на всех хостах", terminals: "Терминалы", monitors: "Мониторинг",
    storm: "Шторм", is_storm: "сообщает о недоступных хостах", monitor_killed: "Стоп", monitor_is_killed: "не отвечает",
    monitor_is_ok: "проблем нет", note_reports: "сообщает: {hosts}", note_acked: "подтверждено, {by}: {hosts}",
    note_downtime: "плановые работы до {until}, {by}: {hosts}", note_silence: "уведомления отключены до {until}, {by}: {hosts}",
    phones: "Телефоны дежурных", sleeps: "Спит", no_signal: "Нет сети", press_1: "Ответить и нажать 1", phone_rings: "📞 Звонит телефон: {name}",
    call_none: "не звонил", call_ringing: "звонит…", call_answered: "звонок принят, нажата 1", call_missed: "звонил, никто не ответил", call_failed: "не дозвониться",
    step_page: "Вызов дежурных: Anna дежурит и спит, main-db выключается. Ей приходят личное сообщение, упоминание и звонок; через 30 с (в жизни это минуты) то же получает Olga и берёт в работу с телефона. На карточке видно, кто занят.",
    mailbox: "Почта", no_subject: "(без темы)",
    step_storm: "Шторм Icinga: отключается стойка. Через секунды одна карточка покажет, какие клиенты затронуты и что делать.",
    step_calm: "Остановите шторм. Карточка покажет, что снова работает.",
    step_site_licence: "Пусть истечёт лицензия. Придёт одно уведомление с текстом, заданным для объекта.",
    step_site_renew: "Продлите её: она снова работает, но ждёт, пока кто-нибудь не нажмёт «Сбросить».",
    step_site_db: "Остановите базу данных. Уведомление придёт после третьего сбоя подряд.",
    step_site_terminal: "Выключите один из трёх терминалов: он будет назван в сообщении.",
    step_site_disk: "Заполните диск.",
    step_site_status: "Посмотрите текущее состояние: /status.",
    step_fleet_test: "Проверьте все сервисы всех клиентов: /webtest all.",
    step_fleet_host: "Выключите сервер и проверьте клиента: хост, на котором не работает ни один сервис, показан отдельно.",
    step_fleet_service: "Сломайте store на всех хостах и проверьте снова: теперь недоступен и сервис.",
    step_fleet_share: "Почините всё, сломайте один сервис на общем сервере двух клиентов и проверьте второго.",
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
