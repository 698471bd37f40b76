package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alecthomas/kong"

	"opsbot/cli"
	"opsbot/sandbox/fleet"
)

// call is a command line of the table, its exit code, and what it says.
type call struct {
	line  string // {dir} is the folder of the world, {data} that of the repository; {door} and the like are numbers
	code  int
	says  string         // on one of both outputs; "": nothing at all
	typed string         // the answer at a terminal; without one there is none
	first func(w *world) // what happens before
	goes  bool           // it goes on, until it is ended once it has said that
}

// commands are the leaves of the command model by their words.
var commands = sync.OnceValues(func() (map[string]*kong.Node, error) {
	var line commandLine
	parser, err := kong.New(&line, kong.Name("opsbot"))
	if err != nil {
		return nil, err
	}
	all := map[string]*kong.Node{}
	for _, n := range parser.Model.Leaves(true) {
		all[wordsOf(n)] = n
	}
	return all, nil
})

func allCommands(t *testing.T) map[string]*kong.Node {
	t.Helper()
	all, err := commands()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wordsOf(n *kong.Node) string {
	var words []string
	for ; n.Parent != nil; n = n.Parent {
		words = append([]string{n.Name}, words...)
	}
	return strings.Join(words, " ")
}

// commandOf is the command of a line of the table.
func commandOf(all map[string]*kong.Node, line string) string {
	words := strings.Fields(line)
	for n := min(2, len(words)); n > 0; n-- {
		if name := strings.Join(words[:n], " "); all[name] != nil {
			return name
		}
	}
	return ""
}

// asksTheBot reports whether a command needs the running bot; two only ask it if it is there.
func asksTheBot(n *kong.Node) bool {
	return slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return f.Name == "socket" }) && !slices.Contains([]string{"init", "completion"}, wordsOf(n))
}

// codes are the exit codes that were seen, by command.
type codes struct {
	mu   sync.Mutex
	seen map[string][]int
}

func (c *codes) add(command string, code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[command] = append(c.seen[command], code)
}

// TestEveryCommandEndsAsItSays runs every command of the command line as a process of its own on a running opsbot: what it prints, and that it ends
// by each exit code that its help and docs/commands.md name. A new command, and a new exit code, needs its lines in the table.
func TestEveryCommandEndsAsItSays(t *testing.T) {
	all, seen := allCommands(t), &codes{seen: map[string][]int{}}
	w := newWorld(t)
	t.Run("all", func(t *testing.T) {
		for name, calls := range table() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				mine := *w
				mine.t = t
				for i := range calls {
					seen.add(commandOf(all, calls[i].line), mine.call(&calls[i]))
				}
			})
		}
		t.Run("wrong words", func(t *testing.T) {
			t.Parallel()
			for command, n := range all {
				seen.add(command, misspelt(t, command))
				if !asksTheBot(n) {
					continue
				}
				code := nobodyAnswers(t, filepath.Join(w.dir, "none.sock"), example(t, all, command))
				if want := cli.ExitCodes(command); code != want[len(want)-1] {
					t.Errorf("%s: exit code %d while nothing runs, documented are %v", command, code, want)
				}
				seen.add(command, code)
			}
		})
		t.Run("not allowed", func(t *testing.T) {
			t.Parallel()
			var lines [][]string
			for command, n := range all {
				if asksTheBot(n) {
					lines = append(lines, example(t, all, command))
				}
			}
			denied(t, w, lines)
		})
	})
	if code := w.bot.stop(t); code != cli.ExitOK {
		t.Errorf("it ended with exit code %d\n%s", code, w.bot.said)
	}
	seen.add("run", cli.ExitOK)
	for command := range all {
		for _, code := range cli.ExitCodes(command) {
			if !slices.Contains(seen.seen[command], code) {
				t.Errorf("opsbot %s: no line of the table ends with its exit code %d: %v", command, code, seen.seen[command])
			}
		}
		for _, code := range seen.seen[command] {
			if code != cli.ExitFailed && !slices.Contains(cli.ExitCodes(command), code) {
				t.Errorf("opsbot %s ends with exit code %d, which is not documented", command, code)
			}
		}
	}
}

