package inventory

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// The limits of the words of a selector. A selector of 40 names is not typed, it is pasted by mistake.
const (
	maxWords     = 40
	maxWordBytes = 1000 // of all words together
)

// Resolve turns the words of a command into a selector.
//
// A word is the name of a client, a service, a host or a check, an alias or address of a host, a domain of a client, a
// label "dc=fra1", a pair "client/service" (the same as both words), the id of an endpoint's check, or "all". Several
// may be joined by commas. Case is ignored; a prefix is enough if it is the prefix of only one name. Words of the same
// kind are alternatives, words of different kinds are conditions. A name that means objects of two kinds is ambiguous,
// never guessed: "client:store" and "service:store" say which ("host:" and "check:" too).
//
// Only what the scope sees is found and suggested. No words, and "all", are the zero Selector. An error is an
// *model.Error: ErrUnknownWord, ErrAmbiguousWord (both with Choices), ErrTooLong, or ErrNothingSelected if the words
// are valid but no check matches all of them.
func Resolve(inv *model.Inventory, words []string, scope model.Scope) (model.Selector, error) {
	return resolve(resolver{inv: inv, scope: scope}, words)
}

// Resolve is Resolve with the names of the last inventory at hand: to gather them costs with the fleet.
func (l *Live) Resolve(inv *model.Inventory, words []string, scope model.Scope) (model.Selector, error) {
	r := resolver{inv: inv, scope: scope}
	if !scope.Limited && len(words) > 0 {
		r.terms = l.names(inv)
	}
	return resolve(r, words)
}

// named is the vocabulary of an inventory.
type named struct {
	inv   *model.Inventory
	terms []term
}

func (l *Live) names(inv *model.Inventory) []term {
	known := l.named.Load()
	if known == nil || known.inv != inv {
		known = &named{inv, vocabulary(inv, model.Scope{})}
		l.named.Store(known)
	}
	return known.terms
}

func resolve(r resolver, words []string) (model.Selector, error) {
	if tooLong(words) {
		return model.Selector{}, &model.Error{Code: model.ErrTooLong, Args: map[string]string{"limit": strconv.Itoa(maxWordBytes)}}
	}
	for _, word := range words {
		for part := range strings.FieldsFuncSeq(word, separates) {
			if part == "" || strings.EqualFold(part, "all") {
				continue
			}
			if err := r.word(strings.ToValidUTF8(part, "?")); err != nil {
				return model.Selector{}, err
			}
		}
	}
	if !r.selection.IsZero() && !r.selection.SelectsSome(r.inv, r.scope) {
		args := map[string]string{"words": strings.Join(words, " ")}
		return model.Selector{}, &model.Error{Code: model.ErrNothingSelected, Args: args}
	}
	return r.selection, nil
}

// separates reports whether a rune ends a name: a comma, or a space that was pasted as one that does not break. A plain space may be
// part of a label's value.
func separates(r rune) bool {
	return r == ',' || r != ' ' && model.PlainSpaces(string(r)) == " "
}

func tooLong(words []string) bool {
	total, parts := 0, 0
	for _, w := range words {
		total += len(w) + 1
		if total > maxWordBytes {
			return true
		}
		parts += 1 + strings.Count(w, ",")
	}
	return parts > maxWords
}

// resolver collects the selection of one command.
type resolver struct {
	inv       *model.Inventory
	scope     model.Scope
	terms     []term // every name that the scope sees; built when the first word needs it
	selection model.Selector
}

func (r *resolver) word(word string) error {
	if key, val, ok := strings.Cut(word, "="); ok {
		return r.label(word, key, val)
	}
	if strings.Contains(word, "@") {
		return r.endpoint(word)
	}
	if client, service, ok := strings.Cut(word, "/"); ok {
		return r.pair(word, client, service)
	}
	return r.name(word)
}

// pair selects a client's service. Its errors have the word as it was written, and so have the choices.
func (r *resolver) pair(word, client, service string) error {
	if at := strings.LastIndex(word, "/"); at > len(client) { // "client/service/host", which is written with an "@"
		err := &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": word}}
		if meant := (resolver{inv: r.inv, scope: r.scope}); meant.endpoint(word[:at]+"@"+word[at+1:]) == nil {
			err.Choices = []string{string(meant.selection.Checks[0])}
		}
		return err
	}
	err := r.name("client:" + client)
	around := func(choice string) string { return strings.TrimPrefix(choice, "client:") + "/" + service }
	if err == nil {
		err = r.name("service:" + service)
		around = func(choice string) string { return client + "/" + strings.TrimPrefix(choice, "service:") }
	}
	if e, ok := errors.AsType[*model.Error](err); ok {
		e.Args["word"] = word
		for i, choice := range e.Choices {
			e.Choices[i] = around(choice)
		}
	}
	return err
}

