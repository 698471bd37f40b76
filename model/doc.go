// Package model holds the nouns and the pure rules of the business: clients, services, hosts,
// endpoints, checks, results, verdicts, incidents, mutes, notifications, and who may do what.
//
// It gives every room of the house one language to speak. It must not know anything but the standard
// library: no Telegram, no SQL, no HTTP client, no clock of its own (rules take the time as an argument).
package model
