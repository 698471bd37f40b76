package checks_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
	"opsbot/texts"
)

func TestMembers(t *testing.T) {
	up, up2, down, down2 := listener(t), listener(t), refuser(t), refuser(t)
	cases := []struct {
		name      string
		addresses []string
		tolerated string
		status    model.Status
		args      map[string]string
	}{
		{"all answer", []string{up, up2}, "0", model.StatusOK, nil},
		{"one of three fails", []string{up, down, up2}, "0", model.StatusFail, map[string]string{
			"failed": "1", "total": "3", "names": down, "cause": "net.refused", "addr": down,
		}},
		{"one may fail", []string{up, down, up2}, "1", model.StatusOK, nil},
		{"two are more than one", []string{down, up, down2}, "1", model.StatusFail, map[string]string{"failed": "2", "names": down + ", " + down2}},
		{"a third may fail", []string{up, down, up2}, "34%", model.StatusOK, nil},
		{"a third is more than 33%", []string{up, down, up2}, "33%", model.StatusFail, map[string]string{"failed": "1"}},
		{"all are never tolerated", []string{down, down2}, "5", model.StatusFail, map[string]string{"failed": "2"}},
		{"one alone speaks for itself", []string{down}, "0", model.StatusFail, map[string]string{"addr": down, "total": ""}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := &checks.TCPOptions{Targets: checks.Targets{Addresses: c.addresses, MembersFailed: tolerance(t, c.tolerated)}}
			r := run(t, check(t, o))
			if r.Status != c.status {
				t.Fatalf("got %s %+v", r.Status, r.Reason)
			}
			for k, want := range c.args {
				if got := r.Reason.Args[k]; got != want {
					t.Errorf("%s is %q, want %q", k, got, want)
				}
			}
		})
	}
}

// TestMembersThatCouldNotBeSeen: unknown members never count as ok.
func TestMembersThatCouldNotBeSeen(t *testing.T) {
	result := func(s model.Status, code model.ReasonCode) model.Result {
		return model.Result{Status: s, Reason: model.NewReason(code, "said", "x")}
	}
	ok, bad := result(model.StatusOK, ""), result(model.StatusFail, model.ReasonRefused)
	dark := result(model.StatusUnknown, model.ReasonLocal)
	cases := []struct {
		results   []model.Result
		tolerated int
		status    model.Status
		code      model.ReasonCode
	}{
		{[]model.Result{ok, dark}, 0, model.StatusUnknown, model.ReasonMembersUnseen},
		{[]model.Result{ok, dark}, 1, model.StatusOK, ""},
		{[]model.Result{dark, bad}, 0, model.StatusFail, model.ReasonMembersFailed},
		{[]model.Result{dark, bad}, 1, model.StatusUnknown, model.ReasonMembersUnseen},
		{[]model.Result{dark, dark, bad, bad}, 1, model.StatusFail, model.ReasonMembersFailed},
		{[]model.Result{dark}, 0, model.StatusUnknown, model.ReasonLocal},
	}
	for i, c := range cases {
		names := make([]string, len(c.results))
		if r := checks.JudgeMembers(names, c.results, c.tolerated); r.Status != c.status || r.Reason.Code != c.code {
			t.Errorf("case %d: got %s %+v", i+1, r.Status, r.Reason)
		}
	}
}

// TestManyMembersShareTheTime has more members than are checked at once, the first of which all hang.
func TestManyMembersShareTheTime(t *testing.T) {
	hung := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(hung.Close) // after the parallel cases
	fine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") }))
	t.Cleanup(fine.Close)
	var addresses []string
	for i := range 128 {
		srv := hung
		if i >= 64 {
			srv = fine
		}
		addresses = append(addresses, srv.Listener.Addr().String())
	}
	for tolerated, want := range map[string]model.Status{"64": model.StatusOK, "63": model.StatusFail} {
		t.Run(tolerated, func(t *testing.T) {
			t.Parallel()
			targets := checks.Targets{Addresses: addresses, MembersFailed: tolerance(t, tolerated)}
			c := check(t, &checks.WebOptions{URL: "http://any.test/", Targets: targets})
			c.Timeout = 4200 * time.Millisecond
			if r := run(t, c); r.Status != want || want != model.StatusOK && r.Reason.Args["failed"] != "64" {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

// TestMembersWithoutTimeAreNotBlamed: the first members hang and use up all of the time.
func TestMembersWithoutTimeAreNotBlamed(t *testing.T) {
	hung := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer hung.Close()
	addresses := make([]string, 128)
	for i := range addresses {
		addresses[i] = hung.Listener.Addr().String()
	}
	c := check(t, &checks.WebOptions{URL: "http://any.test/", Targets: checks.Targets{Addresses: addresses}})
	c.Timeout = time.Second
	if r := run(t, c); r.Status != model.StatusFail || r.Reason.Args["failed"] != "64" {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
}

func TestMembersEndWithTheirContext(t *testing.T) {
	var addresses []string
	for range 200 {
		addresses = append(addresses, "192.0.2.1:9")
	}
	c := check(t, &checks.TCPOptions{Targets: checks.Targets{Addresses: addresses}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := c.Checker.Check(ctx); r.Status != model.StatusUnknown {
		t.Errorf("got %+v", r)
	}
}

// TestMembersReadWell shows the sentence of a check of several members in both languages.
func TestMembersReadWell(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	r := model.NewReason(model.ReasonMembersFailed, "failed", "2", "total", "31", "names", "10.0.0.7:80, 10.0.0.9:80",
		"cause", string(model.ReasonTimeout), "addr", "10.0.0.7:80", "phase", "connect", "limit", "10s")
	for lang, want := range map[string]string{
		"en": "2 of 31 fail: 10.0.0.7:80, 10.0.0.9:80; first: ",
		"ru": "сбой у 2 из 31: 10.0.0.7:80, 10.0.0.9:80; первый: ",
	} {
		plain := r
		plain.Code = model.ReasonTimeout
		if got := catalog.For(lang).Reason(r); got != want+catalog.For(lang).Reason(plain) {
			t.Errorf("%s: %s", lang, got)
		}
	}
}
