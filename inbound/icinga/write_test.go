package icinga_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/inbound"
	"opsbot/model"
)

var note = inbound.Note{Author: "ivan", Comment: "looking", Until: clock().Add(time.Hour)}

func about(objects ...string) []model.Event {
	var out []model.Event
	for _, o := range objects {
		out = append(out, model.Event{Object: o})
	}
	return out
}

func TestAcknowledge(t *testing.T) {
	f := newFake(t)
	f.set("web1")
	f.set("web1!http")
	c := f.client()
	for _, object := range []string{"web1", "web1!http"} {
		if err := c.Acknowledge(t.Context(), about(object)[0], note); err != nil {
			t.Error(object, err)
		}
	}
	until := float64(note.Until.Unix())
	want := []map[string]any{
		{"action": "acknowledge-problem", "type": "Host", "hosts": []any{"web1"}, "author": "ivan", "comment": "looking", "expiry": until},
		{"action": "acknowledge-problem", "type": "Service", "services": []any{"web1!http"}, "author": "ivan", "comment": "looking", "expiry": until},
	}
	if diff := cmp.Diff(want, f.acts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.set("web1!http", "acknowledgement", 1)
	if err := c.Acknowledge(t.Context(), about("web1!http")[0], inbound.Note{}); err != nil {
		t.Errorf("it is so already: %v", err)
	}
	if last := f.acts[len(f.acts)-1]; last["author"] == "" || last["comment"] == "" || last["expiry"] != nil {
		t.Errorf("%v", last)
	}
}

func TestAcknowledgeThatCannotBe(t *testing.T) {
	f := newFake(t)
	f.set("web1")
	c := f.client()
	if r := why(t, c.Acknowledge(t.Context(), about("web9")[0], note)); r.Code != model.ReasonSourceDeclines || !strings.Contains(r.Args["said"], "web9") {
		t.Errorf("an object that is gone: %+v", r)
	}
	f.granted = []string{"status/query"}
	if r := why(t, c.Acknowledge(t.Context(), about("web1")[0], note)); r.Code != model.ReasonSourceRight || r.Args["right"] != "actions/acknowledge-problem" || r.Args["for"] != "ack" {
		t.Errorf("a right that is missing: %+v", r)
	}
	f.granted = all
	f.raw["/actions/acknowledge-problem"] = `{"results":[{"code":400,"status":"Acknowledgements require author and comment."}]}`
	if r := why(t, c.Acknowledge(t.Context(), about("web1")[0], note)); r.Code != model.ReasonSourceDeclines || !strings.Contains(r.Args["said"], "author") {
		t.Errorf("%+v", r)
	}
}

func TestUnacknowledge(t *testing.T) {
	f := newFake(t)
	f.set("web1", "state", 1, "acknowledgement", 1)
	f.set("web1!http", "state", 2)
	c := f.client()
	for _, object := range []string{"web1", "web1!http", "web9"} { // one without an acknowledgement, one that is gone: nothing to do
		if err := c.Unacknowledge(t.Context(), about(object)[0]); err != nil {
			t.Error(object, err)
		}
	}
	if f.objects["web1"]["acknowledgement"] != nil {
		t.Error("it is still acknowledged")
	}
	want := []map[string]any{
		{"action": "remove-acknowledgement", "type": "Host", "hosts": []any{"web1"}, "author": "opsbot"},
		{"action": "remove-acknowledgement", "type": "Service", "services": []any{"web1!http"}, "author": "opsbot"},
	}
	if diff := cmp.Diff(want, f.acts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.granted = []string{"actions/acknowledge-problem"}
	if r := why(t, c.Unacknowledge(t.Context(), about("web1")[0])); r.Code != model.ReasonSourceRight || r.Args["right"] != "actions/remove-acknowledgement" || r.Args["for"] != "ack" {
		t.Errorf("a right that is missing: %+v", r)
	}
}

func TestSuppressAndExpire(t *testing.T) {
	f := newFake(t)
	for _, object := range []string{"web1", "web2", "web3", "web1!http", "web2!http", "web2!disk"} {
		f.set(object)
	}
	c := f.client()
	// web8 is gone: the others are done anyway. web1!http is part of web1.
	handle, err := c.Suppress(t.Context(), about("web1", "web8", "web3", "web2!http", "web1!http", "web1"), note)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"web1!x!inner", "web3!x!inner", "web1!outer", "web3!outer", "web2!http!outer"}
	if diff := cmp.Diff(want, strings.Split(handle, "\n")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	last := f.acts[len(f.acts)-1]
	if last["type"] != "Service" || last["all_services"] != nil || last["fixed"] != true || last["end_time"] != float64(note.Until.Unix()) || last["start_time"] != float64(clock().Unix()) {
		t.Errorf("%v", last)
	}
	delete(f.objects, "web3!outer") // it has expired
	for range 2 {                   // the second time all are gone
		if err := c.Expire(t.Context(), handle); err != nil {
			t.Error(err)
		}
	}
	for name := range f.objects {
		if strings.Contains(name, "outer") || strings.Contains(name, "inner") {
			t.Errorf("%s is left", name)
		}
	}
	if err := c.Expire(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if r := why(t, second(c.Suppress(t.Context(), about("web8"), note))); r.Code != model.ReasonSourceDeclines {
		t.Errorf("none is there: %+v", r)
	}
	f.granted = []string{"actions/acknowledge-problem"}
	asked := len(f.asked)
	if r := why(t, second(c.Suppress(t.Context(), about("web1", "web2", "web3"), note))); r.Code != model.ReasonSourceRight || r.Args["for"] != "downtime" {
		t.Errorf("a right that is missing: %+v", r)
	}
	if n := len(f.asked) - asked; n > 2 {
		t.Errorf("it took %d queries to find that out", n)
	}
}

func second[T any](_ T, err error) error { return err }

// TestFindWhatWasSet: a Suppress whose answer was lost is found by the mark at the end of its comment.
func TestFindWhatWasSet(t *testing.T) {
	f := newFake(t)
	later, gone := float64(clock().Unix()+60), float64(clock().Unix()-60)
	f.raw["/objects/downtimes"] = fmt.Sprintf(`{"results":[
		{"name":"web1!a","attrs":{"comment":"deploy [#7]","end_time":%[1]f,"parent":""}}, {"name":"web1!http!b","attrs":{"comment":"deploy [#7]","end_time":%[1]f,"parent":"web1!a"}},
		{"name":"web2!c","attrs":{"comment":"deploy [#7]","end_time":%[2]f}}, {"name":"web3!d","attrs":{"comment":"deploy [#71]","end_time":%[1]f}}]}`, later, gone)
	for mark, want := range map[string]string{"[#7]": "web1!http!b\nweb1!a", "[#8]": "", "": ""} {
		if got, err := f.client().Find(t.Context(), mark); err != nil || got != want {
			t.Errorf("%q: %q %v", mark, got, err)
		}
	}
	delete(f.raw, "/objects/downtimes")
	f.granted = []string{"status/query"}
	if r := why(t, second(f.client().Find(t.Context(), "[#7]"))); r.Code != model.ReasonSourceRight || r.Args["right"] != "objects/query/Downtime" {
		t.Errorf("%+v", r)
	}
}

func TestObjectsAreNamedAsInEvents(t *testing.T) {
	f := newFake(t)
	f.set("web1", "state", 1, "vars", map[string]any{"fqdn": "web1.example.com"})
	c := f.client("vars.fqdn")
	e := one(t, snapshot(t, c))
	got, err := c.Objects(t.Context())
	if diff := cmp.Diff([]model.Event{{Object: e.Object, Names: e.Names}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
