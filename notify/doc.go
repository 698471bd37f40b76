// Package notify is the dispatcher of the outbox: it brings every telling to its destination, in order per destination,
// again and again until it is taken, and marks what may have arrived twice. Its subfolders are channels.
//
// It must not know how incidents are made, what a telling says, or SQL.
package notify
