package sandbox

import (
	"cmp"
	"net/http"

	"opsbot/sandbox/botapi"
	"opsbot/sandbox/page"
)

// The people of the page. The config has the admin, the operator and the viewer; the stranger is in no list.
const (
	Admin    int64 = 1001
	Viewer   int64 = 1002
	Outsider int64 = 1003
	Operator int64 = 1004
)

// The chats of the page. The two groups in the config get the same notifications, one in English and one in Russian,
// each in a topic of its own; the stranger's group is unknown.
const (
	OpsChat       int64 = -1001000000001
	OpsChatRu     int64 = -1001000000002
	OutsidersChat int64 = -1001000000003
	OpsTopic            = 2
	OpsTopicRu          = 2
)

type person struct {
	botapi.User
	role string // in the config; "" if it is not in it
}

func people() []person {
	return []person{
		{User: botapi.User{ID: Admin, FirstName: "Anna", Username: "anna_admin", Language: "en"}, role: "admin"},
		{User: botapi.User{ID: Operator, FirstName: "Olga", Username: "olga_operator", Language: "en"}, role: "operator"},
		{User: botapi.User{ID: Viewer, FirstName: "Viktor", Username: "viktor_viewer", Language: "en"}, role: "viewer"},
		{User: botapi.User{ID: Outsider, FirstName: "Sam", Username: "sam_stranger", Language: "en"}},
	}
}

type group struct {
	botapi.Chat
	name     string // in the config; "" if it is not in it
	language string
	alerts   int // the topic of notifications
	members  []int64
}

func allGroups() []group {
	return append(groups(), group{
		Chat:    botapi.Chat{ID: OutsidersChat, Type: "supergroup", Title: "Another company"},
		members: []int64{Outsider},
	})
}

func groups() []group {
	return []group{
		{
			Chat: botapi.Chat{
				ID: OpsChat, Type: "supergroup", Title: "Ops", Forum: true,
				Topics: []botapi.Topic{{ID: OpsTopic, Name: "Alerts"}, {ID: 3, Name: "Talk"}},
			},
			name: "ops", language: "en", alerts: OpsTopic, members: []int64{Admin, Operator, Viewer},
		},
		{
			Chat: botapi.Chat{
				ID: OpsChatRu, Type: "supergroup", Title: "Дежурные", Forum: true,
				Topics: []botapi.Topic{{ID: OpsTopicRu, Name: "Тревоги"}, {ID: 3, Name: "Разговоры"}},
			},
			name: "ops-ru", language: "ru", alerts: OpsTopicRu, members: []int64{Admin, Operator, Viewer},
		},
	}
}

// pageHandler is the page of this world.
func (s *Sandbox) pageHandler() http.Handler {
	o := page.Options{Bot: s.Bot, Fleet: s.Fleet, Telegram: s, Leader: s.leader, Tour: cmp.Or(s.example.Name, "hosting"), Mails: s.Mailbox.Mails}
	if s.Phones != nil {
		o.Phones = s.Phones
	}
	if s.Monitors != nil {
		o.Fleet, o.Notes = s.Monitors, s.Monitors.Notes
	}
	for _, p := range people() {
		o.People = append(o.People, page.Person{ID: p.ID, Name: p.FirstName, Role: cmp.Or(p.role, "stranger")})
	}
	for _, g := range allGroups() {
		o.Groups = append(o.Groups, page.Group{Chat: g.ID, Members: g.members, Language: g.language})
	}
	return page.Handler(o)
}
