// Package ssh reaches other machines over SSH: keys and agent, pinned host keys, jump hosts, ssh_config, connections that
// are used again, commands with a bounded answer.
//
// A host key is never taken on trust: one that known_hosts does not have is refused, and one that is not the one there too.
// What a shell is to see is quoted by one function, Quote. It must not know what the commands are for, nor any room of the
// house: it is a leaf that checks and logs share.
package ssh
