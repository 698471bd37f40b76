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
	}
}

// TestDocsExplainEveryKey holds the grammar to the structs: every key has a row, with its default.
func TestDocsExplainEveryKey(t *testing.T) {
	text, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for part := range strings.SplitSeq(string(text), "\n## ") {
		heading, body, _ := strings.Cut(part, "\n")
		docs[heading] = body
	}
	for heading, section := range sections() {
		body, ok := docs[heading]
		if !ok {
			t.Errorf("no section %q", heading)
			continue
		}
		v := reflect.ValueOf(section)
		for i := range v.NumField() {
			f := v.Type().Field(i)
			key := f.Tag.Get("toml")
			if f.Anonymous || key == "-" {
				continue
			}
			row := regexp.MustCompile("(?m)^\\| `" + key + "` \\|.*$").FindString(body)
			if row == "" {
				t.Errorf("%s: key %s is not explained", heading, key)
			}
			if want := shown(v.Field(i)); key != "name" && !strings.Contains(row, want) {
				t.Errorf("%s: the row of %s does not show its default %s:\n%s", heading, key, want, row)
			}
			if limits := strings.Replace(f.Tag.Get("range"), "..", " to ", 1); len(limits) < 15 && !strings.Contains(row, limits) {
				t.Errorf("%s: the row of %s does not show its range %s:\n%s", heading, key, limits, row)
			}
		}
	}
	for _, field := range model.MessageFieldNames() {
		if !regexp.MustCompile("(?m)^\\| .*`\\." + field + "`.* \\|").MatchString(docs["Templates of messages"]) {
			t.Errorf("field .%s of templates is not explained", field)
		}
	}
	for field := range reflect.TypeFor[config.Config]().Fields() {
		key := field.Tag.Get("toml")
		if _, single := docs["["+key+"]"]; key != "-" && !single && docs["[["+key+"]]"] == "" {
			t.Errorf("section %s is not explained", key)
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
