package logs

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"opsbot/charset"
	"opsbot/logs/redact"
	"opsbot/model"
	"opsbot/ssh"
)

// Source is a log of hosts. One of Files, Unit and Command is set.
type Source struct {
	Name    string
	Hosts   []string // words that select them; "all" is every host
	Files   []string // patterns of paths; of local ones {host} is the host's name
	Unit    string   // of the journal
	Command []string // a program and its arguments; the end of its output counts
	Local   bool     // on this machine; else on the host, over SSH
	Plain   bool     // lines are not parsed as requests
	Zone    *time.Location

	Encoding *charset.Charset // nil: as the lines look
}

// path is its name in reasons that blame no file.
func (s *Source) path() string {
	switch {
	case s.Unit != "":
		return s.Unit
	case len(s.Command) > 0:
		return s.Command[0]
	default:
		return strings.Join(s.Files, ", ")
	}
}

// Runner runs commands on other machines. An *ssh.Pool is one.
type Runner interface {
	Run(ctx context.Context, t ssh.Target, args []string, limit int) (ssh.Answer, error)
}

// Options configure a Reader. All but Remote and Redact are required.
type Options struct {
	Sources []Source
	Remote  Runner                                   // nil: no source is remote
	Means   func(word string, host *model.Host) bool // whether a word selects a host
	Redact  []*regexp.Regexp                         // further patterns of secrets
	Lines   int                                      // of an excerpt, if the question sets no number
	Bytes   int                                      // read per source and host
	Timeout time.Duration                            // for one host
	AtOnce  int                                      // concurrent hosts
	Now     func() time.Time
}

// Reader reads logs. It is safe for concurrent use.
type Reader struct {
	o      Options
	redact *redact.Redactor
	here   *local
	hosts  chan struct{} // hosts being read
	minds  chan struct{} // held while building an excerpt: it takes several times the memory of what was read
}

// The limits of concurrent reads.
const (
	logsAtOnce = 3 // per host
	digestsNow = 2
)

// New returns a reader; it reads nothing yet.
func New(o Options) *Reader {
	return &Reader{o: o, redact: redact.New(o.Redact), here: newLocal(), hosts: make(chan struct{}, max(1, o.AtOnce)), minds: make(chan struct{}, digestsNow)}
}

// Sources implements ops.Logs.
func (r *Reader) Sources(host model.Host) []string {
	var names []string
	for _, s := range r.of(&host) {
		names = append(names, s.Name)
	}
	return names
}

// of returns the sources of a host.
func (r *Reader) of(host *model.Host) []*Source {
	var found []*Source
	for i := range r.o.Sources {
		s := &r.o.Sources[i]
		if slices.ContainsFunc(s.Hosts, func(word string) bool { return word == everyHost || r.o.Means(word, host) }) {
			found = append(found, s)
		}
	}
	return found
}

// everyHost is the word that selects all.
const everyHost = "all"

// Excerpts implements ops.Logs.
func (r *Reader) Excerpts(ctx context.Context, inv *model.Inventory, questions []model.LogQuestion) []model.LogExcerpt {
	answers := make([][]model.LogExcerpt, len(questions))
	var all sync.WaitGroup
	for i := range questions {
		all.Go(func() { answers[i] = r.host(ctx, inv, &questions[i]) })
	}
	all.Wait()
	return slices.Concat(answers...)
}

// host reads one host, all of its sources concurrently.
func (r *Reader) host(ctx context.Context, inv *model.Inventory, q *model.LogQuestion) []model.LogExcerpt {
	host, known := inv.Host(q.Host)
	sources := r.of(&host)
	if len(q.Sources) > 0 {
		sources = slices.DeleteFunc(sources, func(s *Source) bool { return !slices.Contains(q.Sources, s.Name) })
	}
	if !known || len(sources) == 0 {
		return []model.LogExcerpt{{Host: q.Host, Why: model.NewReason(model.ReasonLogsNone, "host", q.Host)}}
	}
	begun := r.o.Now()
	out := make([]model.LogExcerpt, len(sources))
	patience, cancel := context.WithTimeout(ctx, r.o.Timeout) // to wait for others that hang; its own time begins after that
	defer cancel()
	select {
	case r.hosts <- struct{}{}:
		defer func() { <-r.hosts }()
	case <-patience.Done():
		why := model.NewReason(model.ReasonLogsWaited, "limit", r.o.Timeout.String())
		if ctx.Err() != nil { // the caller has gone
			why = r.late()
		}
		for i, s := range sources {
			out[i] = model.LogExcerpt{Host: q.Host, Source: s.Name, From: q.From, To: q.To, Why: why, Took: r.o.Now().Sub(begun)}
		}
		return out
	}
	ctx, end := context.WithTimeout(ctx, r.o.Timeout)
	defer end()
	var all sync.WaitGroup
	hands := make(chan struct{}, logsAtOnce)
	for i, s := range sources {
		hands <- struct{}{}
		all.Go(func() {
			defer func() { <-hands }()
			out[i] = r.source(ctx, host, s, q)
		})
	}
	all.Wait()
	return out
}

