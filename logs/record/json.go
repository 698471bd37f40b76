package record

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"opsbot/logs/times"
)

// fields are the values of a structured line by their names in lower case, those of objects within by "outer.inner". Empty values, null
// and lists are left out.
type fields map[string]string

// The bounds of a JSON line.
const (
	maxJSON   = 64 << 10 // bytes
	maxFields = 200
	maxDepth  = 4
)

// parseJSON parses a line that is an object, maybe followed by blanks; nil if it is none.
func parseJSON(text string) fields {
	if len(text) > maxJSON || !strings.HasPrefix(text, "{") {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var all map[string]any
	if d.Decode(&all) != nil || strings.TrimSpace(text[d.InputOffset():]) != "" {
		return nil
	}
	f := fields{}
	f.add("", all, 0)
	return f
}

func (f fields) add(prefix string, all map[string]any, depth int) {
	for name, value := range all {
		name = prefix + strings.ToLower(name)
		switch v := value.(type) {
		case string:
			f.set(name, v)
		case json.Number:
			f.set(name, v.String())
		case bool:
			if v {
				f.set(name, "true")
			}
		case map[string]any:
			if depth < maxDepth {
				f.add(name+".", v, depth+1)
			}
		}
	}
}

func (f fields) set(name, value string) {
	if len(f) < maxFields && value != "" {
		f[name] = value
	}
}

// first is the value of the first name that has one.
func (f fields) first(names ...string) string {
	for _, name := range names {
		if v := f[name]; v != "" {
			return v
		}
	}
	return ""
}

// timeNames are names of the time.
var timeNames = []string{
	"time", "ts", "timestamp", "@timestamp", "@t", "t.$date", "t", "date", "datetime", "asctime", "eventtime", "event_time", "log_time", "time_local", "time_iso8601", "msec", "start_time",
	"starttime", "startutc", "__realtime_timestamp", "timemillis", "instant.epochsecond", "observedtimestamp", "timeunixnano", "record.time.repr", "datetime.date", "epoch", "time.$date", "timestamp.$date", "date.$date", "timestamp.seconds", "time.seconds", "ts.seconds", "dt", "_time", "eventtimestamp",
}

// time is the time of the line, zero if it has none.
func (f fields) time(r *times.Reader) time.Time {
	for _, name := range timeNames {
		if v := f[name]; v != "" {
			if at, ok := r.Value(v); ok {
				return at
			}
			if at, ok := r.Find("[" + v + "]"); ok {
				return at.At
			}
		}
	}
	return time.Time{}
}
