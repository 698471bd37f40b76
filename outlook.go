package opsbot

// Outlook is what becomes of one client's service when some hosts are gone.
type Outlook struct {
	Before, After ServiceState
}

// Worse reports whether it is worse off than now.
func (o *Outlook) Worse() bool { return o.After.Verdict > o.Before.Verdict }
