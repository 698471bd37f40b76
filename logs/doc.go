// Package logs reads the logs of hosts: files, units of the journal, output of fixed commands, over SSH or on this machine.
//
// It reads from the end, in bounded time and memory, and returns excerpts: the newest lines of a span, and groups of lines
// that are equal except for numbers, ids and addresses. Secrets are redacted from the lines before anything else is done
// with them, so that neither a group, nor a search, nor an error reveals one. It must not know chats, nor who asks.
package logs
