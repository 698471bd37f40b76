package checks_test

import (
	"encoding"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"opsbot/checks"
	"opsbot/config"
	"opsbot/model"
	"opsbot/schedule"
	"opsbot/test/golden"
	"opsbot/texts"
)

// document is docs/checks.md in one language.
type document struct {
	path, language   string
	addresses, aKind string // the headings that are no kinds: of the options that several share, and of the worked example
}

// documents are docs/checks.md in each language.
var documents = []document{
	{path: "../docs/checks.md", language: texts.English, addresses: "Addresses", aKind: "How to write a kind"},
	{path: "../docs/ru/checks.md", language: texts.Russian, addresses: "Адреса", aKind: "Как написать свой вид"},
}

// inEachLanguage runs a test of docs/checks.md.
func inEachLanguage(t *testing.T, test func(*testing.T, document)) {
	t.Helper()
	for _, doc := range documents {
		t.Run(doc.language, func(t *testing.T) { test(t, doc) })
	}
}

// chapters are the parts of the document by their headings.
func (doc document) chapters(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(doc.path)
	if err != nil {
		t.Fatal(err)
	}
	byHeading := map[string]string{}
	for part := range strings.SplitSeq(string(text), "\n## ") {
		heading, body, _ := strings.Cut(part, "\n")
		byHeading[heading] = body
	}
	return byHeading
}

// TestDocsExplainEveryOption compares docs/checks.md with the kinds: each has a chapter with an example and a row for
// every option, with its default.
func TestDocsExplainEveryOption(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, doc document) {
		docs := doc.chapters(t)
		for _, kind := range checks.AllKinds(checks.Deps{}).Names() {
			if !strings.Contains(docs[kind], "kind ") || !strings.Contains(docs[kind], "```toml") {
				t.Errorf("kind %s has no chapter with an example", kind)
			}
			options, _ := checks.AllKinds(checks.Deps{}).New(kind)
			doc.explained(t, docs, kind, reflect.ValueOf(options).Elem())
		}
	})
}

// TestDocsShowWhatLoads loads each example as a configuration. Files that it names need not exist.
func TestDocsShowWhatLoads(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, doc document) {
		for heading, body := range doc.chapters(t) {
			for _, m := range regexp.MustCompile("(?ms)^```toml\n(.*?)^```$").FindAllStringSubmatch(body, -1) {
				loads(t, heading, m[1])
			}
		}
	})
}

// TestNoKeyOfAKindIsUnknown: of a check whose kind is missing only that is said, whatever keys it has that some kind knows.
func TestNoKeyOfAKindIsUnknown(t *testing.T) {
	examples := 0
	inEachLanguage(t, func(t *testing.T, doc document) {
		for heading, body := range doc.chapters(t) {
			for _, m := range regexp.MustCompile("(?ms)^```toml\n(.*?)^```$").FindAllStringSubmatch(body, -1) {
				example := regexp.MustCompile(`(?m)^kind *= .*$`).ReplaceAllString(m[1], "")
				for _, p := range problemsOf(t, example) {
					if strings.HasPrefix(p.What.ID, "config.unknown") {
						t.Errorf("%s: %s", heading, p)
					}
				}
				if example != m[1] {
					examples++
				}
			}
		}
	})
	if examples < 20 {
		t.Errorf("%d examples have a kind", examples)
	}
}

// loads loads an example as a configuration.
func loads(t *testing.T, heading, example string) {
	t.Helper()
	for _, p := range problemsOf(t, example) {
		if !strings.Contains(p.What.String(), "no such file") {
			t.Errorf("%s: %s", heading, p)
		}
	}
}

// problemsOf are the mistakes of a configuration.
func problemsOf(t *testing.T, text string) model.Problems {
	t.Helper()
	path := filepath.Join(t.TempDir(), "opsbot.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := config.Load(path, config.Options{
		Kinds: checks.AllKinds(checks.Deps{}), CheckSchedule: schedule.Validate, LocalIP: checks.LocalIP, Getenv: func(string) string { return "" },
	})
	problems, _ := errors.AsType[model.Problems](err)
	return problems
}

