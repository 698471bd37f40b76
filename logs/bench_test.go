package logs_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/model"
)

// BenchmarkExcerpt is the cost of 4 MB of a log of each kind: reading, understanding, redacting, grouping.
func BenchmarkExcerpt(b *testing.B) {
	for name, line := range map[string]string{
		"access": `10.0.0.9 - - [10/Oct/2026:13:59:59 +0000] "GET /n/17 HTTP/1.1" 200 5` + "\n",
		"docker": `{"log":"2026-10-10 13:59:59,123 ERROR cannot save order 17: connection refused\n","stream":"stderr","time":"2026-10-10T13:59:59.123456789Z"}` + "\n",
		"java":   "2026-10-10 13:59:59,123 INFO  [http-nio-8080-exec-1] com.example.Shop - order 17 saved in 12 ms\n",
		"syslog": "Oct 10 13:59:59 web1 sshd[12]: Failed password for root from 10.0.0.9 port 22 ssh2\n",
		"logfmt": `time="2026-10-10T13:59:59Z" level=error msg="cannot write" component=store try=17` + "\n",
		"json":   `{"level":"error","ts":"2026-10-10T13:59:59.123Z","caller":"shop/main.go:12","msg":"cannot save","error":"disk is full","order":17}` + "\n",
	} {
		b.Run(name, func(b *testing.B) {
			p := &place{T: &testing.T{}, local: true, dir: b.TempDir()}
			text := strings.Repeat(line, (4<<20)/len(line))
			p.put("access.log", text, now)
			r := p.reader(p.files())
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				got := r.Excerpts(b.Context(), fleet(), []model.LogQuestion{{Host: "web1", From: now.Add(-24 * time.Hour)}})
				if got[0].Matched == 0 {
					b.Fatal(got[0])
				}
			}
		})
	}
}
