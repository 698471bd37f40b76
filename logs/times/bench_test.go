package times_test

import (
	"testing"

	"opsbot/logs/times"
)

func BenchmarkFind(b *testing.B) {
	r := times.Reader{Now: now}
	for name, line := range map[string]string{
		"access": `10.0.0.9 - - [30/Nov/2026:07:29:22 +0000] "GET /x HTTP/1.1" 200 157 "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"`,
		"iso":    `2026-11-30T07:29:22.123Z INFO something happened to something else`,
		"syslog": `Nov 30 07:29:22 web1 sshd[12]: Failed password for root from 10.0.0.1 port 22 ssh2`,
		"none":   `    at com.example.Main(Main.java:5)`,
		"words":  `Something happened to something else, and it took 15 ms`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r.Find(line)
			}
		})
	}
}
