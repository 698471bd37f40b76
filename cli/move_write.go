package cli

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"opsbot/inventory"
	"opsbot/model"
	"opsbot/movein"
	"opsbot/texts"
)

// newToken is a secret for a job.
func newToken() string {
	var data [16]byte
	_, _ = rand.Read(data[:]) // it never fails
	return hex.EncodeToString(data[:])
}

// write writes the secrets, then replaces the file; the old one is kept beside it. Files of secrets that nothing names any more are removed last.
func (m *movePlan) write() error {
	if err := os.MkdirAll(filepath.Dir(m.o.out), 0o755); err != nil { //nolint:gosec // no secrets, and the service's user must read it
		return fileError(model.ErrFile, m.o.out, err)
	}
	if err := m.writeSecrets(); err != nil {
		return err
	}
	err := inventory.Replace(m.o.out, m.old, m.draft.Text, func(string) error {
		if problems, err := m.validate(); err != nil || len(problems) > 0 {
			return errors.Join(err, problems)
		}
		return nil
	})
	if err != nil {
		return fileError(model.ErrFile, m.o.out, err)
	}
	return m.removeStale()
}

// writeSecrets writes the files that only their owner can read, those that differ.
func (m *movePlan) writeSecrets() error {
	for _, s := range m.draft.Secrets {
		if !m.differs(s) {
			continue
		}
		file := m.secretPath(s)
		err := os.MkdirAll(filepath.Dir(file), 0o700)
		if err == nil {
			err = replaceSecret(file, m.secret(s)+"\n")
		}
		if err == nil {
			err = m.giveTo(filepath.Dir(file), file)
		}
		if err != nil {
			return fileError(model.ErrFile, file, err)
		}
	}
	return nil
}

// replaceSecret replaces a file by one that only its owner can read.
func replaceSecret(file, text string) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".secret-") // its mode is 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// removeStale removes the files of secrets that the import wrote for tables that are gone.
func (m *movePlan) removeStale() error {
	dir := filepath.Join(filepath.Dir(m.o.config), filepath.FromSlash(m.base.Secrets))
	files, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	text := m.content()
	for _, f := range files {
		if strings.HasPrefix(f.Name(), ".") || strings.Contains(text, `"`+m.base.Secrets+"/"+f.Name()+`"`) {
			continue
		}
		err = errors.Join(err, os.Remove(filepath.Join(dir, f.Name())))
	}
	return err
}

// preview describes what the import would change, and names everything that is not carried over.
func (m *movePlan) preview() string {
	d := m.draft
	i := &importPlan{o: importOptions{out: m.o.out}, p: m.p}
	lines := []string{m.p.T("import.tables", texts.Args{"tables": d.Before, "to_tables": d.After})}
	lines = append(lines, tableLines(i, "import.tables_added", "+", d.Added)...)
	lines = append(lines, tableLines(i, "import.tables_changed", "~", d.Changed)...)
	lines = append(lines, tableLines(i, "import.tables_removed", "-", d.Removed)...)
	lines = append(lines, m.p.T("import.tables_kept", texts.Args{"kept": d.Kept, "others": d.Others}))
	if n := m.secretsToWrite(); n > 0 {
		lines = append(lines, m.p.T("import.secrets", texts.Args{"n": n, "folder": m.base.Secrets}))
	}
	lines = append(lines, m.notes("import.left", true)...)
	lines = append(lines, m.notes("import.differs", false)...)
	if d.Drastic() {
		lines = append(lines, m.p.T("import.tables_drastic", texts.Args{"tables": len(d.Removed), "of_tables": d.Before}))
	}
	return strings.Join(lines, "\n")
}

func (m *movePlan) secretsToWrite() int {
	n := 0
	for _, s := range m.draft.Secrets {
		if m.differs(s) {
			n++
		}
	}
	return n
}

func tableLines(i *importPlan, id, mark string, all []movein.Edit) []string {
	if len(all) == 0 {
		return nil
	}
	rows := make([]string, len(all))
	for k, e := range all {
		text := e.Name
		changes := make([]string, len(e.Changes))
		for j, c := range e.Changes {
			changes[j] = fmt.Sprintf("%s %s → %s", c.Key, i.orNothing(c.From), i.orNothing(c.To))
		}
		if len(changes) > 0 {
			text += ": " + strings.Join(changes, ", ")
		}
		rows[k] = mark + " " + text
	}
	return append([]string{i.p.N(id, len(all))}, i.some(rows)...)
}

// notes are all notes of one sort: none is hidden, since what is missing here is not watched any more.
func (m *movePlan) notes(id string, left bool) []string {
	var lines []string
	for _, n := range m.draft.Notes {
		if n.Left != left {
			continue
		}
		text := m.p.Sentence(n.What)
		if n.At != "" {
			text = n.At + ": " + text
		}
		lines = append(lines, "  - "+strings.Map(model.HarmlessRune, text))
	}
	if len(lines) == 0 {
		return nil
	}
	return append([]string{m.p.N(id, len(lines))}, lines...)
}

// message is one of the sentences around an import: "same", "ask", "ask_removals", "written", "refused", "not_written".
func (m *movePlan) message(what string) string {
	if what == "written" && m.old == nil {
		what = "written_new"
	}
	return m.p.T("import."+what, texts.Args{"file": m.o.out})
}
