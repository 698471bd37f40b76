// Package logs reads the logs of hosts: files, units of the journal, answers of fixed commands, over SSH or on this machine.
//
// It reads from the end, in bounded time and memory, and hands out excerpts: the newest lines of a span, and what they come
// to when numbers, ids and addresses are folded. Secrets are taken out of the lines before anything else is done with them,
// so that neither a group, nor a search, nor an error shows one. It must not know chats, nor who asks.
package logs
