//go:build integration

package store_test

import (
	"math/rand/v2"
	"testing"
)

func TestIntegration100KilledBackups(t *testing.T) {
	killBackups(t, 100, rand.New(rand.NewPCG(5, 6)))
}

func TestIntegration100KilledRestores(t *testing.T) {
	killRestores(t, 100, rand.New(rand.NewPCG(7, 8)))
}
