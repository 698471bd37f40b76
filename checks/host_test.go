package checks_test

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

func proc(files map[string]string) fstest.MapFS {
	all := fstest.MapFS{}
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}

func TestHost(t *testing.T) {
	healthy := map[string]string{
		"loadavg": "0.10 7.50 0.30 1/139 10668\n", "uptime": "3600.22 11908.98\n",
		"meminfo": "MemTotal:       1000000 kB\nMemFree:          10000 kB\nMemAvailable:    100000 kB\n",
	}
	cases := []struct {
		name   string
		o      checks.HostOptions
		files  map[string]string
		status model.Status
		code   model.ReasonCode
		arg    string
	}{
		{"all is ok", checks.HostOptions{Load: 2, Memory: 91, Uptime: model.Duration(time.Hour)}, healthy, model.StatusOK, "", ""},
		{"load", checks.HostOptions{Load: 1.5, Memory: 91}, healthy, model.StatusFail, model.ReasonHostLoad, "7.5"},
		{"memory", checks.HostOptions{Memory: 90}, healthy, model.StatusFail, model.ReasonHostMemory, "90"},
		{"restarted", checks.HostOptions{Uptime: model.Duration(2 * time.Hour)}, healthy, model.StatusFail, model.ReasonHostRestarted, "1h0m0s"},
		{"nothing there", checks.HostOptions{Memory: 90}, nil, model.StatusUnknown, model.ReasonLocal, ""},
		{"a failure counts more", checks.HostOptions{Load: 1, Memory: 90}, map[string]string{"meminfo": healthy["meminfo"]}, model.StatusFail, model.ReasonHostMemory, "90"},
		{"garbage", checks.HostOptions{Load: 1}, map[string]string{"loadavg": "0.1 NaN"}, model.StatusUnknown, model.ReasonLocal, ""},
		{"cut short", checks.HostOptions{Uptime: 1}, map[string]string{"uptime": ""}, model.StatusUnknown, model.ReasonLocal, ""},
		{"more left than there is", checks.HostOptions{Memory: 1}, map[string]string{"meminfo": "MemTotal: 1 kB\nMemAvailable: 2 kB"}, model.StatusUnknown, model.ReasonLocal, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := checks.HostAt(c.o, proc(c.files), 5).Check(t.Context())
			arg := r.Reason.Args["load"] + r.Reason.Args["used"] + r.Reason.Args["took"]
			if r.Status != c.status || r.Reason.Code != c.code || arg != c.arg {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

// TestHostHere uses the real kernel: limits that no machine exceeds, and one that every machine does.
func TestHostHere(t *testing.T) {
	if r := runKind(t, &checks.HostOptions{Load: 1000, Memory: 100}); r.Status != model.StatusOK {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
	if r := runKind(t, &checks.HostOptions{Memory: 1}); r.Reason.Code != model.ReasonHostMemory {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
}

func TestHostOptionsSayWhatIsWrong(t *testing.T) {
	for want, o := range map[string]checks.HostOptions{
		"load -1 is out of range":               {Load: -1, Memory: 90},
		"load NaN is out of range":              {Load: math.NaN(), Memory: 90},
		"memory 101 is out of range":            {Memory: 101},
		"memory is 0 and no other limit is set": {},
	} {
		if wrong := inEnglish(o.Validate()); len(wrong) != 1 || !strings.Contains(wrong[0], want) {
			t.Errorf("%q: got %q", want, wrong)
		}
	}
}