// explained wants a row for each option in a chapter, with its default.
func (doc document) explained(t *testing.T, docs map[string]string, chapter string, options reflect.Value) {
	t.Helper()
	for i := range options.NumField() {
		field, value := options.Type().Field(i), options.Field(i)
		key := field.Tag.Get("toml")
		switch {
		case field.Type == reflect.TypeFor[checks.Targets]():
			doc.explained(t, docs, doc.addresses, value)
		case field.Type == reflect.TypeFor[checks.WebOptions]():
			doc.explained(t, docs, "web", value)
		case field.Anonymous:
			doc.explained(t, docs, chapter, value)
		case key == "" || key == "-":
		default:
			row := regexp.MustCompile("(?m)^\\| `" + key + "` \\|.*$").FindString(docs[chapter])
			if row == "" {
				t.Errorf("%s: option %s is not explained", chapter, key)
			}
			if want := written(value); !strings.Contains(row, want) {
				t.Errorf("%s: the row of %s does not show its default %s:\n%s", chapter, key, want, row)
			}
		}
	}
}

// written is a default as written in the docs; "" if there is none or it is no single value.
func written(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			return err.Error()
		}
		return "`" + string(text) + "`"
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Map:
		return ""
	default:
		return fmt.Sprintf("`%v`", v)
	}
}

// samples are the arguments for the sentences of docs/checks.md: by code and argument, else by argument.
var samples = map[string]string{
	"got": "503", "want": "200-299", "took": "12ms", "addr": "10.0.0.5:8801", "limit": "10s", "said": "no route to host",
	"location": "/login", "phase": "connect", "name": "example.com", "host": "web1", "path": "/var", "left": "4.2 GB", "days": "6",
	"date": "2026-12-01", "min": "14", "used": "93", "max": "90", "least": "5 GB", "load": "9.6", "cores": "4", "state": "CRITICAL",
	"lost": "3", "sent": "3", "type": "MX", "failed": "2", "total": "3", "unseen": "1", "names": "10.0.0.7:80, 10.0.0.8:80",
	"kept": "3", "file": "terminals.txt", "form": "YAML", "line": "7", "key": "socket.host", "cause": "net.refused",

	"web.body/want": "all good", "web.no_match/want": "all good$", "web.no_match/got": "Maintenance", "web.redirect/got": "302",
	"web.bad_answer/said": `malformed HTTP response "SSH-2.0"`, "web.too_large/limit": "1 MiB",
	"json.false/want": "expiration_time.is_available == true", "json.false/got": `{"expiration_time": {"is_available": false}}`,
	"json.bad/said": "invalid character 'N' looking for beginning of value", "json.bad/got": "Not found", "net.slow/took": "2.4s", "net.slow/limit": "2s",
	"dns.error/said": "server misbehaving", "dns.refused/said": "SERVFAIL", "dns.wrong/got": "20 old.example.com", "dns.wrong/want": "10 mx.example.com",
	"dns.beyond_reach/addrs": "169.254.169.254", "dns.beyond_reach/name": "www.example.com",
	"dns.too_many/name": "www.example.com", "count": "40", "most": "32",
	"dns.refused/addr": "192.0.2.53:53", "dns.empty/addr": "192.0.2.53:53", "dns.wrong/addr": "192.0.2.53:53",
	"tls.error/said": "certificate signed by unknown authority", "host.load/max": "2", "host.restarted/took": "3m",
	"plugin.says/said": "1 disk of md0 failed", "plugin.timeout/path": "/usr/lib/nagios/plugins/check_raid",
	"plugin.broken/path": "/usr/lib/nagios/plugins/check_raid", "plugin.broken/said": "exit status 127", "disk.unseen/said": "no such file or directory",
	"ping.lost/addr": "192.0.2.1", "ping.denied/addr": "192.0.2.1", "targets.file/said": "no such file or directory", "net.error/said": "protocol not available",
	"targets.form/file": "socket.yml", "targets.key/file": "socket.yml", "targets.value/file": "socket.yml", "local.error/said": "too many open files",
	"protocol": "SMTP", "tls.starttls/said": "it does not offer STARTTLS", "web.redirects/max": "5", "web.redirects/location": "https://shop.example.com/",
	"web.circle/location": "https://shop.example.com/", "web.packed/got": "br",
	"words": "dc=fra1,role=web", "user": "opsbot", "code": "1", "since": "2026-11-22T01:02:00Z", "at": "2026-11-22T03:10:00Z",
	"postgres.login/said": "password authentication failed for user \"opsbot\"", "postgres.login/addr": "10.0.0.9:5432",
	"postgres.database/name": "shop", "postgres.database/said": "database \"shop\" does not exist", "postgres.database/addr": "10.0.0.9:5432",
	"postgres.full/said": "sorry, too many clients already", "postgres.full/addr": "10.0.0.9:5432", "postgres.away/addr": "10.0.0.9:5432",
	"postgres.away/said": "the database system is starting up", "postgres.error/said": "relation \"jobs\" does not exist",
	"postgres.error/code": "42P01", "postgres.error/addr": "10.0.0.9:5432", "postgres.false/addr": "10.0.0.9:5432", "postgres.false/got": "f",
	"postgres.false/want":   "select count(*) < 1000 from jobs where done is null",
	"heartbeat.stuck/limit": "2h", "heartbeat.failed/said": "disk full", "heartbeat.exit/said": "disk full",
	"ssh.exit/path": "/usr/bin/systemctl", "ssh.exit/code": "3", "ssh.exit/said": "inactive", "ssh.exit/addr": "10.0.0.5:22",
	"ssh.lacks/path": "/usr/bin/mysqladmin", "ssh.lacks/want": "alive", "ssh.lacks/got": "Uptime: 5", "ssh.lacks/addr": "10.0.0.5:22",
	"ssh.login/addr": "10.0.0.5:22", "ssh.key_unknown/addr": "10.0.0.5:22", "ssh.key_changed/addr": "10.0.0.5:22", "ssh.broken/addr": "10.0.0.5:22",
	"ssh.key_unknown/got": "ssh-ed25519 SHA256:x1…", "ssh.key_changed/got": "ssh-ed25519 SHA256:x1…", "ssh.key_file/file": "known_hosts",
	"ssh.key_file/said": "no such file or directory", "ssh.broken/path": "df", "ssh.broken/said": "sh: df: not found",
	"host.clock/took": "12s", "host.clock/limit": "2s", "host.clock/addr": "192.0.2.123:123", "host.clock_unsure/addr": "192.0.2.123:123",
	"host.clock_unsure/said": "kiss of death received",
	"domain.expires/min":     "30", "domain.expires/addr": "rdap.example.net", "domain.free/addr": "rdap.example.net", "domain.suspended/addr": "rdap.example.net", "domain.undated/addr": "whois.example.net", "domain.suspended/said": "client hold", "domain.unsaid/said": "rdap.example.net answers 429 Too Many Requests",
	"check.panic/said": "index out of range",
}

