package cli

import (
	"testing"
)

// What a command line says of the language holds for the alerts on the console too.
func TestLanguageOfTheConsole(t *testing.T) {
	t.Setenv(languageEnv, "en")
	t.Setenv("OPSBOT_TEST_OTHER", "as it is")
	con := &Console{Language: "ru"}
	if got := con.Getenv(languageEnv); got != "ru" {
		t.Errorf("language %q", got)
	}
	if got := con.Getenv("OPSBOT_TEST_OTHER"); got != "as it is" {
		t.Errorf("other %q", got)
	}
}
