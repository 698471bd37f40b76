package cluster_test

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The oracle compares what was so with what people were sent and what the database has. It asks no opsbot: it reads what the trial did, what
// the test server of Telegram took, and what triggers in the database wrote down.

// record is all that it needs of a trial. Times are of the machine of the trial.
type record struct {
	spells   map[string][]spell     // of each target; those without one never refused
	answered map[string][]time.Time // when each target was connected to
	messages []sent                 // to the group
	replies  []sent                 // to the person who asks
	commands []command
	audits   map[string]int // entries of the audit log, by that name
	opened   []opened
	writers  []written
	calls    []spoke
	tenures  []tenure
	faults   []fault
	end      time.Time
}

// spell is a time in which a target refused.
type spell struct{ from, to time.Time }

// sent is a message as it was when it was sent; cards are edited later.
type sent struct {
	at   time.Time
	text string
}

// command is what a person asked for, about something that no other command is about.
type command struct {
	at    time.Time
	about string
}

// opened is an incident of the database.
type opened struct {
	id     string
	target string
	at     time.Time // when it was committed
	open   bool      // still, at the end
}

// written says that a start of a store wrote in an epoch.
type written struct{ writer, epoch string }

// spoke is when a bot sent anything to Telegram.
type spoke struct {
	bot string
	at  time.Time
}

// tenure is since when a bot leads.
type tenure struct {
	since time.Time
	name  string
}

// fault is what was done to a bot, or to all that there is.
type fault struct {
	spell
	bot  string // "": to all
	what string
}

// The bounds of the oracle.
const (
	started   = 2 * time.Second // after a takeover the checks run
	recovered = 4 * time.Second // after a fault: connections are opened anew
	notices   = 8 * time.Second // a leader to whom nothing is done notices a failure in that, and has it sent
	// noticesEnd is how soon it may notice that something works again.
	noticesEnd = 3 * time.Second
	late       = 15 * time.Second
	handed     = 500 * time.Millisecond // what was on its way when another one took over
)

// findings are what went wrong, by its kind.
type findings map[string][]string

func (f findings) add(kind, format string, args ...any) {
	f[kind] = append(f[kind], fmt.Sprintf(format, args...))
}

func clockTime(t time.Time) string { return t.UTC().Format("15:04:05.000") }

// isDown reports whether a message says that a target is down, else that it is up.
func (m *sent) isDown() bool { return !strings.Contains(m.text, "🟢") }

// isRepeat reports whether a message says that it may have come before.
func (m *sent) isRepeat() bool { return strings.Contains(m.text, "may be a repeat") }

// judged is a target, the messages about it, and when somebody had to notice.
type judged struct {
	name   string
	spells []spell
	about  []sent
	quiet  []spell
}

// judge returns what went wrong.
func (r *record) judge() findings {
	f := findings{}
	quiet := r.undisturbed()
	for name, spells := range r.spells {
		x := &judged{name, spells, r.about(name), quiet}
		x.judgeSpells(f)
		r.judgeOpened(f, name, spells)
		r.judgeRuns(f, name, quiet)
	}
	r.judgeIncidents(f)
	r.judgeCommands(f)
	r.judgeWriters(f)
	r.judgeSpeech(f)
	return f
}

