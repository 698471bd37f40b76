package bot

import "opsbot/ops"

// Logs is what the logs of hosts say: all of it, as the document that the chat gets.
func (w *Plain) Logs(language string, a *ops.LogsAnswer) string {
	return w.sheet(language).logText(a)
}
