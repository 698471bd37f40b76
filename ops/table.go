package ops

import "opsbot/model"

// The names of the actions that change something about alerts, as in the audit log.
const (
	ActionAck         = "ack"
	ActionUnack       = "unack"
	ActionMute        = "mute"
	ActionUnmute      = "unmute"
	ActionExtend      = "extend"
	ActionMaintenance = "maintenance"
	ActionReset       = "reset"
	ActionRecheck     = "recheck"
	ActionClose       = "close"
	ActionTakeover    = "takeover"
	ActionHandback    = "handback"
	ActionPage        = "page"
	ActionEscalate    = "escalate"
	ActionNote        = "note"

	ActionCover         = "cover"
	ActionCoverTake     = "cover_take"
	ActionCoverRefuse   = "cover_refuse"
	ActionCoverWithdraw = "cover_withdraw"
)

// Way is how an action is asked for in one place: its name there, or in one word why there is none.
type Way struct{ Name, Not string }

func by(name string) Way { return Way{Name: name} }
func not(why string) Way { return Way{Not: why} }

// Action is one row of the table of actions.
type Action struct {
	Name    string
	Role    model.Role // required, however it is asked for
	Inverse Way        // the action that takes it back

	Command Way // of the chat
	Button  Way // its action
	Line    Way // command of the command line
	Request Way // of the control socket and of the HTTP API: POST /v1/NAME
}

// everywhere is an action that has one name in all places.
func everywhere(name string, role model.Role, inverse Way) Action {
	return Action{Name: name, Role: role, Inverse: inverse, Command: by(name), Button: by(name), Line: by(name), Request: by(name)}
}

// Table is what people can change about alerts. What is possible in one place is possible in all of them, for the same role, and
// so is its inverse; tests of bot, cli, web and docs walk it.
func Table() []Action {
	maintenance := everywhere(ActionMaintenance, model.RoleOperator, by(ActionUnmute))
	maintenance.Button = not("typed") // it needs a time
	closing := Action{
		Name: ActionClose, Role: model.RoleOperator, Inverse: not("automatic"), // what its source still reports opens again
		Command: by("events"), Button: by("close"), Line: by("events"), Request: by("events/close"),
	}
	takeover := everywhere(ActionTakeover, model.RoleOperator, by(ActionHandback))
	takeover.Button = not("typed") // it may need a person, a schedule and a time
	cover := everywhere(ActionCover, model.RoleOperator, by(ActionCoverWithdraw))
	cover.Button = not("typed") // it needs a time
	answer := func(name, way string, inverse Way) Action {
		return Action{
			Name: name, Role: model.RoleOperator, Inverse: inverse,
			Command: by(ActionCover), Button: by(name), Line: by(ActionCover), Request: by("cover/" + way),
		}
	}
	return []Action{
		everywhere(ActionAck, model.RoleOperator, by(ActionUnack)),
		everywhere(ActionUnack, model.RoleOperator, by(ActionAck)),
		everywhere(ActionMute, model.RoleOperator, by(ActionUnmute)),
		everywhere(ActionUnmute, model.RoleOperator, by(ActionMute)),
		everywhere(ActionExtend, model.RoleOperator, by(ActionUnmute)),
		maintenance,
		everywhere(ActionReset, model.RoleAdmin, not("final")), // what is down goes down by failing
		closing,
		takeover,
		everywhere(ActionHandback, model.RoleOperator, not("final")), // who takes over again says for how long
		everywhere(ActionPage, model.RoleOperator, by(ActionAck)),
		everywhere(ActionEscalate, model.RoleOperator, not("rung")), // whoever was woken is awake
		everywhere(ActionNote, model.RoleOperator, not("kept")),     // what was said was said
		cover,
		answer(ActionCoverTake, "take", by(ActionHandback)),
		answer(ActionCoverRefuse, "refuse", not("final")),     // who changes their mind takes it
		answer(ActionCoverWithdraw, "withdraw", not("final")), // who needs it after all asks again
		everywhere(ActionRecheck, model.RoleViewer, not("harmless")),
	}
}

// Changes reports whether an action or command changes something, so that nobody wants it done twice.
func Changes(name string) bool {
	for _, a := range Table() {
		if a.Name == name || a.Command.Name == name {
			return a.Inverse.Not != "harmless"
		}
	}
	return name == ActionLetIn || name == ActionInvite || name == ActionRights
}

// Changed reports whether an audit entry is of something that was changed, or sent.
func Changed(e *model.AuditEntry) bool {
	return e.Result == "ok" && (Changes(e.Action) || e.After != "")
}

// RoleFor is the role that an action of the table requires. An action that is not in it is for nobody.
func RoleFor(action string) model.Role {
	for _, a := range Table() {
		if a.Name == action {
			return a.Role
		}
	}
	return model.RoleAdmin + 1
}
