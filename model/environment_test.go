package model_test

import (
	"testing"

	"opsbot/model"
)

func TestEnvironment(t *testing.T) {
	s := model.Environment{Dir: "/etc/opsbot", LocalIP: "2001:db8::7", ExternalIP: "192.0.2.7"}
	if got, missing := s.Expand("{local_ip}:80 {external_ip}:80 {else}"); got != "[2001:db8::7]:80 192.0.2.7:80 {else}" || missing != nil {
		t.Errorf("got %q, missing %q", got, missing)
	}
	if _, missing := (model.Environment{}).Expand("{local_ip} {external_ip}"); len(missing) != 2 {
		t.Errorf("missing %q", missing)
	}
	for path, want := range map[string]string{"": "", "a/b": "/etc/opsbot/a/b", "/a": "/a"} {
		if got := s.Path(path); got != want {
			t.Errorf("%q became %q, want %q", path, got, want)
		}
	}
}
