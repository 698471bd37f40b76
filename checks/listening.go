package checks

import (
	"net"
	"net/url"
	"strings"
)

// schemePorts are the ports of URLs without one.
var schemePorts = map[string]string{
	"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21", "ftps": "990", "ssh": "22", "sftp": "22", "ldap": "389", "ldaps": "636", "smtp": "25", "smtps": "465", "imap": "143", "imaps": "993",
	"redis": "6379", "rediss": "6379", "postgres": "5432", "postgresql": "5432", "mysql": "3306", "mongodb": "27017", "amqp": "5672", "amqps": "5671", "nats": "4222", "memcached": "11211", "mqtt": "1883", "mqtts": "8883",
	"clickhouse": "9000", "kafka": "9092", "elasticsearch": "9200",
}

// listening is an address as programs write where they listen, or where another one does: a URL, ":8080", "*:8080", or a host whose port
// stands elsewhere. port is that one, or "". alone: the port is not wanted.
func listening(text, port string, alone bool) string {
	host := text
	if u, err := url.Parse(text); err == nil && u.Host != "" { // whatever else is in it may be secret, and is not used
		host = u.Host
		if u.Port() == "" && port == "" {
			port = schemePorts[strings.ToLower(u.Scheme)]
		}
	}
	if name, own, err := net.SplitHostPort(host); err == nil {
		host = name
		if port == "" {
			port = own
		}
	}
	if host == "" || host == "*" { // all of this machine
		host = loopback
	}
	if bare, ok := bareHost(host); ok {
		host = bare
	}
	if port == "" || alone {
		return host
	}
	return net.JoinHostPort(host, port)
}
