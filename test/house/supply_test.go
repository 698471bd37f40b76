package house_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"opsbot/test/golden"
)

// linked is a module of which code is in the binary.
type linked struct {
	Path, Version, Dir string
	Main               bool
}

// licences are those that opsbot may contain, each by words of its text: they ask for no more than to be named. Whoever adds a module under
// another one decides about it here.
var licences = []struct{ name, words string }{
	{"Apache-2.0", "Apache License Version 2.0"},
	{"FTL", "The FreeType Project LICENSE"},
	{"OFL-1.1", "SIL OPEN FONT LICENSE Version 1.1"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"},
	{"BSD-3-Clause", "may be used to endorse or promote products derived from"},
	{"BSD-2-Clause", "Redistribution and use in source and binary forms, with or without modification, are permitted"},
	{"Public domain", "dedicated to the public domain"},
}

// licenceFile matches the files of a module that have to be passed on with it. Of FreeType's two licences, one of which is to be chosen, it
// is the one of FreeType.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|copyright)[^/]*$|^licenses/ftl\.txt$`)

// TestNoticeIsTrue: NOTICE has the licences of exactly what is in the binary, in full; -update writes it.
func TestNoticeIsTrue(t *testing.T) {
	atTop(t)
	var b strings.Builder
	b.WriteString("opsbot contains the work of others, under these licences. `go test ./test/house -run TestNoticeIsTrue -update` writes this file.\n")
	seen := map[string]string{} // the module that has a text first
	for _, m := range append([]linked{{Path: "Go", Version: runtime.Version(), Dir: goroot(t)}}, linkedModules(t)...) {
		files := licenceFiles(t, m.Dir)
		names := licencesOf(files)
		if len(names) == 0 {
			t.Errorf("%s: its licence is none of those that opsbot may contain", m.Path)
		}
		title := m.Path + " " + m.Version
		if m.Path == "Go" {
			title = "Go, its library and runtime" // whichever builds it
		}
		fmt.Fprintf(&b, "\n%s\n%s\n%s\n", strings.Repeat("=", 100), title, strings.Join(names, ", "))
		for _, f := range files {
			if first, again := seen[f.text]; again {
				fmt.Fprintf(&b, "\n%s: as of %s\n", f.name, first)
				continue
			}
			seen[f.text] = m.Path
			fmt.Fprintf(&b, "\n%s\n", f.text)
		}
	}
	golden.Compare(t, "NOTICE", b.String())
}

func goroot(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// linkedModules are the modules of which packages are in the binary, by path.
func linkedModules(t *testing.T) []linked {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Module", "./cmd/opsbot")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []linked
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ Module *linked }
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module != nil && !p.Module.Main && !slices.Contains(all, *p.Module) {
			all = append(all, *p.Module)
		}
	}
	slices.SortFunc(all, func(a, b linked) int { return strings.Compare(a.Path, b.Path) })
	return all
}

type licenceText struct{ name, text string }

func licenceFiles(t *testing.T, dir string) (all []licenceText) {
	t.Helper()
	for _, pattern := range []string{"*", "licenses/*"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name, err := filepath.Rel(dir, path)
			if err != nil || !licenceFile.MatchString(name) || strings.HasSuffix(name, ".go") {
				continue
			}
			if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
				continue
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, licenceText{name, strings.TrimSpace(strings.ReplaceAll(string(raw), "\r\n", "\n"))})
		}
	}
	return all
}

// licencesOf names the licences in some texts.
func licencesOf(files []licenceText) (names []string) {
	for _, f := range files {
		text := strings.Join(strings.Fields(f.text), " ")
		for _, l := range licences {
			if strings.Contains(strings.ToLower(text), strings.ToLower(l.words)) {
				if !slices.Contains(names, l.name) {
					names = append(names, l.name)
				}
				break
			}
		}
	}
	return names
}

// TestVulnerabilitiesAreLookedFor: scripts/vuln fails for what is found, and for any other mistake; not where the database is out of reach, which
// it says.
func TestVulnerabilitiesAreLookedFor(t *testing.T) {
	atTop(t)
	fake := filepath.Join(t.TempDir(), "go")
	for _, c := range []struct {
		says string
		code int
		want int
		said string
	}{
		{"No vulnerabilities found.", 0, 0, "No vulnerabilities found."},
		{"Vulnerability #1: GO-2026-0001", 3, 3, "GO-2026-0001"},
		{`govulncheck: fetching vulnerabilities: Get "https://vuln.go.dev/index/modules.json.gz": dial tcp: lookup vuln.go.dev: no such host`, 1, 0, "cannot be reached"},
		{"govulncheck: loading packages: there are errors", 1, 1, "there are errors"},
		{"Vulnerability #1: GO-2026-0002: dial tcp of net", 3, 3, "GO-2026-0002"},
	} {
		script := fmt.Sprintf("#!/bin/sh\ncat <<'END'\n%s\nEND\nexit %d\n", c.says, c.code)
		if err := os.WriteFile(fake, []byte(script), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "scripts/vuln")
		cmd.Env = append(os.Environ(), "GO="+fake)
		out, err := cmd.CombinedOutput()
		code := 0
		if exit, failed := errors.AsType[*exec.ExitError](err); failed {
			code = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != c.want || !strings.Contains(string(out), c.said) {
			t.Errorf("%q, exit code %d: exit code %d, want %d: %s", c.says, c.code, code, c.want, out)
		}
	}
}
