// What the page knows, who the visitor is and where they look. Parts of the page read it and ask for changes here.

const listeners = [];

export const state = {
  world: null, // the last "world" event
  me: 0, // the person; 0 until the server has said whom there is
  chat: 0,
  messages: new Map(), // chat -> Map(id -> message)
  replyTo: 0,
  live: "connecting",
  ready: false, // all that was there before has arrived
};
const topics = new Map(); // chat -> the topic that is looked at
const seen = new Map(); // "me/chat/topic" -> the last message that was looked at

/** listen calls back with what changed: "world", "message" (and which), "view", "live". */
export const listen = (listener) => listeners.push(listener);
export const tell = (what, detail) => listeners.forEach((listener) => listener(what, detail));

export const chatNow = () => state.world?.chats.find(({ id }) => id === state.chat);
export const opsChat = (language) => state.world?.chats.find((chat) => chat.language === language);
export const messagesOf = (chat) => state.messages.get(chat) ?? new Map();

/** topicOf is the topic looked at in a chat: alerts come to the first one, so that is where to begin. */
export function topicOf(chat) {
  if (!topics.has(chat.id)) topics.set(chat.id, chat.topics?.[0]?.id ?? 0);
  return topics.get(chat.id);
}

/** open turns to a chat and, if given, a topic. */
export function open(chat, topic) {
  state.chat = chat.id;
  state.replyTo = 0;
  if (topic !== undefined) topics.set(chat.id, topic);
  see();
  tell("view");
}

const place = (chat, topic) => `${state.me}/${chat}/${topic}`;

/** see marks what is looked at as read. */
export function see() {
  const chat = chatNow();
  if (!chat || document.hidden || !document.getElementById("log").checkVisibility()) return;
  const topic = topicOf(chat);
  for (const message of messagesOf(chat.id).values()) {
    if (message.topic === topic) seen.set(place(chat.id, topic), Math.max(message.id, seen.get(place(chat.id, topic)) ?? 0));
  }
}

/** seeAll marks everything as read that has no mark yet: what was there before the visitor came. */
export function seeAll() {
  for (const chat of state.world.chats) {
    for (const topic of [0, ...(chat.topics ?? []).map(({ id }) => id)]) {
      if (seen.has(place(chat.id, topic))) continue;
      const ids = [...messagesOf(chat.id).values()].filter((message) => message.topic === topic).map(({ id }) => id);
      seen.set(place(chat.id, topic), Math.max(0, ...ids));
    }
  }
}

/** unread counts messages of others that were not looked at, in one topic or, without one, in the whole chat. */
export function unread(chat, topic) {
  let count = 0;
  for (const message of messagesOf(chat).values()) {
    if (topic !== undefined && message.topic !== topic) continue;
    if (message.from !== state.me && message.id > (seen.get(place(chat, message.topic)) ?? 0)) count++;
  }
  return count;
}
