// Package ssh reaches other machines over SSH: keys and agent, pinned host keys, jump hosts, ssh_config, reused
// connections, commands with bounded output.
//
// A host key is never trusted on first use: one that is not in known_hosts is refused, and so is one that differs.
// Arguments for a remote shell are quoted by one function, Quote. It must not know what the commands are for, nor any other
// package: it is a leaf that checks and logs share.
package ssh
