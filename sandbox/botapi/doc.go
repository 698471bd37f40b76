// Package botapi is a Bot API server on loopback: what a bot does over HTTP, people do by method calls. It keeps the
// real server's rules (updates, lengths, HTML, rate limits, expiry) on a clock that tests can move, fails on demand,
// and keeps a journal of calls that can be waited for.
//
// It gives tests a bench and the sandbox's chat page its chats. It must not know the product: only the Bot API as
// documented at https://core.telegram.org/bots/api.
package botapi
