package alerts_test

import (
	"testing"
	"time"

	"opsbot/model"
)

func TestStatesJSON(t *testing.T) {
	w := newWorld(t, "main-db", "a/web@h1")
	w.fail("main-db")
	if got, want := string(w.manager.StatesJSON()), `{"a/web@h1":true,"main-db":false}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	var names []string
	for i := range 300 {
		names = append(names, string(model.EndpointCheckID("a", "web", string(rune('a'+i%26))+time.Duration(i).String())))
	}
	w = newWorld(t, names...)
	w.fail(names[7])
	if got, want := string(w.manager.StatesJSON()), `{"checks":300,"ok":299,"failing":0,"down":1,"unknown":0,"not_ok":["`+names[7]+`"]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
