package config_test

import (
	"encoding"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"opsbot/config"
	"opsbot/model"
)

// translated are the headings that a language has words of its own for; the others are names.
type translated map[string]string

func (t translated) heading(english string) string {
	if own, ok := t[english]; ok {
		return own
	}
	return english
}

// documents are the grammar in each language: its file, its words in ranges, and its headings.
var documents = []struct {
	path, to string
	headings translated
}{
	{path: "../docs/configuration.md", to: " to "},
	{path: "../docs/ru/configuration.md", to: " до ", headings: translated{
		"Settings of web endpoints": "Параметры веб-эндпоинтов", "Settings of services": "Параметры сервисов", "Templates of messages": "Шаблоны сообщений",
	}},
}

// sections are the headings of docs/configuration.md, to the keys that each must explain.
func sections() map[string]any {
	defaults := config.Defaults()
	return map[string]any{
		"[instance]": defaults.Instance, "[telegram]": defaults.Telegram, "[telegram.limits]": defaults.Telegram.Limits,
		"[[telegram.chats]]": config.Chat{}, "[[telegram.users]]": config.User{}, "[store]": defaults.Store, "[web]": defaults.Web, "[[web.tokens]]": config.APIToken{},
		"[control]": defaults.Control, "[watchdog]": defaults.Watchdog, "[schedule]": defaults.Schedule, "[history]": defaults.History, "[alerts]": defaults.Alerts, "[alerts.storm]": defaults.Alerts.Storm,
		"[alerts.flapping]": defaults.Alerts.Flapping, "[connectivity]": defaults.Connectivity, "[[maintenance]]": config.Maintenance{}, "[[routes]]": config.Route{}, "[[reports]]": reportDefaults(),
		"Settings of web endpoints": defaults.Webtest.EndpointSettings, "Settings of services": defaults.Webtest.ServiceSettings,
		"[webtest]": defaults.Webtest, "[[services]]": model.ServiceSpec{}, "[[groups]]": model.GroupSpec{},
		"[[clients]]": model.ClientSpec{}, "[clients.service.NAME]": model.ClientServiceSpec{}, "[[hosts]]": model.HostSpec{},
		"[[email]]": config.Email{}, "[[teams]]": config.Teams{}, "[[webhook]]": config.Webhook{}, "[[gateways]]": config.Gateway{Timeout: model.Duration(10 * time.Second), Language: "en"}, "[[inventory]]": config.InventoryFile{}, "[[checks]]": config.CheckConfig{},
		"[[people]]": config.Person{}, "[[schedules]]": config.OnCallSchedule{Gaps: config.GapsReported}, "[[schedules.layers]]": config.OnCallLayer{},
		"[[inbound]]": config.Inbound{}, "[inbound.mapping]": config.InboundMapping{},
		"[cluster]": config.Cluster{}, "[[escalations]]": config.Escalation{Repeat: 2}, "[[escalations.steps]]": config.EscalationStep{Wait: model.Duration(5 * time.Minute)},
		"[ssh]": defaults.SSH, "[[logs]]": config.LogSource{}, "[excerpts]": defaults.Excerpts,
	}
}

// TestDocsExplainEveryKey holds the grammar to the structs, in both languages: every key has one row, with its default.
func TestDocsExplainEveryKey(t *testing.T) {
	for _, doc := range documents {
		t.Run(doc.path, func(t *testing.T) {
			text, err := os.ReadFile(doc.path)
			if err != nil {
				t.Fatal(err)
			}
			docs := map[string]string{}
			for part := range strings.SplitSeq(string(text), "\n## ") {
				heading, body, _ := strings.Cut(part, "\n")
				docs[heading] = body
			}
			all := sections()
			for heading, section := range all {
				explainsKeys(t, docs, doc.headings.heading(heading), doc.to, section)
			}
			for _, field := range model.MessageFieldNames() {
				if !regexp.MustCompile("(?m)^\\| .*`\\." + field + "`.* \\|").MatchString(docs[doc.headings.heading("Templates of messages")]) {
					t.Errorf("field .%s of templates is not explained", field)
				}
			}
			for field := range reflect.TypeFor[config.Config]().Fields() {
				key := field.Tag.Get("toml")
				_, single := all["["+key+"]"]
				if _, list := all["[["+key+"]]"]; key != "-" && !single && !list {
					t.Errorf("section %s is not compared", key)
				}
			}
		})
	}
}

// explainsKeys compares the rows of a section with the fields of its struct. to stands between the ends of a range.
func explainsKeys(t *testing.T, docs map[string]string, heading, to string, section any) {
	t.Helper()
	body, ok := docs[heading]
	if !ok {
		t.Errorf("no section %q", heading)
		return
	}
	v := reflect.ValueOf(section)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := f.Tag.Get("toml")
		if f.Anonymous || key == "-" || key == "" {
			continue
		}
		rows := regexp.MustCompile("(?m)^\\| `"+key+"` \\|.*$").FindAllString(body, -1)
		if len(rows) != 1 {
			t.Errorf("%s: key %s has %d rows", heading, key, len(rows))
			continue
		}
		row := rows[0]
		if want := shown(v.Field(i)); key != "name" && !strings.Contains(row, want) {
			t.Errorf("%s: the row of %s does not show its default %s:\n%s", heading, key, want, row)
		}
		if limits := strings.Replace(f.Tag.Get("range"), "..", to, 1); len(limits) < 15 && !strings.Contains(row, limits) {
			t.Errorf("%s: the row of %s does not show its range %s:\n%s", heading, key, limits, row)
		}
	}
}

// shown is how a default stands in the docs; "" where it is nothing or no single value.
func shown(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
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

// reportDefaults is a report of which nothing is given.
func reportDefaults() config.Report {
	return config.Report{Grace: model.Duration(12 * time.Hour), MinSeverity: model.SeverityWarning, Period: config.PeriodMonth}
}
