package doctor_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"opsbot/app/doctor"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/store"
)

// TestExamineTheDisk: what is free decides, not the share of a large disk alone; without inodes nothing can be written either.
func TestExamineTheDisk(t *testing.T) {
	const mib = 256 // blocks
	for name, c := range map[string]struct {
		is   syscall.Statfs_t
		want string
	}{
		"empty":                   {syscall.Statfs_t{Bsize: 4096, Bavail: 900 * mib, Blocks: 1000 * mib}, "ok disk.ok"},
		"little of a large one":   {syscall.Statfs_t{Bsize: 4096, Bavail: 6000 * mib, Blocks: 1000000 * mib}, "ok disk.ok"},
		"little":                  {syscall.Statfs_t{Bsize: 4096, Bavail: 900 * mib, Blocks: 10000 * mib}, "warning disk.low"},
		"next to nothing":         {syscall.Statfs_t{Bsize: 4096, Bavail: 99 * mib, Blocks: 200 * mib}, "failure disk.full"},
		"nothing":                 {syscall.Statfs_t{Bsize: 4096, Blocks: 200 * mib}, "failure disk.full"},
		"no inode":                {syscall.Statfs_t{Bsize: 4096, Bavail: 900 * mib, Blocks: 1000 * mib, Files: 100}, "failure disk.full"},
		"one that counts no file": {syscall.Statfs_t{Bsize: 4096, Bavail: 900 * mib, Blocks: 1000 * mib}, "ok disk.ok"},
		"of no size":              {syscall.Statfs_t{}, "failure disk.full"},
	} {
		if f := doctor.Space("/var", &c.is); string(f.Level)+" "+f.Code != c.want || f.Args["path"] != "/var" {
			t.Errorf("%s: %+v, want %s", name, f, c.want)
		}
	}
}

func TestExamineTheClock(t *testing.T) {
	for want, f := range map[string]doctor.Finding{
		"ok clock.ok":           doctor.Kept(&syscall.Timex{Status: 0x2001}, nil),
		"warning clock.alone":   doctor.Kept(&syscall.Timex{Status: 0x2041}, nil),
		"skipped clock.unknown": doctor.Kept(&syscall.Timex{}, errors.New("not permitted")),
	} {
		if got := string(f.Level) + " " + f.Code; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestExamineWhatWorks: with a database, mail, sources, a name and people who have written to the bot, each is found to be fine by its name; then the
// rest of what can be wrong with a database and with Telegram is, one thing after the other.
func TestExamineWhatWorks(t *testing.T) {
	p := newPatient(t)
	files, err := p.world.Files(true)
	if err != nil {
		t.Fatal(err)
	}
	p.config = strings.Replace(files["opsbot.toml"], `smtp = "127.0.0.1:`, `smtp = "localhost:`, 1)
	path := filepath.Join(p.dir, "opsbot.db")
	db, err := store.Open(t.Context(), store.Options{Path: path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.world.Bot.Post(botapi.Post{From: sandbox.Admin, Chat: sandbox.Admin, Text: "/start"}); err != nil {
		t.Fatal(err)
	}
	got := p.examine()
	p.finds(got, "ok database.ok", "ok mail.ok oncall", "ok mail.ok archive", "ok mail.ok reports", "ok sources.ok icinga", "ok sources.ok prometheus",
		"ok dns.ok", "ok users.ok Anna", "ok chats.ok ops", "ok chats.ok ops-ru", "ok telegram.ok", "ok bot.ok")
	if i := slices.IndexFunc(got, func(f string) bool { return strings.HasPrefix(f, "failure") }); i >= 0 {
		t.Errorf("in a whole installation: %s", got[i])
	}

	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	p.finds(p.examine(), "warning database.mode")
	p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultServer, Method: "sendChatAction", Times: -1})
	p.finds(p.examine(), "warning users.fails Anna")
	p.world.Bot.Heal()
	if err := p.world.Bot.Migrate(sandbox.OpsChat, -1001000000009); err != nil {
		t.Fatal(err)
	}
	p.finds(p.examine(), "failure chats.moved ops", "ok chats.ok ops-ru")
	if err := p.world.Bot.SetBot(sandbox.Admin, sandbox.OpsChatRu, "restricted"); err != nil {
		t.Fatal(err)
	}
	p.finds(p.examine(), "failure chats.rights ops-ru")
	p.config = regexp.MustCompile(`(?s)\n\[\[people\]\].*\n\[\[routes\]\]\nto = \[[^\]]*\]\n`).ReplaceAllString(p.config, "\n") // whose routes name the chats
	before, _, _ := strings.Cut(p.config, "[[telegram.chats]]")
	_, after, _ := strings.Cut(p.config, "[[telegram.users]]")
	p.config = before + "[[telegram.users]]" + after
	p.finds(p.examine(), "warning chats.none")
}
