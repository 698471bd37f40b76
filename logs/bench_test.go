package logs_test

import (
	"testing"
	"time"

	"opsbot/model"
)

// BenchmarkExcerpt is the cost of 4 MB of an access log: reading, redacting, grouping.
func BenchmarkExcerpt(b *testing.B) {
	p := &place{T: &testing.T{}, local: true, dir: b.TempDir()}
	text := lines(65_000, now, 0)
	p.put("access.log", text, now)
	r := p.reader(p.files())
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		got := r.Excerpts(b.Context(), fleet(), []model.LogQuestion{{Host: "web1", From: now.Add(-24 * time.Hour)}})
		if got[0].Matched == 0 {
			b.Fatal(got[0])
		}
	}
}
