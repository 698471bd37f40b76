package cli

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestManual: each command, argument and flag is in the page, in both languages, and no text of theirs is taken for a request.
func TestManual(t *testing.T) {
	app := commandModel(t)
	requests := regexp.MustCompile(`^\.(TH|SH|SS|TP|B|I|\\") `)
	for _, language := range []string{"en", "ru"} {
		code, page, errOut := opsbotRun(t, "--language", language, "man")
		if code != ExitOK {
			t.Fatal(errOut)
		}
		for _, n := range app.Leaves(true) {
			_, section, found := strings.Cut(page, "\n.SS "+escaped(n.Path())+"\n")
			section, _, _ = strings.Cut(section, "\n.S")
			if !found {
				t.Errorf("%s: %s is not in the page", language, n.Path())
			}
			for _, arg := range n.Positional {
				if !strings.Contains(section, "\\fB"+escaped(usagesOf(app).Replace(arg.Summary()))+"\\fR\n") {
					t.Errorf("%s: %s: no %s", language, n.Path(), arg.Summary())
				}
			}
			for _, f := range n.Flags {
				if !strings.Contains(section, "\\fB"+escaped(f.Summary())+"\\fR\n") {
					t.Errorf("%s: %s: no %s", language, n.Path(), f.Summary())
				}
			}
		}
		for line := range strings.Lines(page) {
			if line[0] == '\'' || line[0] == '.' && !requests.MatchString(line) && line != ".TP\n" {
				t.Errorf("%s: the line is a request: %s", language, line)
			}
		}
	}
}

// TestEscaped: whatever a text begins with, it is a text.
func TestEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"a-b": `a\-b`, ".SH": `\&.SH`, "'x": `\&'x`, `a\b`: `a\(rsb`, "two\nlines": "two lines", "": "",
	} {
		if got := escaped(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestManualIsRead has the page read by man, where there is one that can.
func TestManualIsRead(t *testing.T) {
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("groff is not here (Debian: apt-get install groff): the page is not formatted")
	}
	_, page, _ := opsbotRun(t, "man")
	cmd := exec.CommandContext(t.Context(), "groff", "-man", "-Tutf8", "-ww")
	cmd.Stdin = strings.NewReader(page)
	var errOut strings.Builder
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil || errOut.Len() > 0 || !strings.Contains(string(out), "overrides the configuration.") {
		t.Errorf("%v: %s%s", err, errOut.String(), out)
	}
}

// TestArgumentsThatAreSeveralThings are shown as these things: "<duration-selector-reason> ..." tells nobody what to write.
func TestArgumentsThatAreSeveralThings(t *testing.T) {
	app := commandModel(t)
	summaries := map[string]string{}
	for _, n := range app.Leaves(false) {
		for _, a := range n.Positional {
			usage := a.Tag.Get("usage")
			if strings.Contains(a.Name, "-") && a.IsCumulative() && usage == "" {
				t.Errorf("%s: %s has no usage", n.Path(), a.Summary())
			}
			if other, is := summaries[a.Summary()]; is && other != usage {
				t.Errorf("%s: %s is %q, and elsewhere %q", n.Path(), a.Summary(), usage, other)
			}
			summaries[a.Summary()] = usage
		}
	}
	page := (&manual{p: newConsole(t, "en", nil, nil).printer()}).of(app)
	if found := regexp.MustCompile(`<\w+\\-[^<>]*> \.\.\.`).FindString(page); found != "" {
		t.Errorf("the manual has %s", found)
	}
}
