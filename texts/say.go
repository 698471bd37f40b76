package texts

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// value turns an argument into what the language writes.
func (p *Printer) value(v any) any {
	switch v := v.(type) {
	case time.Duration:
		return p.Duration(v)
	case model.Duration:
		return p.Duration(time.Duration(v))
	case time.Time:
		if !p.now.IsZero() {
			return p.Moment(v, p.now)
		}
		return p.Clock(v)
	case model.Reason:
		return p.Reason(v)
	case model.Verdict:
		return p.Verdict(v)
	case model.Severity:
		return p.T("severity." + v.String())
	case model.Role:
		return p.T("role." + v.String())
	case model.Status:
		return p.T("status." + v.String())
	case model.CheckPhase:
		return p.T("phase." + v.String())
	case model.CheckID:
		return string(v)
	case model.ErrorCode:
		return string(v)
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	default:
		return v
	}
}

// Reason is the sentence of a Reason, without a full stop; "" for the zero Reason. A code without a text reads as the
// code and its arguments: a newer row in the database must not become an empty card.
func (p *Printer) Reason(r model.Reason) string {
	if r.IsZero() {
		return ""
	}
	args := make(Args, len(r.Args))
	for k, v := range r.Args {
		args[k] = p.reasonArg(k, v)
	}
	if said := p.databaseSaid(r.Args["what"]); said != "" {
		args["what"] = said
	}
	if r.Code == model.IssueReload {
		args["what"] = p.encoded(r.Args["what"])
	}
	if r.Args["cause"] != "" {
		args["cause"] = p.Reason(inner(r))
	}
	id := "reason." + string(r.Code)
	for _, id := range []string{id + "." + r.Args["phase"], id} { // where a phase goes without saying, it has a text of its own
		if text := p.say(id, counted(r), args, false); text != "["+id+"]" {
			return text
		}
	}
	return bare(r)
}

// databaseSaid is what the store says of an error, in the reader's language; "" if it is in nobody's words but the database's. Behind a colon
// the store quotes the database.
func (p *Printer) databaseSaid(what string) string {
	words, quote, quotes := strings.Cut(what, ": ")
	id := "database.said." + strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return '_'
		}
		return r
	}, words)
	switch {
	case words == "" || !p.Has(id):
		return ""
	case quotes:
		return p.T(id) + ": " + quote
	default:
		return p.T(id)
	}
}

// counted is the number that the words of a reason depend on; nil when there is none.
func counted(r model.Reason) any {
	if n, err := strconv.Atoi(cmp.Or(r.Args["count"], r.Args["hosts"])); err == nil {
		return n
	}
	return nil
}

// inner is the reason that another one carries: its code as "cause", its arguments beside the other's own.
func inner(r model.Reason) model.Reason {
	args := maps.Clone(r.Args)
	delete(args, "cause")
	return model.Reason{Code: model.ReasonCode(r.Args["cause"]), Args: args}
}

// reasonArg makes a stored argument readable: durations and moments in the language, names of phases and verdicts in
// words. Everything else came from a machine and is unchanged.
func (p *Printer) reasonArg(name, value string) any {
	switch name {
	case "took", "limit":
		if d, err := time.ParseDuration(value); err == nil {
			return d
		}
	case "at", "since", "until":
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			return t
		}
	case "phase":
		return p.T("netphase." + value)
	case "verdict":
		return p.T("verdict." + value)
	case "for":
		return p.worded("right.", value)
	case "doing":
		return p.doings(value)
	case "else":
		return p.worded("store.else.", value)
	case "effect":
		return p.sentences("store.effect.", value)
	case "rows":
		return p.rows(value)
	}
	return value
}

// worded is the text of a code; the code itself if there is none.
func (p *Printer) worded(room, code string) string {
	if id := room + code; p.Has(id) {
		return p.T(id)
	}
	return code
}

// doings name what fails, the first few of it.
func (p *Printer) doings(codes string) string {
	words := strings.Split(codes, ",")
	for i, code := range words {
		words[i] = p.worded("store.doing.", code)
	}
	return p.Names(words, mostDoings)
}

// mostDoings is how many calls of the database a sentence names.
const mostDoings = 3

// sentences are the texts of several codes, one behind the other.
func (p *Printer) sentences(room, codes string) string {
	words := strings.Split(codes, ",")
	for i, code := range words {
		words[i] = p.worded(room, code)
	}
	return strings.Join(words, " ")
}

