//go:build integration

package integration_test

import (
	"fmt"
	"testing"

	"opsbot/model"
)

func TestIntegrationPlugins(t *testing.T) {
	plain, _, _ := nginx(t)
	plugin := func(name, args string) string {
		return fmt.Sprintf("kind = \"plugin\"\ncommand = [\"/usr/lib/nagios/plugins/%s\"%s]\n", name, args)
	}
	well(t, "dummy 0", look(t, plugin("check_dummy", `, "0", "fine"`)))
	wants(t, "dummy 1", look(t, plugin("check_dummy", `, "1", "so so"`)), model.StatusFail, model.ReasonPluginSays, "state", "warning", "said", "so so")
	well(t, "dummy 1 that may be", look(t, plugin("check_dummy", `, "1", "so so"`)+"warning_ok = true"))
	wants(t, "dummy 2", look(t, plugin("check_dummy", `, "2", "bad"`)), model.StatusFail, model.ReasonPluginSays, "state", "critical", "said", "bad")
	wants(t, "dummy 3", look(t, plugin("check_dummy", `, "3", "who knows"`)), model.StatusUnknown, model.ReasonPluginSays, "state", "unknown")
	wants(t, "no such plugin", look(t, plugin("check_nothing", ``)), model.StatusUnknown, model.ReasonPluginBroken)

	well(t, "a disk", look(t, plugin("check_disk", `, "-w", "0%", "-c", "0%", "-p", "/"`)))
	wants(t, "a full disk, by its performance data", look(t, plugin("check_disk", `, "-w", "100%", "-c", "100%", "-p", "/"`)),
		model.StatusFail, model.ReasonPluginSays, "state", "critical", "said", "[/=")
	well(t, "a port of each address", look(t, plugin("check_tcp", fmt.Sprintf(`, "-H", "{address}", "-p", "%s"`, plain))+`addresses = ["127.0.0.1", "localhost"]`))
	wants(t, "one of them is closed", look(t, plugin("check_tcp", fmt.Sprintf(`, "-H", "{address}", "-p", "%s"`, plain))+`addresses = ["127.0.0.1", "127.0.0.9"]`),
		model.StatusFail, model.ReasonMembersFailed, "names", "127.0.0.9")
	well(t, "a page", look(t, plugin("check_http", fmt.Sprintf(`, "-I", "127.0.0.1", "-p", "%s", "-u", "/ok"`, plain))))
	wants(t, "a sick page", look(t, plugin("check_http", fmt.Sprintf(`, "-I", "127.0.0.1", "-p", "%s", "-u", "/sick"`, plain))),
		model.StatusFail, model.ReasonPluginSays, "said", "503")
}
