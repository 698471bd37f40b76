package report_test

import (
	"fmt"
	"testing"

	"opsbot/model"
)

// BenchmarkWebTest renders the report of a test of 20,000 endpoints, of which a tenth fails.
func BenchmarkWebTest(b *testing.B) {
	test := &model.WebTest{All: true, At: at}
	for i := range 2000 {
		c := rows(fmt.Sprint("customer", i), four[:2], map[string]string{"w1": "..", "w2": "..", "w3": "..", "w4": "..", "w5": "xx"}, "w1", "w2", "w3", "w4", "w5")
		if i%2 == 0 {
			c = rows(fmt.Sprint("customer", i), four[:2], map[string]string{"w1": "..", "w2": "..", "w3": "..", "w4": "..", "w5": ".."}, "w1", "w2", "w3", "w4", "w5")
		}
		test.Clients, test.Failed = append(test.Clients, c), test.Failed+c.Failed
	}
	w := writer(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.WebTest("ru", test); err != nil {
			b.Fatal(err)
		}
	}
}
