// Package telegram is all that speaks the Bot API: the transport that keeps the token secret, the poll loop, and
// the sender with its limits. It gives the chat's room two small things: Incoming, which a Handler is handed, and
// Sender, which takes an Outgoing.
//
// It must not know commands, rights, cards, checks, the database or the config: who may do what is the Handler's
// business, what must be remembered goes through Journal. telebot.v3 does the calls; none of its types leave here.
package telegram