// call runs a line of the table and compares. What was refused is refused in Russian, too.
func (w *world) call(c *call) int {
	w.t.Helper()
	if c.first != nil {
		c.first(w)
	}
	line := w.filled(c.line)
	env := w.env()
	if c.goes {
		r := start(w.t, env, strings.Fields(line)...)
		r.said.wait(w.t, c.says)
		if code := r.stop(w.t); code != c.code {
			w.t.Errorf("opsbot %s: exit code %d, want %d\n%s", line, code, c.code, r.said)
		}
		return c.code
	}
	e := finish(w.t, opsbot(w.t.Context(), env, strings.Fields(line)...), c.typed)
	if e.code != c.code || !strings.Contains(e.all(), w.filled(c.says)) || c.says == "" && e.all() != "" {
		w.t.Errorf("opsbot %s: exit code %d, want %d and %q\n%s", line, e.code, c.code, c.says, e.all())
	}
	if c.code == cli.ExitFailed && c.typed == "" {
		if e.errOut == "" || strings.Contains(e.errOut, "goroutine ") || strings.Contains(e.errOut, "{{") {
			w.t.Errorf("opsbot %s: the reason is not on the error output: %s", line, e.all())
		}
		w.inRussian(line)
	}
	return e.code
}

// inRussian runs a line that is refused once more: it is refused as before, in words that a Russian reads.
func (w *world) inRussian(line string) {
	w.t.Helper()
	args := slices.Concat([]string{"--language", "ru"}, strings.Fields(line))
	for _, f := range []struct{ name, value string }{{"--config", w.config}, {"--socket", w.socket}} {
		if takes(w.t, line, f.name) && !strings.Contains(line, f.name+" ") {
			args = flagged(args, f.name, f.value)
		}
	}
	var out, errOut strings.Builder
	code := run(w.t.Context(), args, &out, &errOut)
	if code != cli.ExitFailed || !cyrillic.MatchString(errOut.String()) {
		w.t.Errorf("opsbot %s in Russian: exit code %d\n%s%s", line, code, &out, &errOut)
	}
}

// takes reports whether the command of a line has a flag.
func takes(t *testing.T, line, flag string) bool {
	t.Helper()
	all := allCommands(t)
	n := all[commandOf(all, line)]
	return n != nil && slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return "--"+f.Name == flag })
}

var (
	cyrillic    = regexp.MustCompile(`\p{Cyrillic}`)
	placeholder = regexp.MustCompile(`\{[a-z]+\}`)
)

// filled puts the values of this world into a text.
func (w *world) filled(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		switch name {
		case "{dir}":
			return w.dir
		case "{data}":
			data, err := filepath.Abs("../..")
			if err != nil {
				w.t.Fatal(err)
			}
			return data
		case "{web}":
			return w.web
		case "{db}":
			return w.incident("main-db")
		case "{door}":
			return w.incident("door")
		case "{page}":
			return w.incident("page")
		case "{event}":
			return w.event("nobody-knows-it")
		case "{message}":
			return w.waiting()
		default:
			w.t.Fatalf("nothing is known of %s", name)
			return ""
		}
	})
}

// example is a line of the table by which a command works.
func example(t *testing.T, all map[string]*kong.Node, command string) []string {
	t.Helper()
	for _, calls := range table() {
		for i := range calls {
			if c := &calls[i]; c.code == cli.ExitOK && commandOf(all, c.line) == command {
				return strings.Fields(placeholder.ReplaceAllString(c.line, "1"))
			}
		}
	}
	t.Errorf("opsbot %s: no line of the table shows it at work", command)
	return strings.Fields(command)
}

// misspelt gives a command a flag that it does not have: it is named, and where the help is, in both languages; nothing is done.
func misspelt(t *testing.T, command string) int {
	t.Helper()
	for _, language := range []string{"en", "ru"} {
		var out, errOut strings.Builder
		code := run(t.Context(), append([]string{"--language", language}, append(strings.Fields(command), "--telepathy")...), &out, &errOut)
		what, hint, _ := strings.Cut(strings.TrimSuffix(errOut.String(), "\n"), "\n")
		if code != cli.ExitFailed || out.Len() > 0 || !strings.Contains(what, "--telepathy") || strings.Contains(hint, "\n") || !strings.HasSuffix(hint, "opsbot "+command+" --help") {
			t.Errorf("%s with a wrong flag: exit code %d\n%s%s", command, code, &out, &errOut)
		}
		if cyrillic.MatchString(what) != (language == "ru") {
			t.Errorf("%s with a wrong flag in %s: %s", command, language, what)
		}
	}
	return cli.ExitFailed
}

