package found_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/inventory/found"
	"opsbot/model"
	"opsbot/test/damage"
)

// mutations is how many damaged copies of a good file each reader gets.
const mutations = 1000

// TestDamagedFilesEndInWords: a reader that is given a damaged file finds hosts, or says in both languages what it left out, or fails with
// words that name the file.
func TestDamagedFilesEndInWords(t *testing.T) {
	table := "Host Name;IP Address;Заказчик;Notes\n"
	for n := range 8 {
		table += fmt.Sprintf("web%d;10.0.0.%d;\"ACME; Inc\";заметка %d\n", n, n, n)
	}
	for name, good := range map[string]string{"hosts": iniInventory, "hosts.yml": yamlInventory, "hosts.json": listInventory, "unnamed": yamlInventory, "table.csv": table} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, uint64(len(good))))
			path := filepath.Join(t.TempDir(), name)
			seen := map[string]bool{}
			for range mutations {
				data := damage.Some(random, []byte(good))
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
				var hosts []model.FoundHost
				var notes []model.Sentence
				var err error
				if strings.HasSuffix(name, ".csv") {
					hosts, notes, err = found.CSVFile(path, nil)
				} else {
					hosts, notes, err = found.Ansible(path)
				}
				if err != nil && !strings.Contains(err.Error(), name) {
					t.Fatalf("%v does not name the file:\n%q", err, data)
				}
				check(t, hosts)
				for _, note := range notes {
					if !seen[note.ID] {
						seen[note.ID] = true
						inEnglish(t, []model.Sentence{note})
					}
				}
			}
		})
	}
}
