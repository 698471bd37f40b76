package bot

import (
	"opsbot/model"
	"opsbot/texts"
)

// Reset confirms that a latched check was reset.
func (w *Plain) Reset(language string, check model.CheckID) string {
	return w.Texts.For(language).T("reset.done", texts.Args{"check": check})
}