// rows words how many rows of which tables: "notification:2,mute:1".
func (p *Printer) rows(value string) string {
	words := strings.Split(value, ",")
	for i, word := range words {
		name, count, _ := strings.Cut(word, ":")
		n, err := strconv.Atoi(count)
		if id := "store.rows." + name; err == nil && p.Has(id) {
			words[i] = p.N(id, n)
		}
	}
	return p.Names(words, mostRows)
}

// mostRows is how many tables a sentence names.
const mostRows = 6

func bare(r model.Reason) string {
	words := []string{string(r.Code)}
	for k, v := range r.Args {
		words = append(words, k+"="+v)
	}
	slices.Sort(words[1:])
	return strings.Join(words, " ")
}

// Error is what a person reads of an error: what is wrong, then what to do, each a sentence. model.Problems read as the
// mistakes of a configuration; anything else that is not a model.Error reads as an internal error: its insides are for
// the log.
func (p *Printer) Error(err error) (what, hint string) {
	e, ok := errors.AsType[*model.Error](err)
	if !ok {
		e = &model.Error{Code: model.ErrInternal}
		if problems, ok := errors.AsType[model.Problems](err); ok {
			e = &model.Error{Code: model.ErrConfig, Err: problems}
		}
	}
	args := make(Args, len(e.Args))
	for k, v := range e.Args {
		args[k] = v
	}
	p.withProblems(args, e)
	if said := p.databaseSaid(e.Args["what"]); said != "" {
		args["what"] = said
	}
	if need, ok := e.Args["need"]; ok {
		args["need"] = p.T("role." + need)
	}
	if until, err := time.Parse(time.RFC3339, e.Args["until"]); err == nil {
		args["until"] = p.Moment(until, p.now)
	}
	id := "error." + string(e.Code)
	return p.T(id, args), p.T(id+".hint", args)
}

// Duration writes a length of time with at most two units, whole milliseconds below a second: "12 ms", "1.2 s",
// "2 min", "1 h 5 min", "3 d 4 h".
func (p *Printer) Duration(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	switch {
	case d < time.Millisecond && d > 0:
		return p.T("unit.under_ms")
	case d < time.Second:
		return p.unit("ms", d.Milliseconds())
	case d < 10*time.Second && d%time.Second != 0:
		return p.seconds(d)
	}
	return p.wholeUnits(d)
}

func (p *Printer) seconds(d time.Duration) string {
	return p.T("unit.s", Args{"n": p.Decimal(fmt.Sprintf("%.1f", d.Seconds()))})
}

// Decimal writes a number with the decimal sign of the language.
func (p *Printer) Decimal(number string) string {
	if p.lang == Russian {
		return strings.Replace(number, ".", ",", 1)
	}
	return number
}

func (p *Printer) wholeUnits(d time.Duration) string {
	units := []struct {
		name string
		unit time.Duration
	}{{"d", model.Day}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.unit {
			continue
		}
		text := p.unit(u.name, int64(d/u.unit))
		if i+1 < len(units) {
			if rest := d % u.unit / units[i+1].unit; rest > 0 {
				text += " " + p.unit(units[i+1].name, int64(rest))
			}
		}
		return text
	}
	return p.unit("s", 0)
}

func (p *Printer) unit(name string, n int64) string { return p.T("unit."+name, Args{"n": n}) }

// Clock is a time of day on the printer's clock: "14:02". Use Moment where the day may not be today.
func (p *Printer) Clock(t time.Time) string { return t.In(p.zone).Format("15:04") }

// Moment is Clock on the same day as now, day and clock otherwise, and the year if it is another one: "14:02", "21 Nov 14:02",
// "21 нояб. 2025 14:02". What it writes, model.ParseMoment reads.
func (p *Printer) Moment(t, now time.Time) string {
	t, now = t.In(p.zone), now.In(p.zone)
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return p.DateAsOf(t, now) + " " + t.Format("15:04")
}

// DateAsOf is Date, and the year if it is not that of now: "21 Nov", "21 Nov 2025". A zero now is one that is not known: it is Date.
func (p *Printer) DateAsOf(t, now time.Time) string {
	if year := t.In(p.zone).Year(); !now.IsZero() && year != now.In(p.zone).Year() {
		return p.T("date.year", Args{"date": p.Date(t), "year": year})
	}
	return p.Date(t)
}

// Date is a day on the printer's calendar: "21 Nov", "21 нояб.". Use DateAsOf where the year does not stand beside it.
func (p *Printer) Date(t time.Time) string {
	t = t.In(p.zone)
	return p.T("date.day", Args{"day": t.Day(), "month": p.T(fmt.Sprintf("date.month.%d", int(t.Month())))})
}
