package icinga

import (
	"bytes"
	"os"
	"testing"
	"time"
)

// FuzzStream checks that no stream panics, names an empty object, or is read on after garbage.
func FuzzStream(f *testing.F) {
	recorded, err := os.ReadFile("testdata/stream.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(recorded)
	f.Add([]byte(`{"type":"StateChange","host":"a","state":1e300,"state_type":1,"check_result":null}`))
	f.Add([]byte(`{"host":{}}`))
	f.Fuzz(func(t *testing.T, stream []byte) {
		b := &bells{rung: map[string]*bell{}, wake: make(chan struct{}, 1)}
		if err := read(bytes.NewReader(stream), b.ring); err == nil {
			t.Error("a stream ends without an error")
		}
		for _, one := range b.taken() {
			if one.host == "" {
				t.Errorf("%+v", one)
			}
			o := object{Type: services.title, Attrs: attrs{Name: one.service, HostName: one.host, State: one.failed.State, StateType: 1, LastOK: one.recovered}}
			c := New(Options{Now: time.Now})
			if e, _ := c.active(&o, nil); len(e.Title) > maxTitle {
				t.Errorf("%+v", e)
			}
		}
	})
}