func (r *Reader) late() model.Reason {
	return model.NewReason(model.ReasonLogsLate, "limit", r.o.Timeout.String())
}

// source reads one source. A parser that panics only affects its own excerpt.
func (r *Reader) source(ctx context.Context, host model.Host, s *Source, q *model.LogQuestion) (e model.LogExcerpt) {
	begun := r.o.Now()
	e = model.LogExcerpt{Host: q.Host, Source: s.Name, From: q.From, To: q.To}
	defer func() {
		if p := recover(); p != nil {
			e.Why = model.NewReason(model.ReasonLogsUnread, "path", s.path(), "said", "the reader gave up")
		}
		e.Took = r.o.Now().Sub(begun)
	}()
	want := r.want(s, q)
	text, err := r.read(ctx, host, s, want)
	e.Cut = text.cut
	for _, note := range text.notes {
		e.Notes = append(e.Notes, r.cleaned(note))
	}
	if err != nil {
		e.Why = r.why(s, err)
	}
	r.minds <- struct{}{}
	defer func() { <-r.minds }()
	r.digest(&e, text, want)
	return e
}

// maxLast bounds the number of lines in a question.
const maxLast = 2000

// want is the request to a source.
func (r *Reader) want(s *Source, q *model.LogQuestion) *want {
	w := &want{from: q.From, to: q.To, last: q.Last, grep: strings.ToLower(q.Grep), pages: q.Pages, bytes: r.o.Bytes, plain: s.Plain, zone: s.Zone, encoding: s.Encoding, now: r.o.Now()}
	if w.last <= 0 {
		w.last = r.o.Lines
	}
	w.last = min(w.last, max(maxLast, r.o.Lines))
	switch {
	case !w.to.IsZero():
		w.past = w.to.Before(w.now)
	case !w.from.IsZero():
		w.to = w.now.Add(clockSlack)
	}
	return w
}

// want is a request to a source, with limits filled in.
type want struct {
	from, to time.Time // zero: no bound
	past     bool      // the span has ended already
	last     int
	grep     string // lower case
	pages    []string
	bytes    int
	plain    bool
	zone     *time.Location // of times without a zone; nil is UTC
	encoding *charset.Charset
	now      time.Time
}

// why turns a read error into a reason, redacted.
func (r *Reader) why(s *Source, err error) model.Reason {
	reason := reasonOf(err)
	switch reason.Code {
	case "":
		reason = model.NewReason(model.ReasonLogsUnread, "path", s.path(), "said", err.Error())
	case model.ReasonCancelled:
		return r.late()
	}
	return r.cleaned(reason)
}

// cleaned redacts and bounds what a machine said in a reason.
func (r *Reader) cleaned(reason model.Reason) model.Reason {
	args := make(map[string]string, len(reason.Args))
	for k, v := range reason.Args {
		if k == "said" || k == "path" { // from the machine: the rest is ours, such as a fingerprint
			v = clean(r.redact.Line(v))
		}
		args[k] = model.Clip(v, maxSaid)
	}
	return model.Reason{Code: reason.Code, Args: args}
}

// maxSaid bounds a machine's own text, in runes.
const maxSaid = 300

// failure is an error with a reason.
type failure struct{ reason model.Reason }

// Error is for logs.
func (f failure) Error() string { return fmt.Sprintf("%s %v", f.reason.Code, f.reason.Args) }

func failed(code model.ReasonCode, pairs ...string) error {
	return failure{model.NewReason(code, pairs...)}
}
