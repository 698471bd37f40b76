// Package golden compares what a test made with a file in the tree, and writes the file with -update. Only tests may import it.
package golden

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew: look at what has changed")

// Updating reports whether what is made is to be written into the tree.
func Updating() bool { return *update }

// Compare compares text with a file. With -update it writes the file first.
func Compare(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		if old, err := os.ReadFile(path); err != nil || string(old) != got {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // for everybody to read
				t.Fatal(err)
			}
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}