// about are the messages that name a target.
func (r *record) about(name string) (all []sent) {
	for _, m := range r.messages {
		if slices.Contains(words(m.text), name) {
			all = append(all, m)
		}
	}
	return all
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// undisturbed are the times in which a leader leads to whom nothing is done.
func (r *record) undisturbed() (all []spell) {
	for i, t := range r.tenures {
		to := r.end
		if i+1 < len(r.tenures) {
			to = r.tenures[i+1].since
		}
		from := t.since.Add(started)
		for _, f := range r.faults {
			if f.bot != "" && f.bot != t.name || !f.to.Add(recovered).After(from) {
				continue
			}
			if f.from.Before(to) {
				all = append(all, spell{from, f.from})
				from = f.to.Add(recovered)
			}
		}
		all = append(all, spell{from, to})
	}
	return slices.DeleteFunc(all, func(s spell) bool { return !s.from.Before(s.to) })
}

// within is the longest time that a spell has in common with one of others.
func (s spell) within(others []spell) (most time.Duration) {
	for _, o := range others {
		from, to := s.from, s.to
		if o.from.After(from) {
			from = o.from
		}
		if o.to.Before(to) {
			to = o.to
		}
		most = max(most, to.Sub(from))
	}
	return most
}

// judgeSpells: a failure that an undisturbed leader had the time to notice is notified. One that follows upon another, so that nobody had the
// time to notice the end of that, may be the same to whoever was notified.
func (x *judged) judgeSpells(f findings) {
	used, notified := map[int]bool{}, false
	for k, s := range x.spells {
		n := 0
		same := k > 0 && notified && spell{x.spells[k-1].to, s.from}.within(x.quiet) < noticesEnd
		for i, m := range x.about {
			if m.isDown() && !m.at.Before(s.from) && !m.at.After(s.to.Add(late)) {
				used[i] = true
				n++
			}
		}
		notified = n > 0 || same
		if !notified && s.within(x.quiet) >= notices {
			f.add("alerts lost", "%s was down from %s to %s", x.name, clockTime(s.from), clockTime(s.to))
		}
	}
	for i, m := range x.about {
		if m.isDown() && !used[i] {
			f.add("false down", "%s at %s: %s", x.name, clockTime(m.at), m.text)
		}
	}
}

// judgeOpened: no more incidents than failures, at any time, and none without one.
func (r *record) judgeOpened(f findings, name string, spells []spell) {
	n := 0
	for _, o := range r.opened {
		if o.target != name {
			continue
		}
		begun := 0
		for _, s := range spells {
			if !s.from.After(o.at) {
				begun++
			}
		}
		if n++; n > begun {
			f.add("false down", "#%s of %s at %s is the incident number %d of %d failures", o.id, name, clockTime(o.at), n, begun)
		}
	}
}

// judgeRuns: an undisturbed leader runs every check all the time; a target that refuses sees nobody.
func (r *record) judgeRuns(f findings, name string, quiet []spell) {
	if len(r.spells[name]) > 0 {
		return
	}
	for _, q := range quiet {
		last := q.from
		for _, at := range append(slices.Clone(r.answered[name]), q.to) {
			if at.Before(q.from) || at.After(q.to) {
				continue
			}
			if at.Sub(last) > notices {
				f.add("silent checks", "%s has no visitor from %s to %s", name, clockTime(last), clockTime(at))
			}
			last = at
		}
	}
}

// judgeIncidents: each incident is notified, each message comes once or is marked, and whoever hears of a beginning hears of the end.
func (r *record) judgeIncidents(f findings) {
	for _, o := range r.opened {
		n := map[bool]int{} // by isDown
		unmarked := map[bool]int{}
		for _, m := range r.messages {
			if incidentOf(m.text) != o.id {
				continue
			}
			n[m.isDown()]++
			if !m.isRepeat() {
				unmarked[m.isDown()]++
			}
		}
		switch {
		case o.open:
			f.add("ends lost", "#%s of %s is open at the end", o.id, o.target)
		case n[true]+n[false] == 0:
			f.add("alerts lost", "nobody was notified of #%s of %s", o.id, o.target)
		case n[true] > 0 && n[false] == 0:
			f.add("ends lost", "nobody was notified of the end of #%s of %s", o.id, o.target)
		}
		for _, down := range []bool{true, false} {
			if unmarked[down] > 1 {
				f.add("unmarked repeats", "#%s of %s: %d messages, down %v", o.id, o.target, unmarked[down], down)
			}
		}
	}
}

// incidentOf is the number of the incident in a message; "" if it has none.
func incidentOf(text string) string {
	_, after, found := strings.Cut(text, "#")
	if !found {
		return ""
	}
	return after[:len(after)-len(strings.TrimLeft(after, "0123456789"))]
}

// What the answer to a command says became of it.
const (
	saysDone   = "Muted until"
	saysRan    = "It was carried out"
	saysUndone = "Nothing was changed"
)

// judgeCommands: each is answered, done at most once, and what the answer says became of it did. While the database is away an answer does
// not say what it is about, and is that to the earliest command without one.
func (r *record) judgeCommands(f findings) {
	nameless := r.nameless()
	for _, c := range r.commands {
		name, answers, done, undone := c.about, 0, false, false
		for _, m := range r.replies {
			if slices.Contains(words(m.text), name) {
				answers++
				done = done || strings.Contains(m.text, saysDone) || strings.Contains(m.text, saysRan)
				undone = undone || strings.Contains(m.text, saysUndone)
			}
		}
		if i := slices.IndexFunc(nameless, func(m sent) bool { return !m.at.Before(c.at) }); answers == 0 && i >= 0 {
			nameless = slices.Delete(nameless, i, i+1)
			answers, undone = 1, true
		}
		n := r.audits[name]
		switch {
		case answers == 0:
			f.add("commands lost", "nobody was answered about %s, with %d audit entries", name, n)
		case n > 1:
			f.add("audit doubled", "%s: %d entries", name, n)
		case done && n == 0:
			f.add("answers false", "%s is said to be done and was not", name)
		case undone && !done && n > 0:
			f.add("answers false", "%s is said to be undone and was done", name)
		}
	}
}

// nameless are the replies that name nothing that a command is about.
func (r *record) nameless() (all []sent) {
	for _, m := range r.replies {
		if !slices.ContainsFunc(words(m.text), func(word string) bool { return strings.HasPrefix(word, "spare") }) {
			all = append(all, m)
		}
	}
	return all
}

// judgeWriters: who wrote in an epoch wrote in no other one, and alone.
func (r *record) judgeWriters(f findings) {
	epochs, writers := map[string][]string{}, map[string][]string{}
	for _, w := range r.writers {
		epochs[w.writer] = append(epochs[w.writer], w.epoch)
		writers[w.epoch] = append(writers[w.epoch], w.writer)
	}
	for writer, all := range epochs {
		if len(all) > 1 {
			f.add("stale actions", "one store wrote in the epochs %s", strings.Join(all, ", "))
		}
		for _, epoch := range all {
			if len(writers[epoch]) > 1 {
				f.add("stale actions", "in the epoch %s wrote %d stores, one is %s", epoch, len(writers[epoch]), writer)
			}
		}
	}
}

// judgeSpeech: nobody speaks while another one leads.
func (r *record) judgeSpeech(f findings) {
	for _, s := range r.calls {
		var leads tenure
		for _, t := range r.tenures {
			if t.since.Before(s.at) {
				leads = t
			}
		}
		if leads.name != "" && leads.name != s.bot && s.at.Sub(leads.since) > handed {
			f.add("stale actions", "%s spoke at %s; %s leads since %s", s.bot, clockTime(s.at), leads.name, clockTime(leads.since))
		}
	}
}
