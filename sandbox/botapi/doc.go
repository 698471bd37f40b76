// Package botapi is a Bot API server on loopback: a bot uses it over HTTP, people act by method calls. It follows the
// real server's rules (updates, lengths, HTML, rate limits, expiry) on a clock that tests can move, fails on demand,
// and keeps a journal of calls that tests can wait for.
//
// It is the test bench of Telegram code and the backend of the sandbox's chat page. It must not know the product: only
// the Bot API as documented at https://core.telegram.org/bots/api.
package botapi