// name selects by a name.
func (r *resolver) name(word string) error {
	if r.terms == nil {
		r.terms = vocabulary(r.inv, r.scope)
	}
	terms, rest := r.terms, word
	if prefix, name, ok := strings.Cut(word, ":"); ok && kindOf(prefix) != kindNone {
		rest = name
		terms = slices.Clone(terms)
		terms = slices.DeleteFunc(terms, func(t term) bool { return t.kind != kindOf(prefix) })
	}
	meant := match(terms, strings.ToLower(rest))
	switch len(meant) {
	case 0:
		return r.unknown(word, rest, terms)
	case 1:
		r.pick(meant[0])
		return nil
	default:
		return ambiguous(word, r.choices(meant), len(meant))
	}
}

// maxChoices is how many choices an error offers.
const maxChoices = 8

// ambiguous offers some of the possible meanings of a word, and says how many more there are.
func ambiguous(word string, choices []string, of int) error {
	err := &model.Error{Code: model.ErrAmbiguousWord, Args: map[string]string{"word": word}, Choices: choices}
	if left := of - len(choices); left > 0 {
		err.Args["more"] = strconv.Itoa(left)
	}
	return err
}

// unknown suggests similar names.
func (r *resolver) unknown(word, rest string, terms []term) error {
	names := make([]string, len(terms))
	for i, t := range terms {
		names[i] = t.text
	}
	var near []term
	for _, name := range model.Closest(rest, names, maxChoices) {
		near = append(near, match(terms, strings.ToLower(name))...)
	}
	return &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": word}, Choices: r.choices(near)}
}

// choices returns words that mean the terms, each unambiguously.
func (r *resolver) choices(terms []term) []string {
	var words []string
	for _, t := range terms {
		word := t.name
		if len(match(r.terms, strings.ToLower(t.name))) > 1 {
			word = t.kind.String() + ":" + t.name
		}
		if words = union(words, word); len(words) == maxChoices {
			break
		}
	}
	return words
}

func (r *resolver) pick(t term) {
	switch t.kind {
	case kindClient:
		r.selection.Clients = union(r.selection.Clients, t.name)
	case kindService:
		r.selection.Services = union(r.selection.Services, t.name)
	case kindHost:
		r.selection.Hosts = union(r.selection.Hosts, t.name)
	default:
		r.pickCheck(model.CheckID(t.name))
	}
}

func (r *resolver) pickCheck(id model.CheckID) {
	if !slices.Contains(r.selection.Checks, id) {
		r.selection.Checks = append(r.selection.Checks, id)
	}
}

// endpoint selects the check of an endpoint by its id, "clientA/reports@web1", or by a unique prefix of it.
func (r *resolver) endpoint(word string) error {
	if c, known := r.inv.Check(model.CheckID(word)); known && r.scope.Sees(c.Client()) {
		r.pickCheck(c.ID)
		return nil
	}
	var begins []model.CheckID
	for _, c := range r.inv.Checks() {
		switch id := string(c.ID); {
		case len(id) < len(word) || !strings.EqualFold(id[:len(word)], word) || !r.scope.Sees(c.Client()):
		case len(id) == len(word):
			r.pickCheck(c.ID)
			return nil
		default:
			begins = append(begins, c.ID)
		}
	}
	if len(begins) == 1 {
		r.pickCheck(begins[0])
		return nil
	}
	if len(begins) == 0 {
		return &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": word}}
	}
	var choices []string
	for _, id := range begins[:min(len(begins), maxChoices)] {
		choices = append(choices, string(id))
	}
	return ambiguous(word, choices, len(begins))
}

// label selects by a label of some check.
func (r *resolver) label(word, key, val string) error {
	marks := r.marks()
	words := make([]term, 0, len(marks))
	for mark := range marks {
		words = append(words, term{kind: kindLabel, name: mark, text: mark, folded: strings.ToLower(mark)})
	}
	sortTerms(words)
	meant := match(words, strings.ToLower(key+"="+val))
	if len(meant) == 1 {
		k, v, _ := strings.Cut(meant[0].name, "=")
		if r.selection.Labels == nil {
			r.selection.Labels = map[string][]string{}
		}
		r.selection.Labels[k] = union(r.selection.Labels[k], v)
		return nil
	}
	if len(meant) == 0 {
		names := make([]string, len(words))
		for i, t := range words {
			names[i] = t.name
		}
		near := model.Closest(word, names, maxChoices)
		return &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": word}, Choices: near}
	}
	var choices []string
	for _, t := range meant[:min(len(meant), maxChoices)] {
		choices = append(choices, t.name)
	}
	return ambiguous(word, choices, len(meant))
}

// marks returns all labels of checks that the scope sees, as "key=value".
func (r *resolver) marks() map[string]bool {
	type mark struct{ key, val string }
	seen := map[mark]bool{}
	for _, c := range r.inv.Checks() {
		if !r.scope.Sees(c.Client()) {
			continue
		}
		for k, v := range c.Labels {
			seen[mark{k, v}] = true
		}
	}
	words := make(map[string]bool, len(seen))
	for m := range seen {
		words[m.key+"="+m.val] = true
	}
	return words
}