// sample is a reason with all arguments that its sentence may need.
func sample(code string) model.Reason {
	r := model.Reason{Code: model.ReasonCode(code), Args: map[string]string{}}
	for name, value := range samples {
		if of, arg, own := strings.Cut(name, "/"); !own {
			if _, set := r.Args[name]; !set {
				r.Args[name] = value
			}
		} else if of == code {
			r.Args[arg] = value
		}
	}
	if !strings.HasPrefix(code, "members.") {
		delete(r.Args, "cause")
	}
	return r
}

// TestDocsSayWhatChecksSay compares the sentences of docs/checks.md with the texts, with a row for every reason of
// checks; -update writes them.
func TestDocsSayWhatChecksSay(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	codes := reasonCodes(t)
	inEachLanguage(t, func(t *testing.T, doc document) {
		text, err := os.ReadFile(doc.path)
		if err != nil {
			t.Fatal(err)
		}
		said := reasonRow.ReplaceAllFunc(text, func(row []byte) []byte {
			code := string(reasonRow.FindSubmatch(row)[1])
			sentence := catalog.For(doc.language).Reason(sample(code))
			if strings.Contains(sentence, "<no value>") || strings.HasPrefix(sentence, code) {
				t.Errorf("%s has no text, or wants an argument that has no sample here: %s", code, sentence)
			}
			return []byte("| `" + code + "` | " + strings.ReplaceAll(sentence, "|", "\\|") + " |")
		})
		golden.Compare(t, doc.path, string(said))
		for _, code := range codes {
			if !strings.Contains(string(text), "| `"+code+"` |") {
				t.Errorf("%s has no row in %s", code, doc.path)
			}
		}
	})
}

// reasonRow is a row of docs/checks.md about a reason.
var reasonRow = regexp.MustCompile("(?m)^\\| `([a-z_]+\\.[a-z_.]+)` \\|.*$")

// reasonCodes are all codes of model/reason.go except those of incidents.
func reasonCodes(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("../model/reason.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, m := range regexp.MustCompile(`ReasonCode = "([a-z_.]+)"`).FindAllStringSubmatch(string(source), -1) {
		switch code := m[1]; {
		case strings.HasPrefix(code, "health."): // docs/operations.md has them
		case slices.Contains([]string{"host.refuses", "host.down", "host.fails", "service.verdict", "incident.left"}, code):
		default:
			codes = append(codes, code)
		}
	}
	return codes
}
