package app

import (
	"errors"
	"sync"
	"sync/atomic"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/model"
)

// configuration is the one in use. It is safe for concurrent use.
type configuration struct {
	path   string
	getenv func(string) string
	checks checks.Deps
	inUse  atomic.Pointer[setup.Loaded]
	failed atomic.Pointer[model.Problems] // errors of the last reload; nil when there were none

	reloading sync.Mutex // one reload at a time
}

// newConfiguration reads the configuration. The error is model.Problems.
func newConfiguration(o *Options, deps checks.Deps) (*configuration, error) {
	c := &configuration{path: o.ConfigPath, getenv: o.Getenv, checks: deps}
	loaded, err := c.read()
	if err != nil {
		return nil, err
	}
	c.inUse.Store(loaded)
	return c, nil
}

func (c *configuration) read() (*setup.Loaded, error) {
	return setup.LoadWith(c.path, c.getenv, c.checks)
}

// current is the configuration in use.
func (c *configuration) current() *setup.Loaded { return c.inUse.Load() }

// reread reads the files again. The configuration in use stays; the errors are a health issue until the next replace.
func (c *configuration) reread() (*setup.Loaded, error) {
	next, err := c.read()
	if problems, ok := errors.AsType[model.Problems](err); ok {
		c.failed.Store(&problems)
	}
	return next, err
}

// replace takes another configuration into use, and returns the one before.
func (c *configuration) replace(next *setup.Loaded) (old *setup.Loaded) {
	old = c.inUse.Swap(next)
	c.failed.Store(nil)
	return old
}

// issue is the first error of the last reload, if it failed.
func (c *configuration) issue() (model.Reason, bool) {
	problems := c.failed.Load()
	if problems == nil {
		return model.Reason{}, false
	}
	return model.NewReason(model.IssueReload, "what", (*problems)[0].Encode()), true
}
