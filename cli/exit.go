package cli

import (
	"errors"
	"fmt"

	"opsbot/model"
)

// The exit codes. Scripts rely on them.
const (
	ExitOK       = 0
	ExitProblems = 1 // it ran and found problems: a web test with findings, a configuration with errors
	ExitFailed   = 2 // it could not run
	ExitRefused  = 3 // an import that would remove too much
)

// exitError carries an exit code through kong; its text was printed already.
type exitError struct{ code int }

// Error implements error.
func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// exitCode is the exit code for the error of a command. It prints the error, unless that was done.
func exitCode(con *Console, err error) int {
	if err == nil {
		return ExitOK
	}
	if e, ok := errors.AsType[exitError](err); ok {
		return e.code
	}
	if problems, ok := errors.AsType[model.Problems](err); ok {
		con.problems(con.Err, problems)
		return ExitFailed
	}
	for _, line := range con.explain(err) {
		fmt.Fprintln(con.Err, line)
	}
	return ExitFailed
}
