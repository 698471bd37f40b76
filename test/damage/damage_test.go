package damage_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"opsbot/test/damage"
)

// TestSome: what comes out is damaged, not empty, and a copy.
func TestSome(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	good := []byte("key = [\"value\", 1]\n")
	same, shorter, longer := 0, 0, 0
	for range 1000 {
		data := bytes.Clone(good)
		bad := damage.Some(random, data)
		if !bytes.Equal(data, good) || len(bad) == 0 {
			t.Fatalf("%q became %q, and the original %q", good, bad, data)
		}
		switch {
		case bytes.Equal(bad, good):
			same++
		case len(bad) < len(good):
			shorter++
		case len(bad) > len(good):
			longer++
		}
	}
	if same > 50 || shorter < 200 || longer < 100 {
		t.Errorf("of 1000: %d as they were, %d shorter, %d longer", same, shorter, longer)
	}
	if got := damage.Some(random, nil); len(got) == 0 {
		t.Error("nothing of nothing")
	}
}
