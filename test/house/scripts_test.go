package house_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// bare is a machine that has only the programs of a list, and those that are given as scripts.
func bare(t *testing.T, programs []string, scripts map[string]string) (path string) {
	t.Helper()
	path = t.TempDir()
	for _, name := range programs {
		found, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(found, filepath.Join(path, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(path, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	return path
}

func script(t *testing.T, path string, env []string, name string, args ...string) (said string, failed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "scripts/"+name, args...)
	cmd.Env = append(env, "PATH="+path)
	out, err := cmd.CombinedOutput()
	return string(out), err != nil
}

var tools = []string{"bash", "env", "grep", "dirname", "sed", "sort", "chmod", "rm", "sh", "cat"}

// missing says that no package is installed.
var missing = map[string]string{"dpkg-query": "exit 1", "apt-get": "exit 0", "dpkg": "exit 0"}

func with(scripts map[string]string, more ...string) map[string]string {
	all := map[string]string{}
	for name, text := range scripts {
		all[name] = text
	}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// TestInstallSaysWhatToDo: without root and sudo, or without apt, it names the packages and the command; it asks for nothing when all is there.
func TestInstallSaysWhatToDo(t *testing.T) {
	atTop(t)
	said, failed := script(t, bare(t, tools, with(missing, "id", "echo 1000")), nil, "install", "gcc", "libc6-dev")
	if !failed || !strings.Contains(said, "As root: apt-get install --no-install-recommends gcc libc6-dev") {
		t.Errorf("without root: %v %s", failed, said)
	}
	said, failed = script(t, bare(t, tools, map[string]string{"dpkg-query": "exit 1", "id": "echo 0"}), nil, "install", "gcc")
	if !failed || !strings.Contains(said, "no apt-get here to install them: gcc") {
		t.Errorf("without apt: %v %s", failed, said)
	}
	said, failed = script(t, bare(t, tools, map[string]string{"dpkg-query": "echo install ok installed"}), nil, "install", "gcc")
	if failed || said != "" {
		t.Errorf("nothing is missing: %v %s", failed, said)
	}
}

// TestInstallStartsNothing: while packages are installed a policy forbids their services to start. One that is there already stays as it is.
func TestInstallStartsNothing(t *testing.T) {
	atTop(t)
	policy := filepath.Join(t.TempDir(), "policy-rc.d")
	seen := filepath.Join(t.TempDir(), "seen")
	apt := `[ "$1" = install ] && { "` + policy + `"; echo $? >"` + seen + `"; } ; exit 0`
	path := bare(t, tools, with(missing, "id", "echo 0", "apt-get", apt))
	if said, failed := script(t, path, []string{"POLICY=" + policy}, "install", "nginx"); failed {
		t.Fatal(said)
	}
	if got := read(t, seen); got != "101\n" {
		t.Errorf("during the installation the policy says %s", got)
	}
	if _, err := os.Stat(policy); !os.IsNotExist(err) {
		t.Errorf("the policy is left behind: %v", err)
	}
	if err := os.WriteFile(policy, []byte("#!/bin/sh\nexit 7\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	if said, failed := script(t, path, []string{"POLICY=" + policy}, "install", "nginx"); failed {
		t.Fatal(said)
	}
	if read(t, seen) != "7\n" || !strings.Contains(read(t, policy), "exit 7") {
		t.Error("the policy of the machine was replaced")
	}
}

// TestIntegrationNeedsRoot: it says so before anything else, with all that it would install.
func TestIntegrationNeedsRoot(t *testing.T) {
	atTop(t)
	said, failed := script(t, bare(t, tools, map[string]string{"id": "echo 1000"}), nil, "integration")
	if !failed || !strings.Contains(said, "needs root") || !strings.Contains(said, "icinga2") || !strings.Contains(said, "debootstrap") {
		t.Errorf("%v %s", failed, said)
	}
}

// TestWorkflowsCallWhatRunsAnywhere: what is checked is in .ci/run, whoever calls it; Renovate's file can be read.
func TestWorkflowsCallWhatRunsAnywhere(t *testing.T) {
	atTop(t)
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct{ Run string }
			}
		}
		if err := yaml.Unmarshal([]byte(read(t, file)), &workflow); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for name, job := range workflow.Jobs {
			calls := false
			for _, step := range job.Steps {
				calls = calls || step.Run == ".ci/run" || name == "site" && step.Run == "make site"
			}
			if !calls {
				t.Errorf("%s: the job %s calls neither .ci/run nor make site", file, name)
			}
		}
	}
	if !json.Valid([]byte(read(t, "renovate.json"))) {
		t.Error("renovate.json cannot be read")
	}
}
