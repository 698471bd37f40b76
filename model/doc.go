// Package model holds the nouns and the pure rules of the business: clients, services, hosts, endpoints, checks,
// results, verdicts, incidents, mutes, notifications, and who may do what.
//
// It is the common language of all packages. It must not know anything but the standard library: no Telegram, no SQL,
// no HTTP client, no clock of its own (rules take the time as an argument).
package model
