package opsbot

// WhatIf is what becomes of one client's service when some hosts are gone.
type WhatIf struct {
	Before, After ServiceState
}

// Worse reports whether it is worse off than now.
func (o *WhatIf) Worse() bool { return o.After.Verdict > o.Before.Verdict }
