package logs_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"opsbot/logs"
	"opsbot/logs/record"
	"opsbot/logs/times"
)

var updateForms = flag.Bool("update-forms", false, "write the texts of groups into testdata/forms.txt: look at each")

// logForm is a line as a program writes it, with what is right: its level, and its group, which begins with the status of a request.
type logForm struct {
	name, level, group, line string
}

// formsTime is the time of all lines of the corpus, in UTC, when the fractions are left out.
var formsTime = time.Date(2026, 11, 30, 7, 29, 22, 0, time.UTC)

// corpusOfForms reads testdata/forms.txt: "# name|level|group", then the line.
func corpusOfForms(t testing.TB) []logForm {
	t.Helper()
	data, err := os.ReadFile("testdata/forms.txt")
	if err != nil {
		t.Fatal(err)
	}
	var forms []logForm
	rows := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for i := 0; i+1 < len(rows); i += 2 {
		parts := strings.SplitN(strings.TrimPrefix(rows[i], "# "), "|", 3)
		if len(parts) != 3 {
			t.Fatalf("row %d: %q", i+1, rows[i])
		}
		forms = append(forms, logForm{parts[0], parts[1], parts[2], strings.ReplaceAll(rows[i+1], "␛", "\x1b")})
	}
	return forms
}

var levelNames = map[record.Level]string{record.Unknown: "-", record.Debug: "debug", record.Info: "info", record.Warning: "warning", record.Error: "error"}

func parseLine(line string) (record.Record, bool) {
	p := record.Parser{Times: times.Reader{Now: formsTime.Add(6 * time.Hour)}}
	p.Learn(line)
	return p.Parse(line)
}

func groupsOf(lines ...string) []string {
	var all []string
	for _, g := range logs.GroupLines(nil, formsTime.Add(6*time.Hour), lines...) {
		all = append(all, strconv.Itoa(g.Count)+" × "+g.Said())
	}
	return all
}

// TestLogForms: time, level, status and group of a line are right in all forms of the corpus, but for the share that docs/logs.md admits.
func TestLogForms(t *testing.T) {
	t.Parallel()
	forms := corpusOfForms(t)
	if len(forms) < 200 {
		t.Fatalf("%d forms", len(forms))
	}
	var wrong []string
	for i := range forms {
		f := &forms[i]
		faults := f.faults()
		if *updateForms {
			f.group = strings.TrimPrefix(strings.Join(groupsOf(f.line), ""), "1 × ")
		}
		if len(faults) > 0 {
			wrong = append(wrong, f.name)
			t.Logf("%s: %s\n\t%s", f.name, strings.Join(faults, "; "), f.line)
		}
	}
	right := float64(len(forms)-len(wrong)) * 100 / float64(len(forms))
	t.Logf("time, level, status and group are right in %.1f %% of %d forms", right, len(forms))
	if right < 99 {
		t.Errorf("wrong: %s", strings.Join(wrong, ", "))
	}
	if *updateForms {
		var b strings.Builder
		for _, f := range forms {
			fmt.Fprintf(&b, "# %s|%s|%s\n%s\n", f.name, f.level, f.group, strings.ReplaceAll(f.line, "\x1b", "␛"))
		}
		if err := os.WriteFile("testdata/forms.txt", []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// faults are what is wrong of a form.
func (f *logForm) faults() (faults []string) {
	r, ok := parseLine(f.line)
	if !ok {
		return []string{"it is no line"}
	}
	if got := r.At.Truncate(time.Second); !got.Equal(formsTime) {
		faults = append(faults, fmt.Sprintf("the time is %v", r.At))
	}
	if got := levelNames[r.Level]; got != f.level {
		faults = append(faults, "the level is "+got+", not "+f.level)
	}
	if got := strings.Join(groupsOf(f.line), ", "); got != "1 × "+f.group {
		faults = append(faults, fmt.Sprintf("the group is %q", got))
	}
	if got := groupsOf(f.line, f.sibling()); len(got) != 1 || !strings.HasPrefix(got[0], "2 × ") {
		faults = append(faults, fmt.Sprintf("with another time and address there are %q", got))
	}
	if status := strconv.Itoa(r.Status); r.Status != 0 {
		other := strings.ReplaceAll(f.line, status, map[bool]string{true: "503", false: "200"}[status == "200"])
		if got := groupsOf(f.line, other); len(got) != 2 {
			faults = append(faults, fmt.Sprintf("another status makes no other group: %q", got))
		}
	}
	return faults
}

// sibling is the same line seven seconds later, from another address.
func (f *logForm) sibling() string {
	return strings.NewReplacer(":29:22", ":29:29", "1796023762", "1796023769", "072922", "072929", "10.0.0.9", "10.0.0.8").Replace(f.line)
}

// wrappers are what containers, compose, syslog and the journal put around a line.
var wrappers = map[string]func(line string) string{
	"docker": func(line string) string {
		return `{"log":` + quoted(line+"\n") + `,"stream":"stderr","time":"2026-11-30T07:29:22.123456789Z"}`
	},
	"CRI":     func(line string) string { return "2026-11-30T07:29:22.123456789Z stdout F " + line },
	"compose": func(line string) string { return "web-1  | 2026-11-30T07:29:22.123456789Z " + line },
	"journal": func(line string) string {
		return `{"__REALTIME_TIMESTAMP":"1796023762123456","PRIORITY":"6","SYSLOG_IDENTIFIER":"shop","_PID":"12","MESSAGE":` + quoted(line) + `}`
	},
	"docker in compose": func(line string) string { return "web-1  | 2026-11-30T07:29:22Z stdout F " + line },
}

func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// TestWrappedForms: whatever wraps a line, its time, level and status are the same.
func TestWrappedForms(t *testing.T) {
	t.Parallel()
	all, wrong := 0, 0
	for _, f := range corpusOfForms(t) {
		plain, ok := parseLine(f.line)
		if !ok || strings.HasPrefix(f.line, "<") || strings.Contains(f.line, "__REALTIME") || strings.HasPrefix(f.line, `{"log"`) || strings.HasPrefix(f.line, "{\"@timestamp\":\"2026-11-30T07:29:22.123Z\",\"log\"") {
			continue
		}
		for name, wrap := range wrappers {
			all++
			want := plain
			if name == "journal" && want.Level == record.Unknown {
				want.Level = record.Info // by its PRIORITY
			}
			got, ok := parseLine(wrap(f.line))
			if !ok || !got.At.Truncate(time.Second).Equal(formsTime) || got.Level != want.Level && got.Level != plain.Level || got.Status != plain.Status || got.Path != plain.Path {
				wrong++
				t.Logf("%s in %s: %v %v %d %s, not %v %d %s\n%s", f.name, name, got.At, levelNames[got.Level], got.Status, got.Path, levelNames[plain.Level], plain.Status, plain.Path, wrap(f.line))
			}
		}
	}
	t.Logf("%d of %d wrapped lines are understood as without", all-wrong, all)
	if wrong*100 > all {
		t.Errorf("%d of %d wrapped lines are understood otherwise", wrong, all)
	}
}
