package sandbox

import (
	"fmt"
	"strings"
	"time"

	"opsbot/sandbox/fleet"
	"opsbot/sandbox/phones"
)

// The people who are on call, and their phones.
const (
	AnnaPhone = "+4930555010001"
	OlgaPhone = "+4930555010004"
)

func allPhones() []phones.Phone {
	return []phones.Phone{{Name: "Anna", Number: AnnaPhone}, {Name: "Olga", Number: OlgaPhone}}
}

// team is the label of what people are paged of: the other switches of the page wake nobody.
const team = "db"

// pagingConfig are the sections by which people are paged when the main database is down: Anna, then Olga, by a private message, a mention and a
// call. Nobody watches a demo for half an hour, so the waits are seconds; the product's own clock is real.
func (s *Sandbox) pagingConfig() string {
	if s.Phones == nil {
		return ""
	}
	start := time.Now().UTC().AddDate(0, 0, -1).Format("2006-01-02 00:00")
	return fmt.Sprintf(pagingConfig, Admin, AnnaPhone, Operator, OlgaPhone, start, s.Phones.URL(), team, chatsOf(groups()))
}

// chatsOf are the chats of groups, as a list of TOML.
func chatsOf(all []group) string {
	var names []string
	for _, g := range all {
		names = append(names, "chat:"+g.name)
	}
	return quoted(names)
}

// withTeam labels the main database.
func withTeam(config string) string {
	name := fmt.Sprintf("name = %q\n", fleet.MainDB)
	return strings.Replace(config, name, name+fmt.Sprintf("labels = { team = %q }\n", team), 1)
}

const pagingConfig = `
[[people]]
name     = "Anna"
telegram = %[1]d
phone    = %[2]q
rules    = "dm, 5s mention, 10s gateway:phone"

[[people]]
name     = "Olga"
telegram = %[3]d
phone    = %[4]q
rules    = "dm, 5s mention, 10s gateway:phone"

[[schedules]]
name = "primary"
zone = "UTC"

[[schedules.layers]]
people = ["Anna", "Olga"]
start  = %[5]q
every  = "1w"

[[escalations]]
name   = "oncall"
repeat = 1

[[escalations.steps]]
to   = ["schedule:primary"]
wait = "30s"

[[escalations.steps]]
to   = ["schedule:primary.next"]
wait = "30s"

[[gateways]]
name = "phone"
url  = %[6]q
form = { to = "{{.To}}", text = "{{.Text}}", ack = "{{.AckURL}}" }

[[routes]]
labels   = { team = [%[7]q] }
to       = [%[8]s]
escalate = "oncall"

[[routes]]
to = [%[8]s]
`
