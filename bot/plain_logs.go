package bot

import (
	"opsbot/model"
	"opsbot/ops"
)

// Logs is what the logs of hosts say, as the document that the chat gets.
func (w *Plain) Logs(language string, a *ops.LogsAnswer) string {
	return w.renderer(language).logText(a)
}

// TestLogs is what the logs of the hosts that failed in a web test say.
func (w *Plain) TestLogs(language string, t *model.WebTest) string {
	a := &ops.LogsAnswer{At: t.At, Excerpts: t.Logs, Left: t.LogsLeft}
	if len(t.Logs) > 0 {
		a.From, a.To = t.Logs[0].From, t.Logs[0].To
	}
	return w.renderer(language).logText(a)
}