// nobodyAnswers runs a command while nothing runs: it names the socket, and how to start opsbot, in both languages.
func nobodyAnswers(t *testing.T, socket string, line []string) (code int) {
	t.Helper()
	for language, hint := range map[string]string{"en": "Is it running? Start it with: opsbot run", "ru": "Он запущен? Запуск: opsbot run"} {
		var out, errOut strings.Builder
		code = run(t.Context(), slices.Concat([]string{"--language", language}, flagged(line, "--socket", socket)), &out, &errOut)
		if out.Len() > 0 || !strings.Contains(errOut.String(), socket) || !strings.Contains(errOut.String(), hint) {
			t.Errorf("%v in %s, while nothing runs: exit code %d\n%s%s", line, language, code, &out, &errOut)
		}
	}
	return code
}

// flagged puts a flag behind the command, where commands that take words look for it.
func flagged(line []string, flag ...string) []string {
	n := slices.IndexFunc(line, func(word string) bool { return word == "--" })
	if n < 0 {
		n = len(line)
	}
	return slices.Insert(slices.Clone(line), n, flag...)
}

// denied runs commands as a user whom the socket is not for: each says so in both languages, and does not ask whether opsbot runs.
func denied(t *testing.T, w *world, lines [][]string) {
	t.Helper()
	socket := w.socket
	if os.Geteuid() != 0 {
		socket = noEntry(t)
	}
	var asked [][]string
	for _, line := range lines {
		for _, language := range []string{"en", "ru"} {
			asked = append(asked, slices.Concat([]string{"--language", language}, flagged(line, "--socket", socket)))
		}
	}
	for i, e := range asStrangerRuns(t, asked) {
		want := "You may not use " + socket
		if asked[i][1] == "ru" {
			want = "Нет доступа к " + socket
		}
		if e.Code == cli.ExitOK || e.Out != "" || !strings.Contains(e.ErrOut, want) || !strings.Contains(e.ErrOut, "sudo opsbot") {
			t.Errorf("%v as a stranger: %+v", asked[i], e)
		}
	}
}

// noEntry is a socket that its owner may not use either: who is not root cannot become somebody else.
func noEntry(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "socket")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // nothing was read from it
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	return path
}

// moves are the importers of other monitors: what they read, and what has none of it left.
var moves = map[string][2]string{
	"kuma":         {"kuma/backup/backup.json", ""},
	"gatus":        {"gatus/folder", "gatus/plain/gatus.yml"},
	"blackbox":     {"blackbox/prometheus/blackbox.yml {data}/movein/testdata/blackbox/prometheus/prometheus.yml", "blackbox/targets/blackbox.yml {data}/movein/testdata/blackbox/targets/sites.yml"},
	"healthchecks": {"healthchecks/api/checks.json", "healthchecks/readonly/checks.json"},
	"cloudprober":  {"cloudprober/text/cloudprober.cfg", "cloudprober/yaml/cloudprober.yaml"},
	"nagios":       {"nagios/templates/nagios.cfg", "nagios/small/objects.cfg"},
	"icinga2":      {"icinga2/conf.d", "icinga2/odd/odd.conf"},
	"crontab":      {"crontab/system/cron.d", "crontab/user/crontab"},
}

// importCalls are the lines of an import: shown, refused without a yes, declined, written, and refused for what it would remove.
func importCalls(line, then string) []call {
	return []call{
		{line: line, code: cli.ExitFailed, says: "--yes"},
		{line: line, code: cli.ExitProblems, says: "Nothing written.", typed: "n"},
		{line: line, code: cli.ExitOK, says: "written", typed: "y"},
		{line: line + " --yes", code: cli.ExitOK, says: "No changes to write."},
		{line: then + " --yes", code: cli.ExitRefused, says: "--allow-removals"},
	}
}

func moveCalls() []call {
	var all []call
	for kind, files := range moves {
		head := "import " + kind + " --config {dir}/moved/opsbot.toml --out {dir}/moved/conf.d/" + kind + ".toml --as " + kind + " "
		then := head + "{data}/movein/testdata/" + files[1]
		if files[1] == "" {
			then = head + "{dir}/other.json"
		}
		all = append(all, importCalls(head+"{data}/movein/testdata/"+files[0], then)...)
		all = append(all, call{line: "import " + kind + " {dir}/none", code: cli.ExitFailed, says: "{dir}/none"})
	}
	return all
}

