package checks

import (
	"context"

	"opsbot/model"
)

// JudgeMembers combines the results of several members.
func JudgeMembers(names []string, results []model.Result, tolerated int) model.Result {
	members := make([]member, len(names))
	for i, name := range names {
		members[i].name = name
	}
	return judgeMembers(members, results, tolerated)
}

// ParseList parses a file of addresses; port is for those that have none.
func ParseList(data []byte, port int) (members []string, ok bool) {
	t := &Targets{Port: port}
	t.SetEnvironment(model.Environment{LocalIP: "192.0.2.1"})
	members, failed := parseList(data, "x", t)
	return members, failed == nil
}

// AddressIn reads the address at a path of keys of a file of that name.
func AddressIn(name string, data []byte, keys string) (address string, ok bool) {
	f := formOf(name)
	if f == nil {
		return "", false
	}
	doc, err := f.parse(data)
	if err != nil {
		return "", false
	}
	members, failed := addressIn(doc, name, &Targets{HostKey: keys})
	if failed != nil {
		return "", false
	}
	return members[0], true
}

// SourceCheck returns a check of the members that load returns, each of which is ok.
func SourceCheck(load func() []string) model.Checker {
	s := newSource(func() ([]string, *finding) { return load(), nil }, "a file")
	return &group{members: s.members, one: func(string) model.Checker { return fine{} }}
}

type fine struct{}

func (fine) Check(context.Context) model.Result { return model.Result{Status: model.StatusOK} }
