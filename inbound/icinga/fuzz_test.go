package icinga

import (
	"bytes"
	"os"
	"testing"
	"time"

	"opsbot/inbound/payload"
)

// TestOddMessagesOfTheStream: a field of another type costs neither its message nor those behind it.
func TestOddMessagesOfTheStream(t *testing.T) {
	const stream = `{"type":"StateChange","host":"a","state":1,"state_type":1,"timestamp":"n/a","check_result":{"output":5}}
		{"type":"StateChange","host":"b","state":1,"state_type":1}`
	var odd payload.Collector
	b := &bells{rung: map[string]*bell{}, wake: make(chan struct{}, 1)}
	err := read(bytes.NewReader([]byte(stream)), &odd, b.ring)
	if rung := b.taken(); len(rung) != 2 || err == nil || err.Error() != "the stream has ended" || payload.Count(odd.Take(), payload.Unreadable) != 1 {
		t.Errorf("%d rung, %v", len(rung), err)
	}
}

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
		var odd payload.Collector
		b := &bells{rung: map[string]*bell{}, wake: make(chan struct{}, 1)}
		if err := read(bytes.NewReader(stream), &odd, b.ring); err == nil {
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
