package setup_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/app/setup"
	"opsbot/model"
)

// TestEveryStageTellsItsMistakes: one in each of the main file, conf.d, the inventory file, what compiles from them, and names that
// match nothing. Whoever fixes one must not meet the next only then. What two stages find is said once.
func TestEveryStageTellsItsMistakes(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"opsbot.toml": "[alerts]\ntimezone = \"Europe/Atlantis\"\n" +
			"[[inventory]]\nkind = \"csv\"\npath = \"clients.csv\"\n" +
			"[[services]]\nname = \"web\"\nport = 80\n" +
			"[[maintenance]]\nname = \"backup\"\nschedule = \"0 3 * * *\"\nduration = \"1h\"\nchecks = [\"maindb\"]\n",
		"conf.d/a.toml": "[[checks]]\nname = \"main-db\"\nkind = \"tcp\"\naddress = \"10.0.0.9\"\n",
		"conf.d/b.toml": "[[clients]]\nname = \"acme\"\nservices = [\"web\"]\nhosts = [\"nowhere\"]\n",
		"conf.d/c.toml": "[[clients]]\nname = \"gamma\"\nservices = [\"webb\"]\nhosts = [\"10.0.0.5\"]\n",
		"clients.csv":   "client,host,address,services\nbeta,web1,10.0.0.300,web\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := setup.Load(filepath.Join(dir, "opsbot.toml"), func(string) string { return "" })
	said := inEnglish(t, err)
	for _, want := range []string{"Atlantis", "10.0.0.9", `unknown host "nowhere"`, "10.0.0.300", `unknown service "webb": did you mean "web"?`, `unknown check "maindb": did you mean "main-db"?`} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in:\n%s", want, said)
		}
	}
	if n := strings.Count(said, "\n") + 1; n != 6 {
		t.Errorf("%d problems:\n%s", n, said)
	}
}

// TestLaterStagesBearEarlierMistakes loads every bad configuration of package config: the later stages find nothing where there is a
// mistake already, and do not break.
func TestLaterStagesBearEarlierMistakes(t *testing.T) {
	files, err := filepath.Glob("../../config/testdata/*.bad.toml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		_, err := setup.Load(file, func(string) string { return "" })
		problems, ok := err.(model.Problems) //nolint:errorlint // that it is bare is the point
		if !ok || len(problems) == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
}
