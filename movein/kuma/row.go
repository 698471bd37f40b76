package kuma

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// row is one row of a table, or one object of a backup: values by the names of columns. A nil row has none.
type row map[string]any

func (r row) has(key string) bool { return r[key] != nil }

// text is a value as text.
func (r row) text(key string) string {
	switch v := r[key].(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	case []byte:
		return strings.TrimSpace(string(v))
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return strconv.FormatInt(int64(v), 10)
		}
		return fmt.Sprint(v)
	case int64, bool, json.Number:
		return fmt.Sprint(v)
	default: // a list or an object of a backup
		data, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(data)
	}
}

// number is a whole number; 0 for anything else.
func (r row) number(key string) int {
	f, err := strconv.ParseFloat(r.text(key), 64)
	if err != nil || math.Abs(f) > 1<<30 || f != f {
		return 0
	}
	return int(f)
}

// flag is a switch: 1 or true.
func (r row) flag(key string) bool {
	text := r.text(key)
	return text == "1" || text == "true"
}

// seconds is a number of seconds as a length; 0 for none, for negative ones and for years.
func (r row) seconds(key string) time.Duration {
	f, err := strconv.ParseFloat(r.text(key), 64)
	if err != nil || !(f > 0) || f > 366*24*3600 {
		return 0
	}
	return time.Duration(f * float64(time.Second))
}

// inner is an object that is written as text, or is one; nil if it is none.
func (r row) inner(key string) row {
	if object, ok := r[key].(map[string]any); ok {
		return object
	}
	var object map[string]any
	if json.Unmarshal([]byte(r.text(key)), &object) != nil {
		return nil
	}
	return object
}

// list is a list that is written as text, or is one; each element as text.
func (r row) list(key string) []string {
	all, ok := r[key].([]any)
	if !ok && json.Unmarshal([]byte(r.text(key)), &all) != nil {
		return nil
	}
	texts := make([]string, 0, len(all))
	for _, v := range all {
		texts = append(texts, row{"": v}.text(""))
	}
	return texts
}