func dutyCalls() []call {
	var all []call
	for kind, files := range map[string]string{
		"pagerduty": "{from}/pagerduty.json {from}/pagerduty-users.json", "opsgenie": "{from}/opsgenie.json {from}/opsgenie-users.json", "goalert": "{from}/goalert.json",
		"oncall": "{from}/oncall-users.json {from}/oncall-schedules.json {from}/oncall-shifts.json --telegram anna=42;boris=43",
	} {
		line := fmt.Sprintf("import %[1]s --config {dir}/%[1]s/opsbot.toml --out {dir}/%[1]s/conf.d/%[1]s.toml %[2]s", kind, strings.ReplaceAll(files, "{from}", "{data}/oncall/moving/testdata"))
		all = append(all, importCalls(line, line)[:4]...)
		all[len(all)-4].first = func(w *world) {
			w.write(kind+"/opsbot.toml", "[[telegram.users]]\nid = 44\nname = \"vera\"\nrole = \"operator\"\n")
		}
	}
	return all
}

// breaks makes a part of the fleet fail.
func breaks(name string) func(*world) {
	return func(w *world) { w.set(name, fleet.Killed) }
}

// TestExitCodesAreDocumented compares the table of docs/commands.md in both languages, and the help, with the exit codes of the commands.
func TestExitCodesAreDocumented(t *testing.T) {
	documentedIn(t, "docs/commands.md", "| command | does | exit code |\n")
	documentedIn(t, "docs/ru/commands.md", "| команда | что делает | код возврата |\n")
	for command := range allCommands(t) {
		for language, begin := range map[string]string{"en": "\nExit code ", "ru": "\nКод возврата "} {
			var out, errOut strings.Builder
			run(t.Context(), append([]string{"--language", language, "help"}, strings.Fields(command)...), &out, &errOut)
			_, line, _ := strings.Cut(out.String(), begin)
			line, _, _ = strings.Cut(line, "\n\n")
			if got := codesIn(line); !slices.Equal(got, cli.ExitCodes(command)) {
				t.Errorf("opsbot help %s in %s has the exit codes %v, want %v:\n%s%s", command, language, got, cli.ExitCodes(command), &out, &errOut)
			}
		}
	}
}

// documentedIn compares the table of a document with the exit codes of the commands.
func documentedIn(t *testing.T, name, heading string) {
	t.Helper()
	_, section, _ := strings.Cut(readFile(t, filepath.Join("../..", name)), heading)
	section, _, _ = strings.Cut(section, "\n\n")
	documented := map[string]bool{}
	all := allCommands(t)
	for row := range strings.Lines(section) {
		cells := strings.Split(strings.ReplaceAll(row, `\|`, ","), "|")
		var want []int
		for _, command := range namedIn(all, cells[1]) {
			documented[command] = true
			want = append(want, cli.ExitCodes(command)...)
		}
		slices.Sort(want)
		if got := codesIn(cells[len(cells)-2]); row[0] == '|' && !strings.Contains(row, "---") && !slices.Equal(got, slices.Compact(want)) {
			t.Errorf("%s has the exit codes %v, the commands have %v: %s", name, got, slices.Compact(want), row)
		}
	}
	for command := range all {
		if !documented[command] {
			t.Errorf("opsbot %s has no exit code in %s", command, name)
		}
	}
}

// namedIn are the commands that the first cell of a row names: `opsbot backup FILE`, or `opsbot before`, `after`.
func namedIn(all map[string]*kong.Node, cell string) (found []string) {
	group := ""
	for _, quoted := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(cell, -1) {
		words := strings.Fields(strings.TrimPrefix(quoted[1], "opsbot "))
		name := strings.Join(words[:min(len(words), 2)], " ")
		for _, try := range []string{name, words[0], group + " " + words[0], words[0] + " list"} {
			if all[try] != nil {
				found = append(found, try)
				group, _, _ = strings.Cut(try, " ")
				break
			}
		}
	}
	return found
}

// codesIn are the numbers that begin a part of a text: "0 done; 2 refused", "0: done; 2: refused".
func codesIn(text string) (all []int) {
	for _, m := range regexp.MustCompile(`(?:^|;)\s*(\d)\b`).FindAllStringSubmatch(strings.TrimSpace(text), -1) {
		all = append(all, int(m[1][0]-'0'))
	}
	return all
}
