package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/app"
)

// A planned window that names what is not there would hide nothing, and say so at night.
func TestWindowsThatPickNothing(t *testing.T) {
	load := func(window string) error {
		file := filepath.Join(t.TempDir(), "opsbot.toml")
		text := "[[hosts]]\nname = \"web1\"\naddress = \"192.0.2.5\"\naliases = [\"shop\"]\n" +
			"[[checks]]\nname = \"main-db\"\nkind = \"tcp\"\naddress = \"192.0.2.9:5432\"\n" +
			"[[maintenance]]\nname = \"backup\"\nschedule = \"0 3 * * *\"\nduration = \"1h\"\n" + window
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := app.Load(file, func(string) string { return "" })
		return err
	}
	for window, want := range map[string]string{
		`hosts = ["web1", "192.0.2.77"]`:             "", // an address may come from DNS
		`checks = ["main-db", "clientA/store@web1"]`: "",
		`hosts = ["web2"]`:                           `opsbot.toml:9: maintenance[1] "backup": unknown host "web2": did you mean "web1"?`,
		`hosts = ["shop"]`:                           `unknown host "shop"; declared: web1`,
		`checks = ["maindb"]`:                        `unknown check "maindb": did you mean "main-db"?`,
	} {
		err := load(window)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(app.Explain("en", err)[0], want) {
			t.Errorf("%s: %v", window, err)
		}
	}
}
