package model

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Sentence is a text for people before it has a language: the id of a text in package texts, and its arguments.
// It is immutable.
type Sentence struct {
	ID    string              `json:"id"`
	Args  map[string]string   `json:"args,omitempty"`  // what a person wrote or a machine said, in no language
	Parts map[string]Sentence `json:"parts,omitempty"` // arguments that are sentences or words of their own
}

// Say makes a Sentence. The pairs are the name of an argument and its value: a Sentence, a list of strings, which is
// joined by commas, or anything that fmt prints. The argument "key" is the option that the sentence is about.
func Say(id string, pairs ...any) Sentence {
	s := Sentence{ID: id}
	for i := 0; i+1 < len(pairs); i += 2 {
		name := fmt.Sprint(pairs[i])
		switch v := pairs[i+1].(type) {
		case Sentence:
			if s.Parts == nil {
				s.Parts = map[string]Sentence{}
			}
			s.Parts[name] = v
		case []string:
			s = s.With(name, strings.Join(v, ", "))
		default:
			s = s.With(name, fmt.Sprint(v))
		}
	}
	return s
}

// With returns the sentence with one argument set.
func (s Sentence) With(name, value string) Sentence {
	args := make(map[string]string, len(s.Args)+1)
	maps.Copy(args, s.Args)
	args[name] = value
	s.Args = args
	return s
}

// Key is the option that the sentence is about; "" when it is about none.
func (s Sentence) Key() string { return s.Args["key"] }

// String is the id and the arguments, for logs and tests. What a person reads comes from package texts.
func (s Sentence) String() string {
	words := []string{s.ID}
	for _, name := range slices.Sorted(maps.Keys(s.Args)) {
		words = append(words, name+"="+strconv.Quote(s.Args[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Parts)) {
		words = append(words, name+"=("+s.Parts[name].String()+")")
	}
	return strings.Join(words, " ")
}

// ValueError says that a text is not a value of the wanted type. Its sentence has the arguments "key", what the value is
// for, and "got", what was written, unless that may be a secret.
type ValueError struct{ What Sentence }

// OneOf is the error of a text that is none of a few words. key is what the value is for.
func OneOf[T ~string](key string, got []byte, allowed ...T) *ValueError {
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	return oneOf(key, got, words)
}

func oneOf(key string, got []byte, allowed []string) *ValueError {
	return &ValueError{What: Say("config.value.one_of", "key", key, "got", string(got), "allowed", allowed)}
}

// Error is for logs; what a person reads comes from package texts.
func (e *ValueError) Error() string { return e.What.String() }

// Problem is one mistake in something a person wrote: config, CSV, inventory.
type Problem struct {
	Place Place    `json:"place"`
	What  Sentence `json:"what"` // what is wrong, and what to write instead
}

// String is for logs and tests; what a person reads comes from package texts.
func (p Problem) String() string { return p.Place.Prefix() + p.What.String() }

// Same reports whether both say the same of the same place.
func (p Problem) Same(q Problem) bool {
	return p.Place == q.Place && p.What.String() == q.What.String()
}

// Problems is an error made of every mistake found, never just the first.
type Problems []Problem

// Error is one problem a line, for logs and tests; what a person reads comes from package texts.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Sort orders by file, line, option and what is said, so that the same mistakes always print in the same order.
func (ps Problems) Sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line),
			CompareNatural(a.What.Key(), b.What.Key()), cmp.Compare(a.What.String(), b.What.String()))
	})
}

// Encode makes the problem an argument of a Reason, which holds texts only.
func (p Problem) Encode() string {
	data, err := json.Marshal(p)
	if err != nil { // texts and numbers always marshal
		return p.String()
	}
	return string(data)
}

// DecodeProblem reads what Encode wrote.
func DecodeProblem(text string) (Problem, error) {
	var p Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return Problem{}, fmt.Errorf("decode a problem: %w", err)
	}
	return p, nil
}
