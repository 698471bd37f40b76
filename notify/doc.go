// Package notify is the dispatcher of the outbox: it delivers every notification to its destination, in order per
// destination, retrying until it is accepted, and marks what may have arrived twice. Its subfolders are channels.
//
// It must not know how incidents are made, the wording of a notification, or SQL.
package notify
