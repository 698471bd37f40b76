package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"opsbot/sandbox/mailbox"
)

// TestWebtestReports: the three modes of a web test, by what was found, with and without reports in the configuration.
func TestWebtestReports(t *testing.T) {
	box, err := mailbox.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(box.Close)
	plain, err := os.ReadFile(fleetConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	mails := string(plain)
	for _, name := range []string{"oncall", "archive"} {
		mails += fmt.Sprintf("[[email]]\nname = %q\nsmtp = %q\ntls = \"none\"\nfrom = \"ops@example.com\"\nto = [\"%s@example.com\"]\n", name, box.Addr(), name)
	}
	two := fmt.Sprintf("[[email]]\nname = \"two\"\nsmtp = %q\ntls = \"none\"\nfrom = \"ops@example.com\"\nto = [\"late@example.com\", \"oncall@example.com\"]\n", box.Addr())
	route2 := "[[reports]]\nname = \"two\"\nkind = \"webtest\"\nto_errors = [\"email:two\"]\n"
	box.Answer("RCPT late@example.com", "451 come again")
	route := "[[routes]]\nto = [\"email:oncall\", \"email:archive\"]\n"
	nightly := "[[reports]]\nname = \"nightly\"\nkind = \"webtest\"\nto_errors = [\"email:oncall\", \"console\"]\nto_fine = [\"email:archive\"]\n"
	chatty := "[[reports]]\nname = \"chatty\"\nkind = \"webtest\"\nto_errors = [\"console\"]\nto_fine = [\"email:archive\"]\n"
	for _, c := range []struct {
		name, config, line string
		answer             string // to a recipient
		code               int
		to                 []string
		errOut             []string
	}{
		{"no log sources", string(plain), "clientA --logs", "", ExitProblems, nil, []string{"No log sources configured."}},
		{"no mail", string(plain), "clientA --mail", "", ExitFailed, nil, []string{"The report has no recipients", "[[reports]] or [[email]]"}},
		{"every mail", mails + route, "clientA --mail", "", ExitProblems, []string{"oncall@example.com", "archive@example.com"}, []string{"Report sent to email:oncall."}},
		{"with errors", mails + nightly, "clientA --logs --mail", "", ExitProblems, []string{"oncall@example.com"}, []string{"Report sent to email:oncall.", "not sent to console"}},
		{"without errors", mails + nightly, "clientA reports --mail", "", ExitOK, []string{"archive@example.com"}, []string{"Report sent to email:archive."}},
		{"refused for now", mails + nightly, "clientA --mail", "451 come again", ExitFailed, nil, []string{"Report not sent to email:oncall", "451"}},
		{"one of two greylisted", string(plain) + two + route2, "clientA --mail", "", ExitFailed, []string{"oncall@example.com"}, []string{"Report sent to email:two, but", "late@example.com", "451 "}},
		{"refused for good", mails + nightly, "clientA --mail", "550 no such user", ExitFailed, nil, []string{"Report not sent to email:oncall", "550"}},
		{"which of several", mails + nightly + chatty, "clientA --mail", "", ExitFailed, nil, []string{"--report NAME", "nightly, chatty"}},
		{"this of several", mails + nightly + chatty, "clientA --mail --report nightly", "", ExitProblems, []string{"oncall@example.com"}, nil},
		{"a wrong name", mails + nightly, "clientA --mail --report nihgtly", "", ExitFailed, nil, []string{"nihgtly", "nightly"}},
		{"nobody it can reach", mails + nightly + chatty, "clientA --mail --report chatty", "", ExitFailed, nil, []string{"not sent to console"}},
		{"a report without mail", mails + nightly, "clientA --report nightly", "", ExitFailed, nil, []string{"--report needs --mail"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			box.Answer("RCPT", c.answer)
			before := len(box.Mails())
			page, table := filepath.Join(t.TempDir(), "r.html"), filepath.Join(t.TempDir(), "r.csv")
			args := append([]string{"webtest"}, strings.Fields(c.line)...)
			code, out, errOut := opsbotRun(t, append(args, "--html", page, "--csv", table, "--config", file(t, "opsbot.toml", c.config))...)
			if code != c.code {
				t.Errorf("exit code %d, want %d: %s%s", code, c.code, out, errOut)
			}
			for _, want := range c.errOut {
				if !strings.Contains(errOut, want) {
					t.Errorf("%q is missing in the errors:\n%s", want, errOut)
				}
			}
			var to []string
			for _, m := range box.Mails()[before:] {
				to = append(to, m.To...)
				if len(m.Files) != 1 || !strings.Contains(m.HTML, "clientA") {
					t.Errorf("%s: %d files", m.Subject, len(m.Files))
				}
			}
			if !slices.Equal(to, c.to) {
				t.Errorf("mailed to %v, want %v", to, c.to)
			}
			if c.name == "with errors" {
				html, err := os.ReadFile(page)
				csv, csvErr := os.ReadFile(table)
				if err != nil || csvErr != nil || !strings.Contains(string(html), "</html>") || !strings.Contains(string(csv), "clientA,store,") {
					t.Errorf("%v %v: %.300s %s", err, csvErr, html, csv)
				}
			}
		})
	}
	code, _, errOut := opsbotRun(t, "webtest", "clientA", "--html", filepath.Join(t.TempDir(), "none", "r.html"), "--config", fleetConfig(t))
	if code != ExitFailed || !strings.Contains(errOut, "r.html") {
		t.Errorf("%d: %s", code, errOut)
	}
}
